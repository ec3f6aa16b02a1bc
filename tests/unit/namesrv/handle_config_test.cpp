#include "tests/unit/namesrv/served.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using namespace std::chrono_literals;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;
using testing::StartsWith;

Answered update(Served& served, const std::string& properties) {
  return served.ask(RequestCode::update_namesrv_config, {}, properties);
}

TEST(HandleConfig, tells_apaches_keys) {
  Served served;
  const std::string text = served.ask(RequestCode::get_namesrv_config).body;
  for (const char* line : {"listenPort=9876\n", "orderMessageEnable=false\n",
                           "kvConfigPath=d/kvConfig.json\n", "serverChannelMaxIdleTimeSeconds=120\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(HandleConfig, a_changed_option_holds_at_once_and_is_told_and_logged) {
  Served served;
  EXPECT_EQ(update(served, "orderMessageEnable=true\n").code, ResponseCode::success);
  EXPECT_TRUE(served.config.now()->order_message_enable);
  EXPECT_THAT(served.ask(RequestCode::get_namesrv_config).body, HasSubstr("orderMessageEnable=true\n"));

  const auto line = served.log.lines().back();
  EXPECT_EQ(line.message, "configuration changed by request");
  EXPECT_EQ(line.field("option"), "order_message_enable");
  EXPECT_EQ(line.field("from"), "false");
  EXPECT_EQ(line.field("to"), "true");
  EXPECT_EQ(line.field("peer"), "10.9.9.9:1");
}

TEST(HandleConfig, paths_hosts_and_everything_that_is_not_listed_is_refused_as_apache_does) {
  Served served;
  for (const char* line : {"kvConfigPath=/tmp/x", "configStorePath=/tmp/x", "rocketmqHome=/tmp/x",
                           "configBlackList=", "data_dir=/tmp/x", "log_file=/tmp/x", "listenPort=1",
                           "tls_key=/tmp/x", "io_threads=1"}) {
    const auto before = *served.config.now();
    const Answered answer = update(served, std::string(line) + "\norderMessageEnable=true\n");
    EXPECT_EQ(answer.code, ResponseCode::no_permission) << line;
    EXPECT_THAT(answer.remark, StartsWith("Can not update config in black list.")) << line;
    EXPECT_EQ(*served.config.now(), before) << line;
  }
  EXPECT_EQ(served.disk.calls(), 0);
}

// The wire can change what these kinds of options hold, and no other kind.
TEST(HandleConfig, no_option_that_may_name_a_file_a_command_or_a_host_is_changeable_by_wire) {
  using options::Kind;
  const auto schema = namesrv_schema();
  for (const auto& option : schema.options()) {
    const bool harmless = option.kind == Kind::boolean || option.kind == Kind::integer ||
                          option.kind == Kind::duration || option.kind == Kind::size ||
                          option.kind == Kind::choice;
    EXPECT_TRUE(harmless || !option.by_wire) << option.name;
  }
}

TEST(HandleConfig, a_bad_value_changes_nothing_and_is_named) {
  Served served;
  const Answered answer = update(served, "orderMessageEnable=true\nbroker_expiry=soon\n");
  EXPECT_EQ(answer.code, ResponseCode::system_error);
  EXPECT_THAT(answer.remark, testing::AllOf(HasSubstr("broker_expiry"), HasSubstr("soon")));
  EXPECT_FALSE(served.config.now()->order_message_enable);
}

TEST(HandleConfig, unknown_keys_are_passed_over_as_apache_does) {
  Served served;
  EXPECT_EQ(update(served, "somebodysKey=1\norderMessageEnable=true\n").code, ResponseCode::success);
  EXPECT_TRUE(served.config.now()->order_message_enable);
}

TEST(HandleConfig, a_request_without_body_changes_nothing_and_succeeds) {
  Served served;
  EXPECT_EQ(update(served, "").code, ResponseCode::success);
}

TEST(HandleConfig, a_change_that_cannot_be_written_does_not_hold) {
  Served served;
  served.disk.fail_from_now({.fail_at = 0});
  const Answered answer = update(served, "orderMessageEnable=true\n");
  EXPECT_EQ(answer.code, ResponseCode::system_error);
  EXPECT_EQ(answer.remark, "cannot create d/wire-config.toml.new: Input/output error");
  EXPECT_FALSE(served.config.now()->order_message_enable);
}

}  // namespace
}  // namespace gantry::namesrv
