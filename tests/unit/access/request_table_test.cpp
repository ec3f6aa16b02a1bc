#include "access/request_table.h"

#include "logging/capturing_logger.h"
#include "remoting/headers/name_server.h"

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::access {
namespace {

using remoting::Answer;
using remoting::Connection;
using remoting::Request;
using remoting::RequestCode;
using remoting::ResponseCode;

// Remembers the last answer.
class Caller final : public Connection {
 public:
  std::uint64_t id() const override { return 1; }
  std::string_view peer() const override { return "127.0.0.1:1"; }
  std::size_t io_thread() const override { return 0; }
  void close(std::string_view) override {}
  void answer(const Request&, const Answer& answer) override {
    code = answer.code;
    remark = answer.remark;
    ++answers;
  }
  remoting::Responder answer_later(const Request&) override { throw std::logic_error("not in these tests"); }
  void request(const remoting::OutgoingRequest&, std::chrono::milliseconds, ResponseHandler) override {}
  void notify(const remoting::OutgoingRequest&) override {}

  ResponseCode code{};
  std::string remark;
  int answers = 0;
};

struct DenyAll final : Policy {
  Decision decide(const Connection&, Right needed, const Request&) const override {
    return {false, "needs the right to " + std::string(name_of(needed))};
  }
};

class ARequestTable : public ::testing::Test {
 protected:
  void ask(RequestTable& table, RequestCode code, std::span<const remoting::Field> fields = {}) {
    const Request request{{.code = static_cast<std::int32_t>(code), .fields = fields}, ""};
    const std::shared_ptr<const void> pin;
    table.on_requests(caller, {{&request, 1}, pin});
  }

  Caller caller;
  logging::CapturingLogger log;
  AllowAll allow_all;
  DenyAll deny_all;
};

TEST_F(ARequestTable, gives_a_request_to_the_handler_of_its_code) {
  RequestTable table(allow_all, log);
  table.add(RequestCode::heart_beat, Right::open,
            [](Connection& from, const Request& request) { from.answer(request, {.remark = "alive"}); });
  ask(table, RequestCode::heart_beat);
  EXPECT_EQ(caller.code, ResponseCode::success);
  EXPECT_EQ(caller.remark, "alive");
}

TEST_F(ARequestTable, says_of_an_unknown_code_that_it_is_not_supported) {
  RequestTable table(allow_all, log);
  ask(table, static_cast<RequestCode>(4711));
  EXPECT_EQ(caller.code, ResponseCode::request_code_not_supported);
  EXPECT_EQ(caller.remark, " request type 4711 not supported");
}

TEST_F(ARequestTable, asks_the_policy_before_the_handler) {
  RequestTable table(deny_all, log);
  bool handled = false;
  table.add(RequestCode::heart_beat, Right::administer, [&](Connection&, const Request&) { handled = true; });
  ask(table, RequestCode::heart_beat);
  EXPECT_FALSE(handled);
  EXPECT_EQ(caller.code, ResponseCode::no_permission);
  EXPECT_EQ(caller.remark, "needs the right to administer");
}

TEST_F(ARequestTable, turns_what_a_handler_throws_into_the_answer_of_that_request) {
  RequestTable table(allow_all, log);
  table.add(RequestCode::heart_beat, Right::open,
            [](Connection&, const Request&) { throw std::runtime_error("broke down"); });
  ask(table, RequestCode::heart_beat);
  EXPECT_EQ(caller.code, ResponseCode::system_error);
  EXPECT_EQ(caller.remark, "broke down");
  EXPECT_EQ(log.count("request failed"), 1u);
}

TEST_F(ARequestTable, answers_a_header_that_does_not_decode_with_the_field_that_is_wrong) {
  RequestTable table(allow_all, log);
  bool handled = false;
  table.add<remoting::GetKvConfigRequestHeader>(
      RequestCode::get_kv_config, Right::inspect,
      [&](Connection&, const Request&, const remoting::GetKvConfigRequestHeader&) { handled = true; });
  const remoting::Field fields[] = {{"namespace", "N"}};
  ask(table, RequestCode::get_kv_config, fields);
  EXPECT_FALSE(handled);
  EXPECT_EQ(caller.code, ResponseCode::system_error);
  EXPECT_THAT(caller.remark, ::testing::HasSubstr("key"));
}

TEST_F(ARequestTable, takes_no_second_handler_for_a_code) {
  RequestTable table(allow_all, log);
  const auto nothing = [](Connection&, const Request&) {};
  table.add(RequestCode::heart_beat, Right::open, nothing);
  EXPECT_THROW(table.add(RequestCode::heart_beat, Right::open, nothing), std::logic_error);
}

class AGatheringTable : public ARequestTable {
 protected:
  // With codes 10 and 310 gathered, and 34 by itself.
  void fill(RequestTable& table) {
    table.gather({RequestCode::send_message, RequestCode::send_message_v2}, Right::publish,
                 [&](Connection&, RequestTable::Gathered requests, const std::shared_ptr<const void>& pin) {
                   std::string codes;
                   for (const auto* request : requests) codes += std::to_string(request->command.code) + " ";
                   seen.push_back(codes);
                   pinned = pin;
                   if (throws) throw std::runtime_error("broke down");
                 });
    table.add(RequestCode::heart_beat, Right::open,
              [&](Connection&, const Request&) { seen.emplace_back("heartbeat"); });
  }
  void ask_all(RequestTable& table, std::initializer_list<RequestCode> codes) {
    std::vector<Request> requests;
    for (const auto code : codes) requests.push_back({{.code = static_cast<std::int32_t>(code)}, ""});
    table.on_requests(caller, {requests, pin});
  }

  std::vector<std::string> seen;
  bool throws = false;
  std::shared_ptr<const void> pin = std::make_shared<int>(1), pinned;
};

TEST_F(AGatheringTable, hands_over_gathered_requests_of_a_burst_together_behind_the_others) {
  RequestTable table(allow_all, log);
  fill(table);
  ask_all(table, {RequestCode::send_message, RequestCode::heart_beat, RequestCode::send_message_v2});
  EXPECT_THAT(seen, ::testing::ElementsAre("heartbeat", "10 310 "));
  EXPECT_EQ(pinned, pin);
  ask_all(table, {RequestCode::heart_beat});
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(AGatheringTable, asks_the_policy_for_each_of_them) {
  RequestTable table(deny_all, log);
  fill(table);
  ask_all(table, {RequestCode::send_message, RequestCode::send_message});
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(caller.answers, 2);
  EXPECT_EQ(caller.remark, "needs the right to publish");
}

TEST_F(AGatheringTable, logs_what_the_gathering_handler_throws) {
  RequestTable table(allow_all, log);
  fill(table);
  throws = true;
  ask_all(table, {RequestCode::send_message});
  EXPECT_EQ(log.count("requests failed"), 1U);
}

TEST_F(AGatheringTable, has_one_gathering_handler) {
  RequestTable table(allow_all, log);
  fill(table);
  EXPECT_THROW(table.gather({RequestCode::pull_message}, Right::consume, {}), std::logic_error);
}

TEST_F(ARequestTable, lists_its_codes_with_their_rights) {
  RequestTable table(allow_all, log);
  const auto nothing = [](Connection&, const Request&) {};
  table.add(RequestCode::heart_beat, Right::open, nothing);
  table.add(RequestCode::send_message, Right::publish, nothing);
  const auto entries = table.entries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].code, RequestCode::send_message);
  EXPECT_EQ(entries[0].needed, Right::publish);
  EXPECT_EQ(entries[1].code, RequestCode::heart_beat);
}

}  // namespace
}  // namespace gantry::access
