#include "kernel/metadata_file.h"

#include "tests/unit/kernel/metadata_on_disk.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace gantry::kernel {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class MetadataFileTest : public testing::Test {
 protected:
  // A database with something of everything, a few pages long.
  void fill() {
    broker.open().value();
    for (int i = 0; i < 40; ++i) broker.put({.name = topic_name("topic-" + std::to_string(i))}).value();
    broker.put({.name = group_name("g")}).value();
    for (int i = 0; i < 60; ++i) broker.commit("group-" + std::to_string(i), "topic", i, i * 1000);
    broker.flush().value();
    broker.remove_topic("topic-7").value();
    const auto space = broker->key_values("p");
    broker.change(*space, {{"k", "v"}, {"large", std::string(10'000, 'x')}}).value();
    before = entries_of(*broker);
    broker.close();
    content = text_of(file);
  }

  // Opens the damaged file. It is refused with a sentence, or nothing of what it says has changed.
  void expect_refused_or_unharmed(const std::string& what) {
    const auto opened = broker.open();
    if (opened) {
      ++unharmed;
      EXPECT_EQ(entries_of(*broker), before) << what;
      broker.close();
    } else {
      const std::string why = opened.error().text;
      EXPECT_THAT(why, AllOf(HasSubstr("metadata.db"), HasSubstr("Put a backup of"),
                             HasSubstr("nothing was changed or deleted")))
          << what;
    }
    EXPECT_TRUE(fs::exists(file)) << what;
  }
  void restore(std::string_view text) {
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(file.string() + suffix);
    write_text(file, text);
  }

  Folder folder;
  const fs::path file = folder / "metadata.db";
  MetadataOnDisk broker{folder.path()};
  std::vector<MetadataChange> before;
  std::string content;
  int unharmed = 0;
};

TEST_F(MetadataFileTest, is_made_on_first_open_and_nothing_else_is_left) {
  broker.open().value();
  EXPECT_TRUE(broker.log.wait_for("new metadata begun"));
  broker.close();
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("broker.lock", "metadata.db"));
}

TEST_F(MetadataFileTest, half_made_by_a_start_that_died_is_made_anew) {
  write_text(folder / "metadata.db.new", "half");
  write_text(folder / "metadata.db.new-wal", "half");
  EXPECT_TRUE(broker.open());
  EXPECT_FALSE(fs::exists(folder / "metadata.db.new"));
}

TEST_F(MetadataFileTest, empty_or_missing_beside_its_log_is_not_taken_for_a_first_start) {
  write_text(file, "");
  expect_refused_or_unharmed("empty");
  fs::remove(file);
  write_text(folder / "metadata.db-wal", "something");
  EXPECT_THAT(broker.open().error().text, HasSubstr("it is missing, and its -wal file is there"));
  EXPECT_TRUE(fs::exists(folder / "metadata.db-wal"));
  EXPECT_EQ(unharmed, 0);
}

TEST_F(MetadataFileTest, cut_short_anywhere_is_refused) {
  fill();
  for (std::size_t size = 0; size < content.size(); size += 97) {
    restore(std::string_view(content).substr(0, size));
    expect_refused_or_unharmed("cut to " + std::to_string(size));
    // The last bytes of the last page may be of no use.
    if (size + 4096 <= content.size()) {
      ASSERT_EQ(unharmed, 0) << "cut to " << size;
    }
  }
}

TEST_F(MetadataFileTest, with_a_flipped_bit_anywhere_is_refused_or_says_the_same_as_before) {
  fill();
  std::mt19937 random(42);
  for (int round = 0; round < 1500; ++round) {
    const std::size_t at = random() % content.size();
    const auto bit = static_cast<char>(1 << random() % 8);
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ bit);
    restore(damaged);
    expect_refused_or_unharmed("byte " + std::to_string(at) + " bit " + std::to_string(bit));
  }
}

TEST_F(MetadataFileTest, with_a_page_of_zeros_or_of_another_place_is_refused) {
  fill();
  ASSERT_GE(content.size(), 5u * 4096);
  for (std::size_t page = 0; page * 4096 < content.size(); ++page) {
    std::string damaged = content;
    damaged.replace(page * 4096, 4096, std::string(4096, '\0'));
    restore(damaged);
    expect_refused_or_unharmed("page " + std::to_string(page) + " of zeros");
    damaged = content;
    damaged.replace(page * 4096, 4096, content.substr((page == 1 ? 2 : 1) * 4096, 4096));
    restore(damaged);
    expect_refused_or_unharmed("page " + std::to_string(page) + " of another place");
  }
}

TEST_F(MetadataFileTest, of_something_else_is_refused_by_its_name) {
  write_text(file, std::string(5000, 'x'));
  EXPECT_THAT(broker.open().error().text, AllOf(HasSubstr(file.string()), HasSubstr("it is damaged")));
  fs::remove(file);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  sqlite3_exec(other, "CREATE TABLE t (x)", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_THAT(broker.open().error().text, HasSubstr("it is not a metadata file of this broker"));
}

TEST_F(MetadataFileTest, of_a_later_version_is_refused_with_both_numbers) {
  broker.open().value();
  broker.close();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  sqlite3_exec(handle, "PRAGMA user_version = 2", nullptr, nullptr, nullptr);
  sqlite3_close(handle);
  EXPECT_THAT(broker.open().error().text, HasSubstr("its format is 2, this broker reads 1"));
}

TEST_F(MetadataFileTest, in_a_directory_that_another_broker_holds_is_refused_with_its_process) {
  broker.open().value();
  MetadataOnDisk second(folder.path());
  const auto refused = second.open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text,
              AllOf(HasSubstr("is in use by another broker (process " + std::to_string(::getpid()) + ")"),
                    HasSubstr(folder.path().string())));
}

}  // namespace
}  // namespace gantry::kernel
