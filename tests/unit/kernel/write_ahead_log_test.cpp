#include "kernel/write_ahead_log.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// A database and its log as a broker leaves them that dies: 30 topics, each a transaction of its own.
class WriteAheadLogTest : public testing::Test {
 protected:
  static constexpr std::size_t kTopics = 30;

  WriteAheadLogTest() {
    MetadataOnDisk broker(folder / "broker");
    broker.open().value();
    for (std::size_t i = 0; i < kTopics; ++i)
      broker.put({.name = topic_name("topic-" + std::to_string(i))}).value();
    database = text_of(folder / "broker/metadata.db");
    log = text_of(folder / "broker/metadata.db-wal");
  }

  // How many topics a broker has that finds this log; -1: it does not begin, with a sentence.
  int topics_with(std::string_view found) {
    fs::remove_all(folder / "next");
    write_text(folder / "next/metadata.db", database);
    write_text(folder / "next/metadata.db-wal", found);
    MetadataOnDisk broker(folder / "next");
    if (const auto opened = broker.open(); !opened) {
      why = opened.error().text;
      EXPECT_THAT(why, AllOf(HasSubstr("metadata.db"), HasSubstr("Put a backup of")));
      return -1;
    }
    return static_cast<int>(broker->topics().all().size());
  }

  Folder folder;
  std::string database;
  std::string log;
  std::string why;
};

TEST_F(WriteAheadLogTest, is_brought_in_whole) {
  EXPECT_EQ(topics_with(log), static_cast<int>(kTopics)) << why;
}

TEST_F(WriteAheadLogTest, none_or_an_empty_one_is_fine) {
  EXPECT_TRUE(check_write_ahead_log(folder / "none"));
  write_text(folder / "empty", "");
  EXPECT_TRUE(check_write_ahead_log(folder / "empty"));
}

TEST_F(WriteAheadLogTest, with_a_flipped_bit_is_refused_but_for_its_last_transaction) {
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 600; ++round) {
    std::string damaged = log;
    const std::size_t at = random() % damaged.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    const int topics = topics_with(damaged);
    if (topics == -1)
      ++refused;
    else
      EXPECT_GE(topics, static_cast<int>(kTopics) - 1) << "byte " << at;
  }
  EXPECT_GT(refused, 500);
  EXPECT_THAT(why, HasSubstr("told as done"));
}

TEST_F(WriteAheadLogTest, torn_at_its_end_as_by_a_power_cut_is_no_damage) {
  for (std::size_t size = log.size(); size > log.size() - 9000; size -= 31) {
    const int topics = topics_with(std::string_view(log).substr(0, size));
    EXPECT_GE(topics, static_cast<int>(kTopics) - 2) << size;
    std::string zeros = log.substr(0, size) + std::string(log.size() - size, '\0');
    if (log.size() - size < 4096) {
      EXPECT_GE(topics_with(zeros), static_cast<int>(kTopics) - 1) << size;
    }
  }
}

}  // namespace
}  // namespace gantry::kernel
