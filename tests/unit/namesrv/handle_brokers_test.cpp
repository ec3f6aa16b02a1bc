#include "remoting/bodies/data_version.h"
#include "tests/unit/namesrv/served.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using namespace std::chrono_literals;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;
using testing::Not;

TEST(HandleBrokers, a_registered_broker_is_routed_to) {
  Served served;
  const Answered answer = served.registers(a_broker("broker-a").serving("orders"));
  EXPECT_EQ(answer.code, ResponseCode::success);
  EXPECT_EQ(answer.body, "") << "there is no order config";
  EXPECT_TRUE(answer.fields.empty()) << "masters are told of no master";
  EXPECT_THAT(served.route("orders"), HasSubstr("10.0.0.1:10911"));
  EXPECT_EQ(served.log.count("broker registered"), 1u);
}

TEST(HandleBrokers, an_unchanged_registration_says_nothing_and_publishes_nothing) {
  Served served;
  served.registers(a_broker("broker-a").serving("orders"));
  const auto version = served.routes.published().version();
  const auto lines = served.log.lines().size();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(served.registers(a_broker("broker-a").serving("orders")).code, ResponseCode::success);
  }
  EXPECT_EQ(served.routes.published().version(), version);
  EXPECT_EQ(served.log.lines().size(), lines);
}

TEST(HandleBrokers, the_answer_has_the_order_config_for_brokers_to_mark_their_topics_by) {
  Served served(Served::allow_all(), {{"ORDER_TOPIC_CONFIG", {{"orders", "broker-a:8"}}}});
  for (int i = 0; i < 2; ++i) {
    const Answered answer = served.registers(a_broker("broker-a").serving("orders"));
    EXPECT_EQ(answer.body, R"({"table":{"orders":"broker-a:8"}})");
    EXPECT_TRUE(answer.pinned);
  }
}

TEST(HandleBrokers, a_slave_is_told_its_master_each_time) {
  Served served;
  served.registers(a_broker("broker-a").at("m:1"));
  for (int i = 0; i < 2; ++i) {
    auto answer = served.registers(a_broker("broker-a").id(1).at("s:1"));
    EXPECT_EQ(answer.fields["masterAddr"], "m:1");
    EXPECT_EQ(answer.fields["haServerAddr"], "10.0.0.1:10912");
  }
}

TEST(HandleBrokers, deflated_and_old_bodies_register_too) {
  Served served;
  remoting::RegisterBrokerBody body;
  body.topic_config_serialize_wrapper.topic_config_table["orders"].topic_name = "orders";
  auto fields = Served::fields_of(a_broker("broker-a"));
  fields.emplace_back("compressed", "true");
  const auto deflated = served.connection.ask(
      served.requests, {RequestCode::register_broker, fields, remoting::deflate_register_broker(body)});
  EXPECT_EQ(deflated.code, ResponseCode::success) << deflated.remark;
  EXPECT_THAT(served.route("orders"), HasSubstr("broker-a"));

  const auto old = served.connection.ask(
      served.requests, {RequestCode::register_broker, Served::fields_of(a_broker("broker-b").at("b:1")),
                        remoting::to_json(body.topic_config_serialize_wrapper), 30});
  EXPECT_EQ(old.code, ResponseCode::success) << old.remark;
  EXPECT_THAT(served.route("orders"), HasSubstr("broker-b"));
}

TEST(HandleBrokers, a_body_with_another_checksum_is_refused_in_apaches_words) {
  Served served;
  const auto broker = a_broker("broker-a").serving("orders");
  const std::string body = Served::body_of(broker);
  const auto with_crc = [&](std::int32_t crc) {
    auto fields = Served::fields_of(broker);
    fields.emplace_back("bodyCrc32", std::to_string(crc));
    return served.connection.ask(served.requests, {RequestCode::register_broker, fields, body});
  };
  const Answered refused = with_crc(remoting::masked_crc32(body) ^ 1);
  EXPECT_EQ(refused.code, ResponseCode::system_error);
  EXPECT_EQ(refused.remark, "crc32 not match");
  EXPECT_EQ(served.route("orders"), "");
  EXPECT_EQ(with_crc(remoting::masked_crc32(body)).code, ResponseCode::success);
  EXPECT_EQ(with_crc(remoting::masked_crc32(body) ^ 1).code, ResponseCode::system_error)
      << "also when the body is a known one";
}

TEST(HandleBrokers, a_bogus_registration_is_refused_by_field_and_leaves_no_trace) {
  const auto refuses = [](const SomeBroker& broker, const std::string& field) {
    Served served;
    const Answered answer = served.registers(broker);
    EXPECT_EQ(answer.code, ResponseCode::system_error);
    EXPECT_THAT(answer.remark, HasSubstr(field));
    EXPECT_EQ(served.log.count("registration refused"), 1u);
    served.routes.with([](const RouteTables& tables) {
      EXPECT_TRUE(tables.brokers().empty());
      EXPECT_TRUE(tables.clusters().empty());
    });
  };
  refuses(a_broker(""), "brokerName");
  refuses(a_broker("broker\na"), "brokerName");
  refuses(a_broker(std::string(256, 'b')), "brokerName");
  refuses(a_broker("broker-a").in(""), "clusterName");
  refuses(a_broker("broker-a").at(""), "brokerAddr");
  refuses(a_broker("broker-a").at("10.0.0.1"), "brokerAddr");
  refuses(a_broker("broker-a").at("10.0.0.1:0"), "brokerAddr");
  refuses(a_broker("broker-a").id(-1), "brokerId");
}

TEST(HandleBrokers, a_body_that_cannot_be_read_is_refused_with_the_place) {
  Served served;
  const auto answer = served.connection.ask(
      served.requests, {RequestCode::register_broker, Served::fields_of(a_broker("broker-a")),
                        R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"orders":{"perm":"six"}}}})"});
  EXPECT_EQ(answer.code, ResponseCode::system_error);
  EXPECT_THAT(answer.remark, HasSubstr("topicConfigTable.orders.perm"));
}

TEST(HandleBrokers, a_topic_with_an_impossible_name_costs_the_broker_no_other) {
  Served served;
  EXPECT_EQ(served.registers(a_broker("broker-a").serving("bad\nname").serving("orders")).code,
            ResponseCode::success);
  EXPECT_THAT(served.route("orders"), HasSubstr("broker-a"));
  const auto line = served.log.lines().back();
  EXPECT_EQ(line.message, "topics of a registration left out");
  EXPECT_EQ(line.field("topics"), "1");
}

TEST(HandleBrokers, an_unregistered_broker_is_gone) {
  Served served;
  served.registers(a_broker("broker-a").serving("orders"));
  EXPECT_EQ(served.ask(RequestCode::unregister_broker, Served::fields_of(a_broker("broker-a"))).code,
            ResponseCode::success);
  EXPECT_EQ(served.route("orders"), "");
  EXPECT_EQ(served.log.count("broker gone"), 1u);
}

TEST(HandleBrokers, a_closed_connection_takes_its_brokers_along_and_a_client_s_takes_nothing) {
  Served served;
  served.registers(a_broker("broker-a").at("a:1").serving("orders"));
  served.registers(a_broker("broker-b").at("b:1").serving("orders"));
  AskingConnection other(3);
  served.registers(a_broker("broker-c").at("c:1").serving("orders"), other);

  served.requests.on_closed(served.client);
  EXPECT_THAT(served.route("orders"), HasSubstr("broker-a"));
  served.requests.on_closed(served.connection);
  EXPECT_THAT(served.route("orders"),
              testing::AllOf(Not(HasSubstr("broker-a")), Not(HasSubstr("broker-b")), HasSubstr("broker-c")));
}

TEST(HandleBrokers, a_silent_broker_is_taken_out_and_its_connection_closed) {
  Served served;
  AskingConnection lively(3);
  served.registers(a_broker("silent").at("s:1").serving("orders"));
  served.clock.advance(119s);
  served.registers(a_broker("lively").at("l:1").serving("orders"), lively);
  remove_silent_brokers(served.serving);
  EXPECT_THAT(served.route("orders"), HasSubstr("s:1"));

  served.clock.advance(2s);
  remove_silent_brokers(served.serving);
  EXPECT_THAT(served.route("orders"), testing::AllOf(Not(HasSubstr("s:1")), HasSubstr("l:1")));
  EXPECT_NE(served.connection.closed_because(), "");
  EXPECT_EQ(lively.closed_because(), "");
  EXPECT_EQ(served.log.count("broker silent, removed"), 1u);

  served.requests.on_closed(served.connection);
  EXPECT_EQ(served.log.count("broker gone"), 1u) << "it was gone already";
}

TEST(HandleBrokers, the_expiry_may_be_changed_while_running) {
  Served served;
  served.registers(a_broker("broker-a").serving("orders"));
  served.ask(RequestCode::update_namesrv_config, {}, "broker_expiry=10s");
  served.clock.advance(11s);
  remove_silent_brokers(served.serving);
  EXPECT_EQ(served.route("orders"), "");
}

TEST(HandleBrokers, a_version_query_says_whether_to_register_and_counts_as_life_if_not) {
  Served served;
  const auto query = [&](const std::string& body) {
    return served.connection.ask(
        served.requests, {RequestCode::query_data_version, Served::fields_of(a_broker("broker-a")), body});
  };
  Answered unknown = query(R"({"counter":1,"timestamp":1700000000000})");
  EXPECT_EQ(unknown.fields["changed"], "true");
  EXPECT_EQ(unknown.body, "");

  served.registers(a_broker("broker-a").serving("orders"));
  served.clock.advance(100s);
  Answered same = query(R"({"counter":1,"timestamp":1700000000000})");
  EXPECT_EQ(same.fields["changed"], "false");
  EXPECT_EQ(same.body, R"({"counter":1,"timestamp":1700000000000})");
  served.clock.advance(100s);
  remove_silent_brokers(served.serving);
  EXPECT_NE(served.route("orders"), "");

  Answered other = query(R"({"counter":2,"timestamp":1700000000000})");
  EXPECT_EQ(other.fields["changed"], "true");
  EXPECT_EQ(other.body, R"({"counter":1,"timestamp":1700000000000})");
}

TEST(HandleBrokers, a_version_query_without_a_version_is_refused) {
  Served served;
  for (const char* body : {"", "nonsense", R"({"counter":"x"})"}) {
    const auto answer = served.connection.ask(
        served.requests, {RequestCode::query_data_version, Served::fields_of(a_broker("broker-a")), body});
    EXPECT_EQ(answer.code, ResponseCode::system_error) << body;
    EXPECT_THAT(answer.remark, HasSubstr("body")) << body;
  }
}

}  // namespace
}  // namespace gantry::namesrv
