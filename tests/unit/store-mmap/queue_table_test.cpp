#include "plugins/store-mmap/queue_table.h"

#include "plugins/store-mmap/queues_shared.h"
#include "tests/unit/store-mmap/some_disk.h"

#include <atomic>
#include <deque>
#include <thread>

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

struct Table : testing::Test {
  ConsumeQueue* add(const std::string& topic, int id) {
    topics.push_back(topic);
    queues.push_back(std::make_unique<ConsumeQueue>(shared, topics.back(), api::QueueId{id}, 100));
    table.add(queues.back().get());
    return queues.back().get();
  }

  SomeDisk disk{1};
  QueuesShared shared{disk.files, "data/consumequeue", 4};
  std::deque<std::string> topics;
  std::vector<std::unique_ptr<ConsumeQueue>> queues;
  QueueTable table;
};

TEST_F(Table, finds_each_queue_among_many) {
  for (int topic = 0; topic < 50; ++topic) {
    for (int id = 0; id < 20; ++id) add("topic-" + std::to_string(topic), id);
  }
  for (const auto& queue : queues) EXPECT_EQ(table.find(queue->topic(), queue->id()), queue.get());
  EXPECT_EQ(table.find("topic-50", api::QueueId{0}), nullptr);
  EXPECT_EQ(table.find("topic-0", api::QueueId{20}), nullptr);
}

TEST_F(Table, is_asked_while_it_grows) {
  const ConsumeQueue* first = add("first", 0);
  std::atomic<bool> done = false;
  std::atomic<int> misses = 0;
  std::thread reader([&] {
    do {
      if (table.find("first", api::QueueId{0}) != first) ++misses;
    } while (!done);
  });
  for (int id = 0; id < 5000; ++id) add("more", id);
  done = true;
  reader.join();
  EXPECT_EQ(misses, 0);
}

}  // namespace
}  // namespace gantry::store
