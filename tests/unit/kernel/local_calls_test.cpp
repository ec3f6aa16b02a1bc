#include "kernel/local_calls.h"

#include "access/policy.h"
#include "access/request_table.h"
#include "logging/capturing_logger.h"
#include "remoting/errors.h"
#include "remoting/headers/offsets.h"

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::Right;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;
using namespace std::chrono_literals;

struct LocalCalls : testing::Test {
  LocalCalls() { threads.start(); }
  ~LocalCalls() override {
    calls.stop();
    threads.stop();
  }

  struct Told {
    std::optional<ResponseCode> code;  // nullopt: it failed
    std::string remark, offset, body;
  };
  std::future<Told> asks(std::chrono::milliseconds timeout = 20s) {
    const remoting::GetMaxOffsetRequestHeader header{.topic = "T", .queue_id = 3};
    const std::string text = "body";
    const remoting::Slice body{text, nullptr};
    auto told = std::make_shared<std::promise<Told>>();
    calls.request(
        "http 127.0.0.1:5123", {.code = RequestCode::get_max_offset, .header = header, .body = {&body, 1}},
        timeout, [told](const auto& outcome) {
          if (!outcome) return told->set_value({.remark = outcome.error().message()});
          Told all{outcome->code(), std::string(outcome->command.remark), {}, std::string(outcome->body)};
          for (const auto& [name, value] : outcome->command.fields)
            if (name == "offset") all.offset = value;
          told->set_value(all);
        });
    return told->get_future();
  }

  logging::CapturingLogger log;
  access::AllowAll policy;
  access::RequestTable table{policy, log};
  remoting::IoThreads threads{2};
  LocalCallsOfBroker calls{threads, table};
};

TEST_F(LocalCalls, reach_the_handler_as_a_clients_request_does_and_bring_its_answer) {
  std::string peer, body;
  table.add<remoting::GetMaxOffsetRequestHeader>(
      RequestCode::get_max_offset, Right::inspect,
      [&](Connection& from, const Request& request, const remoting::GetMaxOffsetRequestHeader& header) {
        peer = from.peer();
        body = request.body;
        const std::string one = "one", two = "two";
        const remoting::Slice slices[] = {{one, nullptr}, {two, nullptr}};
        from.answer(request, {.remark = "fine",
                              .header = remoting::GetMaxOffsetResponseHeader{header.queue_id},
                              .body = slices});
      });
  const auto told = asks().get();
  EXPECT_EQ(told.code, ResponseCode::success);
  EXPECT_EQ(told.remark, "fine");
  EXPECT_EQ(told.offset, "3");
  EXPECT_EQ(told.body, "onetwo");
  EXPECT_EQ(peer, "http 127.0.0.1:5123");
  EXPECT_EQ(body, "body");
}

TEST_F(LocalCalls, are_answered_later_from_another_thread_too) {
  table.add(RequestCode::get_max_offset, Right::inspect, [](Connection& from, const Request& request) {
    auto later = std::make_shared<remoting::Responder>(from.answer_later(request));
    std::thread([later] { later->answer({.remark = "later"}); }).detach();
  });
  EXPECT_EQ(asks().get().remark, "later");
}

TEST_F(LocalCalls, pass_the_access_policy_and_are_told_when_nobody_serves_them) {
  EXPECT_EQ(asks().get().code, ResponseCode::request_code_not_supported);
}

TEST_F(LocalCalls, fail_when_their_time_is_up_and_their_connections_end) {
  std::promise<void> closed;
  std::optional<remoting::Responder> kept;
  table.add(RequestCode::get_max_offset, Right::inspect,
            [&](Connection& from, const Request& request) { kept.emplace(from.answer_later(request)); });
  table.at_close([&](Connection&) { closed.set_value(); });
  EXPECT_FALSE(asks(10ms).get().code);
  closed.get_future().get();
  kept->answer({});  // goes nowhere
}

TEST_F(LocalCalls, fail_when_the_broker_stops) {
  std::promise<void> asked;
  std::optional<remoting::Responder> kept;
  table.add(RequestCode::get_max_offset, Right::inspect, [&](Connection& from, const Request& request) {
    kept.emplace(from.answer_later(request));
    asked.set_value();
  });
  auto waiting = asks();
  asked.get_future().get();
  calls.stop();
  EXPECT_FALSE(waiting.get().code);
  EXPECT_FALSE(asks().get().code);
}

}  // namespace
}  // namespace gantry::kernel
