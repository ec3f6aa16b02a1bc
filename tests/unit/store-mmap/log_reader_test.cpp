// Readers of the log when retention takes a file between their finding it and their opening it.
#include "plugins/store-mmap/log_reader.h"

#include "plugins/store-mmap/queue_reader.h"
#include "tests/unit/store-mmap/some_disk.h"
#include "tests/unit/store-mmap/some_log_file.h"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kFile = kPage;
constexpr std::int64_t kFiles = 3;

// A log of three files, each with one message of one queue: number n was stored at 1000 * (n + 1).
class LogReaders : public testing::Test {
 protected:
  LogReaders() {
    ConsumeQueue& queue = queues_.get("orders", api::QueueId{0});
    for (std::int64_t number = 0; number < kFiles; ++number) {
      SomeLogFile file(kFile, {number * kFile});
      remoting::MessageRecord record;
      record.queue_offset = number;
      record.store_timestamp = 1000 * (number + 1);
      const api::LogOffset at = file.add(std::to_string(number), record);
      queue.add(number, {.at = at, .size = static_cast<std::int32_t>(file.end), .tags_code = 0});
      file.add_blank();
      disk_.files.plant(path(number), file.bytes);
    }
    queue.make_visible(queue.next());
    std::vector<std::string> warnings;
    log_.open(warnings).value();
    positions_.start_at(log_.end(), log_.end());
  }

  static std::string path(std::int64_t number) { return "data/commitlog/" + log_file_name(number * kFile); }

  // It is gone when the first one who found it opens it.
  void let_retention_take_the_first_file() {
    disk_.files.fail(
        {.at = std::numeric_limits<std::int64_t>::max(),
         .counts = [this, taken = false](SimulatedFileSystem::Call call, const auto& about) mutable {
           if (taken || call != SimulatedFileSystem::Call::open || about != path(0)) return false;
           taken = true;
           log_.remove_first().value();
           return false;
         }});
  }
  bool first_file_is_gone() const { return !disk_.files.has(path(0)); }

  SomeDisk disk_{1};
  LogFiles log_{disk_.files, {.directories = {"data/commitlog"}, .file_size = kFile}};
  LogPositions positions_;
  ConsumeQueues queues_{disk_.files, {.directory = "data/consumequeue", .file_size = 100}};
  LogReader reader_{log_, positions_};
  QueueReader queue_reader_{queues_, reader_, std::int64_t{1} << 30};
};

TEST_F(LogReaders, a_walk_goes_on_where_the_log_begins_now) {
  let_retention_take_the_first_file();
  std::vector<std::string> bodies;
  const auto next = reader_.walk({0}, 1 << 20, [&](std::span<const api::LogEntry> entries) {
    for (const auto& entry : entries) bodies.emplace_back(entry.record.body());
  });
  ASSERT_TRUE(next) << next.error().text;
  EXPECT_TRUE(first_file_is_gone());
  EXPECT_THAT(bodies, ElementsAre("1"));
  EXPECT_EQ(*next, api::LogOffset{2 * kFile});
}

TEST_F(LogReaders, a_search_by_time_passes_over_what_is_gone) {
  let_retention_take_the_first_file();
  const auto found = queue_reader_.find_by_time("orders", api::QueueId{0}, 500);
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_TRUE(first_file_is_gone());
  EXPECT_EQ(*found, api::QueueOffset{1});
}

TEST_F(LogReaders, a_read_goes_on_with_the_first_message_that_is_left) {
  let_retention_take_the_first_file();
  const auto read = queue_reader_.read(
      {.topic = "orders", .queue = api::QueueId{0}, .from = {0}, .filter = nullptr}, LogReader::Wait::yes);
  ASSERT_TRUE(read && *read) << (read ? read->error().text : "would wait");
  EXPECT_TRUE(first_file_is_gone());
  EXPECT_EQ((*read)->count, 2U);
  EXPECT_EQ((*read)->next, api::QueueOffset{3});
}

TEST_F(LogReaders, a_message_is_not_found_when_it_is_gone) {
  let_retention_take_the_first_file();
  const auto message = reader_.message({0});
  ASSERT_FALSE(message);
  EXPECT_TRUE(first_file_is_gone());
  EXPECT_EQ(message.error().code, remoting::ResponseCode::query_not_found);
}

// A disk that fails is told as before.
TEST_F(LogReaders, a_file_that_cannot_be_opened_and_is_not_gone_is_an_error) {
  disk_.files.fail({.from_then_on = true, .counts = [](SimulatedFileSystem::Call call, const auto& about) {
                      return call == SimulatedFileSystem::Call::open && about == path(0);
                    }});
  EXPECT_FALSE(reader_.walk({0}, 1 << 20, [](auto) {}));
  EXPECT_FALSE(queue_reader_.find_by_time("orders", api::QueueId{0}, 500));
  EXPECT_FALSE(first_file_is_gone());
}

}  // namespace
}  // namespace gantry::store
