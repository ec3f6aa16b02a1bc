#include "namesrv/route_snapshot.h"

#include <algorithm>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::namesrv {
namespace {

RouteBytes route(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

std::string text(const std::string* found) {
  return found ? *found : "none";
}

TEST(RouteSnapshot, finds_nothing_when_empty) {
  EXPECT_EQ(RouteSnapshot{}.find("orders"), nullptr);
  EXPECT_EQ(RouteSnapshot{}.size(), 0u);
}

TEST(RouteSnapshot, the_next_one_has_the_change_and_this_one_has_not) {
  const RouteSnapshot first;
  const auto second = first.with({{"orders", route("1")}, {"bills", route("2")}});
  const auto third = second->with({{"orders", nullptr}, {"bills", route("3")}});

  EXPECT_EQ(first.find("orders"), nullptr);
  EXPECT_EQ(text(second->find("orders")), "1");
  EXPECT_EQ(text(second->find("bills")), "2");
  EXPECT_EQ(third->find("orders"), nullptr);
  EXPECT_EQ(text(third->find("bills")), "3");
  EXPECT_EQ(third->size(), 1u);
}

TEST(RouteSnapshot, taking_out_what_is_not_there_changes_nothing) {
  const auto snapshot = RouteSnapshot{}.with({{"orders", route("1")}})->with({{"bills", nullptr}});
  EXPECT_EQ(snapshot->size(), 1u);
}

TEST(RouteSnapshot, unchanged_routes_are_the_same_bytes_in_the_next_one) {
  std::vector<RouteSnapshot::Update> updates;
  for (int i = 0; i < 2000; ++i) updates.push_back({"topic" + std::to_string(i), route(std::to_string(i))});
  const auto before = RouteSnapshot{}.with(std::move(updates));
  const auto after = before->with({{"topic77", route("other")}});
  EXPECT_EQ(after->size(), 2000u);
  for (int i = 0; i < 2000; ++i) {
    const std::string topic = "topic" + std::to_string(i);
    if (i == 77) {
      EXPECT_EQ(text(after->find(topic)), "other");
    } else {
      EXPECT_EQ(after->find(topic), before->find(topic));
    }
  }
}

RC_GTEST_PROP(RouteSnapshot, equals_a_map_after_any_updates, ()) {
  using Batch = std::map<std::uint8_t, int>;  // below zero: no route any more
  std::map<std::string, std::string> expected;
  auto snapshot = std::make_shared<const RouteSnapshot>();
  for (const auto& batch : *rc::gen::arbitrary<std::vector<Batch>>()) {
    std::vector<RouteSnapshot::Update> updates;
    for (const auto& [topic, value] : batch) {
      const std::string name = "t" + std::to_string(topic);
      updates.push_back({name, value >= 0 ? route(std::to_string(value)) : nullptr});
      expected.erase(name);
      if (value >= 0) expected[name] = std::to_string(value);
    }
    snapshot = snapshot->with(std::move(updates));
    RC_ASSERT(snapshot->size() == expected.size());
    for (int topic = 0; topic < 256; ++topic) {
      const std::string name = "t" + std::to_string(topic);
      const auto at = expected.find(name);
      RC_ASSERT(text(snapshot->find(name)) == (at == expected.end() ? "none" : at->second));
    }
  }
}

TEST(RouteReader, sees_what_was_published_and_nothing_before) {
  RoutePublisher publisher;
  RouteReader reader(publisher);
  EXPECT_EQ(reader.find("orders").pin, nullptr);
  publisher.publish(publisher.latest()->with({{"orders", route("1")}}));
  EXPECT_EQ(reader.find("orders").bytes, "1");
  publisher.publish(publisher.latest()->with({{"orders", route("2")}}));
  EXPECT_EQ(reader.find("orders").bytes, "2");
}

TEST(RouteReader, a_slice_lives_on_when_its_route_reader_and_publisher_are_gone) {
  auto publisher = std::make_unique<RoutePublisher>();
  auto reader = std::make_unique<RouteReader>(*publisher);
  publisher->publish(publisher->latest()->with({{"orders", route(std::string(1000, 'x'))}}));
  const remoting::Slice slice = reader->find("orders");
  publisher->publish(publisher->latest()->with({{"orders", nullptr}}));
  EXPECT_EQ(reader->find("orders").bytes, "");
  reader.reset();
  publisher.reset();
  EXPECT_EQ(slice.bytes, std::string(1000, 'x'));
}

TEST(RouteReader, an_idle_reader_lets_go_of_the_past_when_told_to_refresh) {
  RoutePublisher publisher;
  RouteReader reader(publisher);
  RouteBytes bytes = route("1");
  const std::weak_ptr<const std::string> watched = bytes;
  publisher.publish(publisher.latest()->with({{"orders", std::move(bytes)}}));
  reader.refresh();
  publisher.publish(publisher.latest()->with({{"orders", nullptr}}));
  EXPECT_FALSE(watched.expired());
  reader.refresh();
  EXPECT_TRUE(watched.expired());
}

// Each topic's bytes name the generation they were published in; all topics move together, so a reader
// must never see one behind another that it saw before.
TEST(RouteReader, readers_on_several_threads_see_whole_snapshots_in_order_while_a_writer_publishes) {
  constexpr int kGenerations = 300;
  constexpr int kTopics = 40;
  RoutePublisher publisher;
  const auto publish = [&](int generation) {
    std::vector<RouteSnapshot::Update> updates;
    for (int t = 0; t < kTopics; ++t)
      updates.push_back({std::to_string(t), route(std::to_string(generation))});
    publisher.publish(publisher.latest()->with(std::move(updates)));
  };
  publish(0);

  std::vector<std::thread> readers;
  std::array<int, 3> backwards{};
  for (int& wrong : backwards) {
    readers.emplace_back([&publisher, &wrong] {
      RouteReader reader(publisher);
      std::vector<remoting::Slice> kept;
      for (int seen = 0, i = 0; seen < kGenerations; ++i) {
        remoting::Slice slice = reader.find(std::to_string(i % kTopics));
        const int generation = std::stoi(std::string(slice.bytes));
        if (generation < seen) ++wrong;
        seen = generation;
        if (kept.size() < 100) kept.push_back(std::move(slice));
      }
      for (const auto& slice : kept) wrong += slice.bytes.empty() ? 1 : 0;
    });
  }
  for (int generation = 1; generation <= kGenerations; ++generation) publish(generation);
  for (auto& reader : readers) reader.join();
  EXPECT_THAT(backwards, testing::Each(0));
}

}  // namespace
}  // namespace gantry::namesrv
