#include "kernel/api/testing/scripted_local_calls.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using namespace std::chrono_literals;
using remoting::RequestCode;
using remoting::ResponseCode;

constexpr RequestCode kAsked{20001};

TEST(ScriptedLocalCalls, are_answered_by_the_test_and_not_within_the_call) {
  ScriptedLocalCalls calls;
  calls.answer(kAsked, [](const LocalCall& call) -> KeptAnswer {
    return {.remark = call.peer, .fields = {{"name", call.fields.at("name")}}, .body = call.body};
  });
  std::string said;
  const std::array<remoting::Field, 1> fields{{{"name", "Ada"}}};
  const remoting::Slice body{.bytes = "body", .pin = nullptr};
  calls.request("p", {.code = kAsked, .extras = fields, .body = {&body, 1}}, 1s, [&](const auto& response) {
    said = std::string(response->command.remark) + " " + std::string(response->command.fields.front().value) +
           " " + std::string(response->body);
  });
  EXPECT_EQ(said, "");
  EXPECT_TRUE(calls.run());
  EXPECT_FALSE(calls.run());
  EXPECT_EQ(said, "p Ada body");
}

TEST(ScriptedLocalCalls, fail_as_the_test_wants_and_know_no_other_code) {
  ScriptedLocalCalls calls;
  ResponseCode code{};
  boost::system::error_code error;
  const auto ask = [&] {
    calls.request("p", {.code = kAsked}, 1s, [&](const auto& response) {
      if (response)
        code = response->code();
      else
        error = response.error();
    });
    calls.run();
  };
  ask();
  EXPECT_EQ(code, ResponseCode::request_code_not_supported);
  calls.fail(make_error_code(boost::system::errc::timed_out));
  ask();
  EXPECT_EQ(error, boost::system::errc::timed_out);
  EXPECT_EQ(calls.calls().size(), 2u);
}

}  // namespace
}  // namespace gantry::api::testing
