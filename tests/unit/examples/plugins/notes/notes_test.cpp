#include "tests/unit/examples/load_example.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using remoting::RequestCode;
using remoting::ResponseCode;
using ::testing::HasSubstr;

constexpr RequestCode kSetNote{20011};
constexpr RequestCode kGetNote{20012};

TEST(Notes, gives_back_what_was_noted_for_a_topic) {
  TestContext context;
  TestHost host(context, example("notes"));
  EXPECT_EQ(host.ask(kGetNote, {{"topic", "orders"}}).code, ResponseCode::query_not_found);
  EXPECT_EQ(host.ask(kSetNote, {{"topic", "orders"}}, "owned by billing").code, ResponseCode::success);
  EXPECT_EQ(host.ask(kGetNote, {{"topic", "orders"}}).body, "owned by billing");
  EXPECT_EQ(host.ask(kGetNote, {{"topic", "orders"}, {"longest", "5"}}).body, "owned");
}

TEST(Notes, says_what_is_wrong_with_a_request) {
  TestContext context;
  TestHost host(context, example("notes"));
  EXPECT_THAT(host.ask(kGetNote).remark, HasSubstr("topic"));
  EXPECT_THAT(host.ask(kGetNote, {{"topic", "a b"}}).remark, HasSubstr("letters, digits"));
  EXPECT_THAT(host.ask(kGetNote, {{"topic", "orders"}, {"longest", "0"}}).remark,
              HasSubstr("from 1 to 4096"));
}

TEST(Notes, tells_its_asker_when_the_disk_did_not_take_a_note) {
  TestContext context;
  TestHost host(context, example("notes"));
  context.key_values().refuse(Refusal{.code = ResponseCode::system_busy, .text = "the disk is full"});
  const auto answer = host.ask(kSetNote, {{"topic", "orders"}}, "x");
  EXPECT_EQ(answer.code, ResponseCode::system_busy);
  EXPECT_EQ(answer.remark, "the disk is full");
  EXPECT_EQ(context.misused_completions, 0);
}

}  // namespace
}  // namespace gantry::api::testing
