#include "kernel/write_ahead_log.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <fstream>
#include <random>
#include <string>
#include <vector>

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

// A log that has become long is begun again from its front, over the frames that are there.
TEST_F(WriteAheadLogTest, of_which_some_pages_of_the_last_transaction_did_not_arrive_is_no_damage) {
  constexpr std::size_t kPage = 4096;
  MetadataOnDisk broker(folder / "long");
  broker.open().value();
  const auto file = folder / "long/metadata.db-wal";
  const auto salts = [&file] {
    std::string header(32, '\0');
    std::ifstream(file, std::ios::binary).read(header.data(), std::ssize(header));
    return header.substr(16, 8);
  };
  int topics = 0;
  const auto put_one = [&] { broker.put({.name = topic_name("topic-" + std::to_string(topics++))}).value(); };
  put_one();
  const std::string first_use = salts();
  while (topics < 3000 && salts() == first_use) put_one();
  ASSERT_NE(salts(), first_use);
  database = text_of(folder / "long/metadata.db");
  int were_cut = 0;
  for (int more = 0; more < 6; ++more) {
    const std::string before = text_of(file);
    if (more % 2) {  // so that transactions do not begin where old ones did
      ASSERT_TRUE(broker.commit("g" + std::to_string(more), "topic-0", 0, 5));
      broker.flush().value();
    } else {
      put_one();
    }
    log = text_of(file);
    ASSERT_EQ(before.size(), log.size());
    std::vector<std::size_t> changed;
    for (std::size_t at = 0; at < log.size(); at += kPage)
      if (log.compare(at, kPage, before, at, kPage) != 0) changed.push_back(at);
    for (std::size_t arrived = 0; arrived < std::size_t{1} << changed.size(); ++arrived) {
      std::string cut = before;
      for (std::size_t i = 0; i < changed.size(); ++i)
        if (arrived >> i & 1) cut.replace(changed[i], kPage, log, changed[i], kPage);
      EXPECT_GE(topics_with(cut), topics - 1) << arrived << ": " << why;
      ++were_cut;
    }
  }
  EXPECT_GE(were_cut, 24);
}

}  // namespace
}  // namespace gantry::kernel
