#include "namesrv/routes.h"

#include "namesrv/route_encoding.h"
#include "tests/unit/namesrv/random_operations.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::namesrv {
namespace {

Changes register_in(Routes& routes, const SomeBroker& broker) {
  return routes.change([&](RouteTables& t, Changes& c) { broker.register_in(t, TimePoint{}, c); });
}

Routes::OrderConfigs order_configs(std::map<std::string, std::string> configs) {
  return std::make_shared<const std::map<std::string, std::string>>(std::move(configs));
}

TEST(Routes, a_registered_topic_is_published_when_the_call_returns) {
  Routes routes;
  RouteReader reader(routes.published());
  EXPECT_EQ(reader.find("orders").bytes, "");
  register_in(routes, a_broker("broker-a").serving("orders"));
  EXPECT_NE(reader.find("orders").bytes.find(R"("0":"10.0.0.1:10911")"), std::string_view::npos);
}

TEST(Routes, an_unchanged_registration_publishes_nothing) {
  Routes routes;
  register_in(routes, a_broker("broker-a").serving("orders"));
  const auto version = routes.published().version();
  EXPECT_TRUE(register_in(routes, a_broker("broker-a").serving("orders")).empty());
  EXPECT_EQ(routes.published().version(), version);
}

TEST(Routes, topics_with_equal_routes_share_their_bytes) {
  Routes routes;
  register_in(routes, a_broker("broker-a").serving("orders").serving("bills").serving("odd", {1, 1, 6, 0}));
  RouteReader reader(routes.published());
  EXPECT_EQ(reader.find("orders").bytes.data(), reader.find("bills").bytes.data());
  EXPECT_NE(reader.find("orders").bytes.data(), reader.find("odd").bytes.data());
}

TEST(Routes, order_configs_come_into_the_routes_of_their_topics_and_leave_again) {
  Routes routes;
  register_in(routes, a_broker("broker-a").serving("orders").serving("bills"));
  RouteReader reader(routes.published());
  const auto has = [&](std::string_view topic, std::string_view what) {
    return reader.find(topic).bytes.find(what) != std::string_view::npos;
  };

  routes.set_order_configs(order_configs({{"orders", "broker-a:8"}, {"elsewhere", "broker-z:1"}}));
  EXPECT_TRUE(has("orders", R"("orderTopicConf":"broker-a:8")"));
  EXPECT_FALSE(has("bills", "orderTopicConf"));
  EXPECT_EQ(reader.find("elsewhere").bytes, "") << "a config makes no topic";

  register_in(routes, a_broker("broker-b").at("b:1").serving("orders"));
  EXPECT_TRUE(has("orders", R"("orderTopicConf":"broker-a:8")")) << "it stays when the route changes";

  routes.set_order_configs(order_configs({{"orders", "broker-b:4"}, {"bills", "broker-a:1"}}));
  EXPECT_TRUE(has("orders", R"("orderTopicConf":"broker-b:4")"));
  EXPECT_TRUE(has("bills", R"("orderTopicConf":"broker-a:1")"));

  const auto version = routes.published().version();
  routes.set_order_configs(order_configs({{"orders", "broker-b:4"}, {"bills", "broker-a:1"}}));
  EXPECT_EQ(routes.published().version(), version);

  routes.set_order_configs(nullptr);
  EXPECT_FALSE(has("orders", "orderTopicConf"));
  EXPECT_FALSE(has("bills", "orderTopicConf"));
}

RC_GTEST_PROP(Routes, what_is_published_equals_the_tables_after_any_sequence, ()) {
  Routes routes;
  MovedClock clock;
  Routes::OrderConfigs configs;
  const auto topic = [] { return rc::gen::element<std::string>("t1", "t2", "t3", "t4"); };
  for (const Operation& op : *rc::gen::container<std::vector<Operation>>(any_operation())) {
    routes.change([&](RouteTables& tables, Changes& changes) { perform(op, tables, clock, changes); });
    if (*rc::gen::weightedElement<bool>({{4, false}, {1, true}})) {
      configs = *rc::gen::arbitrary<bool>() ? order_configs({{*topic(), "x"}, {*topic(), "y"}}) : nullptr;
      routes.set_order_configs(configs);
    }
    const auto snapshot = routes.published().latest();
    routes.with([&](const RouteTables& tables) {
      RC_ASSERT(snapshot->size() == tables.topics().size());
      for (const auto& [name, brokers] : tables.topics()) {
        std::optional<std::string_view> conf;
        if (configs && configs->contains(name)) conf = configs->find(name)->second;
        std::string expected;
        append_route(expected, tables, brokers, conf);
        const std::string* published = snapshot->find(name);
        RC_ASSERT(published != nullptr);
        RC_ASSERT(*published == expected);
      }
    });
  }
}

TEST(Routes, are_read_on_several_threads_while_brokers_register_and_leave_on_others) {
  Routes routes;
  register_in(routes, a_broker("stays").at("s:1").serving("orders"));
  std::atomic<bool> over{false};
  std::atomic<int> missing{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      RouteReader reader(routes.published());
      do {
        if (reader.find("orders").bytes.find("s:1") == std::string_view::npos) ++missing;
      } while (!over);
    });
  }
  std::vector<std::thread> brokers;
  for (ConnectionId connection : {1u, 2u}) {
    brokers.emplace_back([&routes, connection] {
      const std::string name = "broker-" + std::to_string(connection);
      for (int round = 0; round < 200; ++round) {
        register_in(routes,
                    a_broker(name).at(name + ":1").over(100 + connection).serving("orders").serving(name));
        routes.change([&](RouteTables& t, Changes& c) { t.connection_closed(100 + connection, c); });
      }
    });
  }
  for (auto& broker : brokers) broker.join();
  over = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(missing, 0);
  EXPECT_EQ(routes.published().latest()->size(), 1u);
}

}  // namespace
}  // namespace gantry::namesrv
