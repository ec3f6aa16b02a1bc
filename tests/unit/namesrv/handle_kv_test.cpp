#include "tests/unit/namesrv/served.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;

AskingConnection::Fields entry(std::string name_space, std::string key, std::string value = "v") {
  return {{"namespace", std::move(name_space)}, {"key", std::move(key)}, {"value", std::move(value)}};
}

TEST(HandleKv, an_entry_is_put_read_listed_and_deleted) {
  Served served;
  EXPECT_EQ(served.ask(RequestCode::put_kv_config, entry("ns", "k", "v")).code, ResponseCode::success);
  EXPECT_EQ(served.ask(RequestCode::get_kv_config, entry("ns", "k")).fields.at("value"), "v");
  EXPECT_EQ(served.ask(RequestCode::get_kvlist_by_namespace, entry("ns", "")).body, R"({"table":{"k":"v"}})");
  EXPECT_EQ(served.ask(RequestCode::delete_kv_config, entry("ns", "k")).code, ResponseCode::success);
  EXPECT_EQ(served.ask(RequestCode::get_kvlist_by_namespace, entry("ns", "")).body, R"({"table":{}})");
}

TEST(HandleKv, what_is_not_there_is_answered_22_by_name) {
  Served served;
  const Answered value = served.ask(RequestCode::get_kv_config, entry("ns", "k"));
  EXPECT_EQ(value.code, ResponseCode::query_not_found);
  EXPECT_EQ(value.remark, "No config item, Namespace: ns Key: k");
  const Answered table = served.ask(RequestCode::get_kvlist_by_namespace, entry("ns", ""));
  EXPECT_EQ(table.code, ResponseCode::query_not_found);
  EXPECT_EQ(table.remark, "No config item, Namespace: ns");
  EXPECT_EQ(served.ask(RequestCode::delete_kv_config, entry("ns", "k")).code, ResponseCode::success);
}

TEST(HandleKv, what_is_put_is_on_disk_before_it_is_answered) {
  Served served;
  served.ask(RequestCode::put_kv_config, entry("ns", "k", "v"));
  EXPECT_THAT(served.disk.texts_after_power_cut("d/kvConfig.json"),
              testing::ElementsAre(R"({"configTable":{"ns":{"k":"v"}}})"));
}

TEST(HandleKv, a_failed_write_is_answered_with_its_reason_and_changes_nothing) {
  Served served(Served::allow_all(), {{"ns", {{"k", "old"}}}});
  served.disk.fail_from_now({.fail_at = 2});
  const Answered answer = served.ask(RequestCode::put_kv_config, entry("ns", "k", "new"));
  EXPECT_EQ(answer.code, ResponseCode::system_error);
  EXPECT_EQ(answer.remark, "cannot sync d/kvConfig.json.new: Input/output error");
  EXPECT_EQ(served.ask(RequestCode::get_kv_config, entry("ns", "k")).fields.at("value"), "old");
  EXPECT_EQ(served.log.lines().back().message, "KV entry not changed");
}

TEST(HandleKv, names_are_held_to_limits_before_the_disk_is_touched) {
  Served served;
  for (const auto& fields :
       {entry("", "k"), entry("ns", ""), entry(std::string(256, 'n'), "k"), entry("n\ns", "k")}) {
    const Answered answer = served.ask(RequestCode::put_kv_config, fields);
    EXPECT_EQ(answer.code, ResponseCode::system_error);
    EXPECT_THAT(answer.remark, HasSubstr("without control characters"));
  }
  EXPECT_EQ(served.disk.calls(), 0);
}

TEST(HandleKv, an_order_config_is_in_the_routes_when_its_put_is_answered_if_the_option_says_so) {
  Served served;
  served.registers(a_broker("broker-a").serving("orders"));
  served.ask(RequestCode::put_kv_config, entry("ORDER_TOPIC_CONFIG", "orders", "broker-a:8"));
  EXPECT_THAT(served.route("orders"), testing::Not(HasSubstr("orderTopicConf")));

  EXPECT_EQ(served.ask(RequestCode::update_namesrv_config, {}, "orderMessageEnable=true").code,
            ResponseCode::success);
  EXPECT_THAT(served.route("orders"), HasSubstr(R"("orderTopicConf":"broker-a:8")"));
  served.ask(RequestCode::put_kv_config, entry("ORDER_TOPIC_CONFIG", "orders", "broker-a:4"));
  EXPECT_THAT(served.route("orders"), HasSubstr(R"("orderTopicConf":"broker-a:4")"));
  served.ask(RequestCode::delete_kv_config, entry("ORDER_TOPIC_CONFIG", "orders"));
  EXPECT_THAT(served.route("orders"), testing::Not(HasSubstr("orderTopicConf")));
}

TEST(HandleKv, when_too_much_waits_for_the_disk_the_sender_is_told_to_come_again) {
  std::promise<void> started;
  std::promise<void> release;
  Served served;
  ASSERT_TRUE(served.disk_thread.post([&] {
    started.set_value();
    release.get_future().wait();
  }));
  // Or it would be taken, and leave room, after the others have filled the queue.
  started.get_future().wait();
  while (served.disk_thread.post([] {})) {
  }
  const Answered answer = served.ask(RequestCode::put_kv_config, entry("ns", "k"));
  EXPECT_EQ(answer.code, ResponseCode::system_busy);
  EXPECT_THAT(answer.remark, HasSubstr("nothing was changed, try again"));
  release.set_value();
}

TEST(HandleKv, each_change_leaves_a_line_with_who_made_it) {
  Served served;
  served.ask(RequestCode::put_kv_config, entry("ns", "k", "v"));
  const auto line = served.log.lines().back();
  EXPECT_EQ(line.message, "KV entry set");
  EXPECT_EQ(line.field("key"), "k");
  EXPECT_EQ(line.field("peer"), "10.9.9.9:1");
}

}  // namespace
}  // namespace gantry::namesrv
