#include "namesrv/route_tables.h"

#include "tests/unit/namesrv/some_broker.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Kind = BrokerEvent::Kind;

class RouteTablesStory : public testing::Test {
 protected:
  Changes registers(const SomeBroker& broker) {
    Changes changes;
    broker.register_in(tables, clock.now(), changes);
    return changes;
  }

  std::vector<std::string> brokers_of(std::string_view topic) const {
    std::vector<std::string> names;
    if (const auto* found = tables.find_topic(topic)) {
      for (const auto& entry : *found) names.push_back(entry.broker->name);
    }
    return names;
  }

  QueueSettings queues_of(std::string_view topic, std::string_view broker) const {
    for (const auto& entry : *tables.find_topic(topic)) {
      if (entry.broker->name == broker) return entry.queues;
    }
    throw std::logic_error("no such broker");
  }

  std::map<std::int64_t, std::string> addresses_of(const std::string& broker) const {
    const auto at = tables.brokers().find(broker);
    return at == tables.brokers().end() ? std::map<std::int64_t, std::string>{} : at->second.addresses;
  }

  std::vector<std::string> clusters() const {
    std::vector<std::string> lines;
    for (const auto& [name, members] : tables.clusters()) {
      std::string line = name + ":";
      for (const auto& broker : members) line += " " + broker;
      lines.push_back(line);
    }
    return lines;
  }

  bool is_live(std::string_view address) const { return tables.version_of(address).has_value(); }

  template <class Call>
  Changes changed_by(Call call) {
    Changes changes;
    call(changes);
    tables.check_invariants();
    return changes;
  }

  RouteTables tables;
  MovedClock clock;
};

TEST_F(RouteTablesStory, a_broker_with_two_topics_registers_and_both_are_routed_to_it) {
  const Changes changes = registers(a_broker("broker-a").serving("orders").serving("bills", {4, 2, 4, 1}));

  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-a"));
  EXPECT_EQ(queues_of("orders", "broker-a"), kEightQueues);
  EXPECT_EQ(queues_of("bills", "broker-a"), (QueueSettings{4, 2, 4, 1}));
  EXPECT_THAT(addresses_of("broker-a"), ElementsAre(Pair(0, "10.0.0.1:10911")));
  EXPECT_THAT(clusters(), ElementsAre("c1: broker-a"));
  EXPECT_THAT(changes.topics, UnorderedElementsAre("orders", "bills"));
  EXPECT_EQ(changes.topics_added, 2u);
  ASSERT_EQ(changes.brokers.size(), 1u);
  EXPECT_EQ(changes.brokers[0].kind, Kind::appeared);
  EXPECT_EQ(changes.brokers[0].address, "10.0.0.1:10911");
}

TEST_F(RouteTablesStory, an_unknown_topic_has_no_route) {
  registers(a_broker("broker-a").serving("orders"));
  EXPECT_EQ(tables.find_topic("order"), nullptr);
}

TEST_F(RouteTablesStory, a_topic_on_two_brokers_lists_both_by_name) {
  registers(a_broker("broker-b").at("b:1").serving("orders"));
  registers(a_broker("broker-a").at("a:1").serving("orders"));
  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-a", "broker-b"));
}

TEST_F(RouteTablesStory, the_same_registration_again_changes_nothing) {
  registers(a_broker("broker-a").serving("orders"));
  EXPECT_TRUE(registers(a_broker("broker-a").serving("orders")).empty());
}

TEST_F(RouteTablesStory, topics_are_taken_over_only_when_the_version_moved) {
  registers(a_broker("broker-a").serving("orders"));

  EXPECT_TRUE(registers(a_broker("broker-a").serving("orders", {16, 16, 6, 0}).serving("bills")).empty());
  EXPECT_EQ(queues_of("orders", "broker-a"), kEightQueues);
  EXPECT_THAT(brokers_of("bills"), IsEmpty());

  const Changes changes =
      registers(a_broker("broker-a").version(2).serving("orders", {16, 16, 6, 0}).serving("bills"));
  EXPECT_EQ(queues_of("orders", "broker-a").read_queues, 16);
  EXPECT_THAT(brokers_of("bills"), ElementsAre("broker-a"));
  EXPECT_THAT(changes.topics, UnorderedElementsAre("orders", "bills"));
  EXPECT_EQ(changes.topics_added, 1u);
  EXPECT_EQ(changes.topics_changed, 1u);
  EXPECT_THAT(changes.brokers, IsEmpty());
}

TEST_F(RouteTablesStory, any_field_of_the_version_makes_it_another) {
  SomeBroker broker = a_broker("broker-a").serving("orders");
  registers(broker);
  for (const DataVersion& version : {DataVersion{2, 1700000000000, {}}, DataVersion{2, 1700000000001, {}},
                                     DataVersion{2, 1700000000001, 1}}) {
    broker.version_ = version;
    broker.topics[0].second.read_queues += 1;
    EXPECT_THAT(registers(broker).topics, ElementsAre("orders"));
  }
}

TEST_F(RouteTablesStory, a_topic_that_the_broker_names_no_more_stays) {
  registers(a_broker("broker-a").serving("orders").serving("bills"));
  registers(a_broker("broker-a").version(2).serving("bills"));
  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-a"));
}

TEST_F(RouteTablesStory, a_slave_adds_its_address_but_no_topics) {
  registers(a_broker("broker-a").at("m:1").serving("orders"));
  const Changes changes = registers(a_broker("broker-a").id(1).at("s:1").serving("orders").serving("bills"));

  EXPECT_THAT(addresses_of("broker-a"), ElementsAre(Pair(0, "m:1"), Pair(1, "s:1")));
  EXPECT_THAT(brokers_of("bills"), IsEmpty());
  EXPECT_THAT(changes.topics, ElementsAre("orders")) << "its route has one more address";
}

TEST_F(RouteTablesStory, a_slave_is_told_its_master_once_there_is_one) {
  registers(a_broker("broker-a").id(1).at("s:1"));
  EXPECT_EQ(tables.master_for("broker-a", 1).address, "");

  registers(a_broker("broker-a").at("m:1"));
  EXPECT_EQ(tables.master_for("broker-a", 1).address, "m:1");
  EXPECT_EQ(tables.master_for("broker-a", 1).ha_address, "10.0.0.1:10912");
  EXPECT_EQ(tables.master_for("broker-a", kMasterId).address, "") << "masters are told nothing";
  EXPECT_EQ(tables.master_for("broker-z", 1).address, "");
}

TEST_F(RouteTablesStory, a_slave_that_becomes_master_keeps_one_entry_and_brings_its_topics) {
  registers(a_broker("broker-a").at("m:1").over(1).serving("orders"));
  registers(a_broker("broker-a").id(1).at("s:1").over(2).serving("orders").serving("bills"));
  changed_by([&](Changes& c) { tables.connection_closed(1, c); });

  const Changes changes =
      registers(a_broker("broker-a").at("s:1").over(2).serving("orders").serving("bills"));

  EXPECT_THAT(addresses_of("broker-a"), ElementsAre(Pair(0, "s:1")));
  EXPECT_THAT(brokers_of("bills"), ElementsAre("broker-a"));
  ASSERT_EQ(changes.brokers.size(), 1u);
  EXPECT_EQ(changes.brokers[0].kind, Kind::renumbered);
  EXPECT_EQ(changes.brokers[0].before, "1");
  EXPECT_THAT(changes.topics, UnorderedElementsAre("orders", "bills"));
}

TEST_F(RouteTablesStory, a_lone_broker_that_changes_its_id_does_not_lose_its_topics) {
  registers(a_broker("broker-a").serving("orders"));
  registers(a_broker("broker-a").id(1));
  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-a"));
  EXPECT_THAT(addresses_of("broker-a"), ElementsAre(Pair(1, "10.0.0.1:10911")));
}

TEST_F(RouteTablesStory, another_address_for_the_same_id_replaces_the_one_before) {
  registers(a_broker("broker-a").at("old:1").over(1).serving("orders").filter_servers({{"f:1"}}));
  const Changes changes = registers(a_broker("broker-a").at("new:1").over(2).serving("orders"));

  EXPECT_THAT(addresses_of("broker-a"), ElementsAre(Pair(0, "new:1")));
  ASSERT_EQ(changes.brokers.size(), 1u);
  EXPECT_EQ(changes.brokers[0].kind, Kind::replaced);
  EXPECT_EQ(changes.brokers[0].before, "old:1");
  EXPECT_FALSE(is_live("old:1"));
  EXPECT_EQ(tables.find_filter_servers("old:1"), nullptr);

  EXPECT_TRUE(changed_by([&](Changes& c) { tables.connection_closed(1, c); }).empty());
  EXPECT_TRUE(changed_by([&](Changes& c) { tables.unregister_broker("broker-a", "old:1", c); }).empty())
      << "the old process says goodbye late";
  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-a"));
}

TEST_F(RouteTablesStory, a_process_that_comes_back_under_another_name_leaves_no_ghost) {
  registers(a_broker("broker-a").serving("orders"));
  const Changes changes = registers(a_broker("broker-b").serving("bills"));

  EXPECT_THAT(addresses_of("broker-a"), IsEmpty());
  EXPECT_THAT(brokers_of("orders"), IsEmpty());
  EXPECT_THAT(clusters(), ElementsAre("c1: broker-b"));
  ASSERT_EQ(changes.brokers.size(), 2u);
  EXPECT_EQ(changes.brokers[0].kind, Kind::gone);
  EXPECT_EQ(changes.brokers[1].kind, Kind::appeared);
}

TEST_F(RouteTablesStory, a_name_seen_in_a_second_cluster_is_in_both_and_leaves_both) {
  registers(a_broker("broker-a").in("c1").at("m:1"));
  registers(a_broker("broker-a").in("c2").at("s:1").id(1));
  EXPECT_THAT(clusters(), ElementsAre("c1: broker-a", "c2: broker-a"));
  EXPECT_EQ(tables.brokers().at("broker-a").cluster, "c1");

  changed_by([&](Changes& c) { tables.unregister_broker("broker-a", "m:1", c); });
  changed_by([&](Changes& c) { tables.unregister_broker("broker-a", "s:1", c); });
  EXPECT_THAT(clusters(), IsEmpty());
}

TEST_F(RouteTablesStory, filter_servers_are_kept_by_none_replaced_by_some_removed_by_an_empty_list) {
  const auto servers = [&] { return tables.find_filter_servers("10.0.0.1:10911"); };
  registers(a_broker("broker-a").serving("orders").filter_servers({{"f:1", "f:2"}}));
  ASSERT_NE(servers(), nullptr);
  EXPECT_THAT(*servers(), ElementsAre("f:1", "f:2"));

  EXPECT_TRUE(registers(a_broker("broker-a").filter_servers(std::nullopt)).empty());
  EXPECT_THAT(*servers(), ElementsAre("f:1", "f:2"));

  EXPECT_THAT(registers(a_broker("broker-a").filter_servers({{"f:3"}})).topics, ElementsAre("orders"));
  EXPECT_THAT(*servers(), ElementsAre("f:3"));

  EXPECT_THAT(registers(a_broker("broker-a")).topics, ElementsAre("orders"));
  EXPECT_EQ(servers(), nullptr);
}

// the five tables, after each way out

struct WayOut {
  const char* name;
  std::function<void(RouteTables&, MovedClock&, Changes&)> take;
};

class RouteTablesWayOut : public RouteTablesStory, public testing::WithParamInterface<WayOut> {};

TEST_P(RouteTablesWayOut, cleans_all_five_tables_of_the_last_address_of_a_name) {
  registers(a_broker("broker-b").in("c2").at("stays:1").over(2).serving("orders"));
  registers(
      a_broker("broker-a").at("leaves:1").over(1).serving("orders").serving("bills").filter_servers({{"f"}}));
  const Changes changes = changed_by([&](Changes& c) { GetParam().take(tables, clock, c); });

  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-b"));
  EXPECT_EQ(tables.find_topic("bills"), nullptr);
  EXPECT_THAT(addresses_of("broker-a"), IsEmpty());
  EXPECT_THAT(clusters(), ElementsAre("c2: broker-b"));
  EXPECT_FALSE(is_live("leaves:1"));
  EXPECT_THAT(tables.filter_servers(), IsEmpty());

  EXPECT_THAT(changes.topics, UnorderedElementsAre("orders", "bills"));
  EXPECT_EQ(changes.topics_removed, 1u);
  ASSERT_EQ(changes.brokers.size(), 1u);
  EXPECT_EQ(changes.brokers[0].kind, Kind::gone);
  EXPECT_EQ(changes.brokers[0].address, "leaves:1");
}

TEST_P(RouteTablesWayOut, leaves_the_topics_to_a_slave_that_is_still_there) {
  registers(a_broker("broker-a").at("leaves:1").over(1).serving("orders"));
  registers(a_broker("broker-a").id(1).at("stays:1").over(2));
  const Changes changes = changed_by([&](Changes& c) { GetParam().take(tables, clock, c); });

  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-a"));
  EXPECT_THAT(addresses_of("broker-a"), ElementsAre(Pair(1, "stays:1")));
  EXPECT_THAT(clusters(), ElementsAre("c1: broker-a"));
  EXPECT_FALSE(is_live("leaves:1"));
  EXPECT_THAT(changes.topics, ElementsAre("orders"));
  EXPECT_EQ(tables.master_for("broker-a", 1).address, "");
}

INSTANTIATE_TEST_SUITE_P(
    each_way, RouteTablesWayOut,
    testing::Values(WayOut{"unregistered",
                           [](auto& t, auto&, auto& c) { t.unregister_broker("broker-a", "leaves:1", c); }},
                    WayOut{"connection_closed", [](auto& t, auto&, auto& c) { t.connection_closed(1, c); }},
                    WayOut{"expired",
                           [](auto& t, auto& clock, auto& c) {
                             clock.advance(minutes(1));
                             t.differs_or_renew("stays:1", {1, 1700000000000, {}}, clock.now());
                             clock.advance(seconds(61));
                             t.expire(clock.now(), minutes(2), c);
                           }}),
    [](const auto& each) { return each.param.name; });

TEST_F(RouteTablesStory, a_connection_that_carries_two_addresses_takes_both_along) {
  registers(a_broker("broker-a").at("a:1").over(7).serving("orders"));
  registers(a_broker("broker-b").at("b:1").over(7).serving("orders"));
  changed_by([&](Changes& c) { tables.connection_closed(7, c); });
  EXPECT_EQ(tables.find_topic("orders"), nullptr);
  EXPECT_EQ(tables.live_addresses(), 0u);
}

TEST_F(RouteTablesStory, only_the_connection_of_the_last_registration_counts) {
  registers(a_broker("broker-a").over(1).serving("orders"));
  registers(a_broker("broker-a").over(2).serving("orders"));
  EXPECT_TRUE(changed_by([&](Changes& c) { tables.connection_closed(1, c); }).empty());
  EXPECT_FALSE(changed_by([&](Changes& c) { tables.connection_closed(2, c); }).empty());
}

TEST_F(RouteTablesStory, a_farewell_under_the_wrong_name_touches_nobody) {
  registers(a_broker("broker-a").at("a:1").serving("orders"));
  registers(a_broker("broker-b").at("b:1").serving("orders"));
  EXPECT_TRUE(changed_by([&](Changes& c) { tables.unregister_broker("broker-b", "a:1", c); }).empty());
  EXPECT_TRUE(changed_by([&](Changes& c) { tables.unregister_broker("broker-a", "x:1", c); }).empty());
}

TEST_F(RouteTablesStory, a_broker_expires_a_millisecond_after_its_time_and_its_connection_is_named) {
  registers(a_broker("broker-a").over(5).serving("orders"));
  Changes changes;
  clock.advance(minutes(2));
  EXPECT_THAT(tables.expire(clock.now(), minutes(2), changes), IsEmpty());
  clock.advance(milliseconds(1));
  const auto expired = tables.expire(clock.now(), minutes(2), changes);
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0].address, "10.0.0.1:10911");
  EXPECT_EQ(expired[0].connection, 5u);
}

TEST_F(RouteTablesStory, a_registration_and_an_equal_version_query_both_count_as_life) {
  registers(a_broker("broker-a"));
  Changes changes;
  clock.advance(minutes(2));
  registers(a_broker("broker-a"));
  clock.advance(minutes(2));
  EXPECT_FALSE(tables.differs_or_renew("10.0.0.1:10911", {1, 1700000000000, {}}, clock.now()));
  clock.advance(minutes(2));
  EXPECT_TRUE(tables.differs_or_renew("10.0.0.1:10911", {2, 1700000000000, {}}, clock.now()));
  EXPECT_THAT(tables.expire(clock.now(), minutes(2), changes), IsEmpty());
  clock.advance(milliseconds(1));
  EXPECT_EQ(tables.expire(clock.now(), minutes(2), changes).size(), 1u) << "another version is no life";
}

TEST_F(RouteTablesStory, a_version_query_of_an_unknown_address_differs) {
  EXPECT_TRUE(tables.differs_or_renew("nobody:1", {}, clock.now()));
  EXPECT_EQ(tables.version_of("nobody:1"), std::nullopt);
}

// renewing without looking at the body

TEST_F(RouteTablesStory, the_same_body_from_the_same_process_renews_without_being_read) {
  const auto broker = a_broker("broker-a").over(1).print(77).serving("orders");
  EXPECT_FALSE(tables.renew(broker.registration(), clock.now()));
  registers(broker);

  clock.advance(minutes(2));
  EXPECT_TRUE(tables.renew(a_broker("broker-a").over(2).print(77).registration(), clock.now()));
  clock.advance(minutes(2));
  Changes changes;
  EXPECT_THAT(tables.expire(clock.now(), minutes(2), changes), IsEmpty());
  EXPECT_TRUE(changed_by([&](Changes& c) { tables.connection_closed(1, c); }).empty());
  EXPECT_FALSE(changed_by([&](Changes& c) { tables.connection_closed(2, c); }).empty());
}

TEST_F(RouteTablesStory, anything_else_about_it_makes_the_body_be_read) {
  registers(a_broker("broker-a").print(77));
  const auto renews = [&](const SomeBroker& b) { return tables.renew(b.registration(), clock.now()); };
  EXPECT_TRUE(renews(a_broker("broker-a").print(77)));
  EXPECT_FALSE(renews(a_broker("broker-a").print(78)));
  EXPECT_FALSE(renews(a_broker("broker-a").print(0)));
  EXPECT_FALSE(renews(a_broker("broker-a"))) << "a body without fingerprint";
  EXPECT_FALSE(renews(a_broker("broker-b").print(77)));
  EXPECT_FALSE(renews(a_broker("broker-a").print(77).id(1)));
  EXPECT_FALSE(renews(a_broker("broker-a").print(77).in("c2")));
  EXPECT_FALSE(renews(a_broker("broker-a").print(77).at("x:1")));
  SomeBroker elsewhere = a_broker("broker-a").print(77);
  elsewhere.ha_address = "10.0.0.1:1";
  EXPECT_FALSE(renews(elsewhere));
}

TEST_F(RouteTablesStory, a_replaced_process_cannot_renew) {
  registers(a_broker("broker-a").at("old:1").print(77));
  registers(a_broker("broker-a").at("new:1").print(77));
  EXPECT_FALSE(tables.renew(a_broker("broker-a").at("old:1").print(77).registration(), clock.now()));
}

// what administrators do

TEST_F(RouteTablesStory, a_deleted_topic_is_gone_until_a_changed_registration_brings_it_back) {
  registers(a_broker("broker-a").serving("orders").serving("bills"));
  EXPECT_THAT(changed_by([&](Changes& c) { tables.delete_topic("orders", c); }).topics,
              ElementsAre("orders"));
  EXPECT_THAT(brokers_of("orders"), IsEmpty());
  EXPECT_THAT(brokers_of("bills"), ElementsAre("broker-a"));
  EXPECT_TRUE(changed_by([&](Changes& c) { tables.delete_topic("orders", c); }).empty());

  registers(a_broker("broker-a").serving("orders"));
  EXPECT_THAT(brokers_of("orders"), IsEmpty());
  registers(a_broker("broker-a").version(2).serving("orders"));
  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-a"));
}

TEST_F(RouteTablesStory, deleting_a_topic_in_one_cluster_leaves_the_others_brokers) {
  registers(a_broker("broker-a").in("c1").at("a:1").serving("orders").serving("bills"));
  registers(a_broker("broker-b").in("c2").at("b:1").serving("orders"));

  EXPECT_TRUE(changed_by([&](Changes& c) { tables.delete_topic("orders", "c3", c); }).empty());
  EXPECT_TRUE(changed_by([&](Changes& c) { tables.delete_topic("bills", "c2", c); }).empty());

  changed_by([&](Changes& c) { tables.delete_topic("orders", "c1", c); });
  EXPECT_THAT(brokers_of("orders"), ElementsAre("broker-b"));
  const Changes last = changed_by([&](Changes& c) { tables.delete_topic("bills", "c1", c); });
  EXPECT_EQ(tables.find_topic("bills"), nullptr);
  EXPECT_EQ(last.topics_removed, 1u);
}

TEST_F(RouteTablesStory, wiping_write_permission_takes_one_bit_of_one_broker) {
  registers(a_broker("broker-a").at("a:1").serving("orders").serving("TBW102", {8, 8, 7, 0}));
  registers(a_broker("broker-b").at("b:1").serving("orders"));

  Changes changes;
  EXPECT_EQ(tables.wipe_write_permission("broker-a", changes), 2u);
  EXPECT_EQ(queues_of("orders", "broker-a").perm, 4);
  EXPECT_EQ(queues_of("TBW102", "broker-a").perm, 5);
  EXPECT_EQ(queues_of("orders", "broker-b").perm, 6);
  EXPECT_THAT(changes.topics, UnorderedElementsAre("orders", "TBW102"));

  Changes again;
  EXPECT_EQ(tables.wipe_write_permission("broker-a", again), 2u);
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(tables.wipe_write_permission("broker-z", again), 0u);
}

TEST_F(RouteTablesStory, adding_write_permission_sets_read_and_write_and_nothing_else) {
  registers(a_broker("broker-a").serving("orders", {8, 8, 4, 0}).serving("TBW102", {8, 8, 7, 0}));
  Changes changes;
  EXPECT_EQ(tables.add_write_permission("broker-a", changes), 2u);
  EXPECT_EQ(queues_of("orders", "broker-a").perm, 6);
  EXPECT_EQ(queues_of("TBW102", "broker-a").perm, 6);
}

TEST_F(RouteTablesStory, a_wiped_permission_lasts_until_the_broker_says_something_new) {
  registers(a_broker("broker-a").serving("orders"));
  Changes changes;
  tables.wipe_write_permission("broker-a", changes);
  registers(a_broker("broker-a").serving("orders"));
  EXPECT_EQ(queues_of("orders", "broker-a").perm, 4);
  registers(a_broker("broker-a").version(2).serving("orders"));
  EXPECT_EQ(queues_of("orders", "broker-a").perm, 6);
}

}  // namespace
}  // namespace gantry::namesrv
