// Deliveries with the store, the metadata and the threads of a broker.
#include "plugins/schedule/deliveries.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/schedule/running_broker.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> found;
  for (int i = from; i < to; ++i) found.push_back(std::to_string(i));
  return found;
}

class DeliveriesRealStore : public testing::TestWithParam<store::Flush> {
 protected:
  store::StoreConfig store_config() const {
    store::StoreConfig config;
    config.commit_log_file_size = ByteSize::kib(256);
    config.max_message_size = ByteSize::kib(64);
    config.flush = GetParam();
    config.key_index = false;
    config.busy_after = config.give_up_after = 10min;  // slow disks are not what this is about
    return config;
  }
  static void send(RunningBroker& broker, int from, int to, std::int32_t level) {
    std::vector<WaitingMessage> messages;
    for (const std::string& body : numbers(from, to)) messages.push_back({.body = body, .level = level});
    ASSERT_EQ(store::RunningStore::answer(broker.send(std::move(messages))).why(), "");
  }
  static void expect_not_early(RunningBroker& broker, std::int32_t level, std::int64_t delay_ms) {
    const auto delivered = broker.times("T", 0);
    for (const auto& [body, stored_at] : broker.times(std::string(kScheduleTopic), level - 1)) {
      const auto [first, last] = delivered.equal_range(body);
      ASSERT_NE(first, last) << body << " is lost";
      EXPECT_GE(first->second, stored_at + delay_ms) << body << " is early";
      EXPECT_EQ(std::distance(first, last), 1) << body << " is there more than once";
    }
  }

  kernel::TemporaryFolder folder_;
};

TEST_P(DeliveriesRealStore, deliver_many_messages_once_and_in_order) {
  RunningBroker broker(folder_.path(), {}, store_config());
  for (int i = 0; i < 20; ++i) send(broker, i * 100, i * 100 + 100, 3);
  broker.let_pass(10s);
  broker.wait_until([&] { return broker.end_of("T", 0) == 2000; });
  EXPECT_EQ(broker.bodies(), numbers(0, 2000));
  expect_not_early(broker, 3, 10'000);
}

TEST_P(DeliveriesRealStore, go_on_after_a_restart_in_the_middle_of_a_delay) {
  {
    RunningBroker broker(folder_.path(), {}, store_config());
    send(broker, 0, 100, 3);
    broker.let_pass(5s);
    send(broker, 100, 200, 3);
    broker.let_pass(5s);
    broker.wait_until([&] { return broker.end_of("T", 0) >= 100; });
  }
  RunningBroker broker(folder_.path(), {}, store_config(), 10s);
  send(broker, 200, 300, 3);
  broker.let_pass(11s);
  broker.wait_until([&] { return broker.end_of("T", 0) == 300; });
  EXPECT_EQ(broker.bodies(), numbers(0, 300));
  expect_not_early(broker, 3, 10'000);
}

TEST_P(DeliveriesRealStore, take_over_a_directory_of_apaches_with_its_delay_offsets) {
  {
    RunningBroker before(folder_.path(), {}, store_config());
    send(before, 0, 10, 3);
  }
  // As Apache's broker leaves them.
  std::filesystem::remove_all(folder_.path() / "data");
  std::filesystem::create_directories(folder_.path() / "data" / "config");
  std::ofstream(folder_.path() / "data" / "config" / "delayOffset.json")
      << "{\n\t\"offsetTable\":{3:4,7:0}\n}";
  RunningBroker broker(folder_.path(), {}, store_config(), 10s);
  broker.wait_until([&] { return broker.end_of("T", 0) == 6; });
  EXPECT_EQ(broker.bodies(), numbers(4, 10));
  broker.wait_until([&] {
    return broker.metadata().offsets().committed(kScheduleGroup, kScheduleTopic, queue_of(3)) ==
           api::QueueOffset{10};
  });
  ASSERT_TRUE(broker.metadata().export_apache(folder_.path() / "exported"));
  std::ifstream exported(folder_.path() / "exported" / "config" / "delayOffset.json");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(exported), {}), "{\"offsetTable\":{3:10,7:0}}");
}

INSTANTIATE_TEST_SUITE_P(EachFlush, DeliveriesRealStore,
                         testing::Values(store::Flush::sync, store::Flush::async), [](const auto& flush) {
                           return flush.param == store::Flush::sync ? "sync" : "async";
                         });

}  // namespace
}  // namespace gantry::schedule
