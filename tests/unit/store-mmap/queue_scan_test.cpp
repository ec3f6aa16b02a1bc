#include "plugins/store-mmap/queue_scan.h"

#include "tests/unit/store-mmap/some_queues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path kDirectory = "data/consumequeue/orders/0";
const std::string kZero(20, '\0');

// Entries by their log offsets in a file of five; -1 is filler, -2 is not written.
std::string file_of(std::initializer_list<std::int64_t> places) {
  std::string bytes;
  for (const auto place : places)
    bytes += place == -2 ? kZero : encoded(place == -1 ? kFiller : entry_for(place));
  bytes.resize(100);
  return bytes;
}

struct Directory : testing::Test {
  void plant(std::int64_t start, const std::string& bytes) { some.disk.plant(some.path(start), bytes); }
  FoundQueue scan(std::optional<std::int64_t> durable_to) { return scan_or_not(durable_to).value(); }
  std::optional<FoundQueue> scan_or_not(std::optional<std::int64_t> durable_to) {
    QueueScan how{.disk = some.disk, .durable_to = {}};
    if (durable_to) how.durable_to = api::LogOffset{*durable_to};
    return how.scan(kDirectory, 100, warnings).value();
  }

  SomeQueues some;
  std::vector<std::string> warnings;
};

TEST_F(Directory, without_files_is_a_queue_that_begins_at_0) {
  some.disk.plant_directory(kDirectory);
  const auto found = scan(1000);
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(found.end, 0);
  EXPECT_EQ(found.files_end, 0);
}

TEST_F(Directory, holds_entries_up_to_what_is_claimed) {
  plant(0, file_of({0, 100, 200, 300, 400}));
  plant(100, file_of({500, 600, 700}));
  for (std::int64_t claimed = 100; claimed <= 800; claimed += 100) {
    SCOPED_TRACE(claimed);
    SomeQueues fresh;
    fresh.disk.plant(some.path(0), file_of({0, 100, 200, 300, 400}));
    fresh.disk.plant(some.path(100), file_of({500, 600, 700}));
    const QueueScan how{.disk = fresh.disk, .durable_to = api::LogOffset{claimed}};
    const auto found = how.scan(kDirectory, 100, warnings).value().value();
    EXPECT_EQ(found.end, claimed / 100);
    EXPECT_EQ(found.last, entry_for(claimed - 100));
    EXPECT_EQ(found.first, entry_for(0));
    EXPECT_EQ(found.files_end, claimed > 500 ? 2 : 1);
  }
}

TEST_F(Directory, is_searched_in_large_files_too) {
  for (const std::int64_t entries : {203, 204, 205, 206, 1000, 2999, 3000}) {
    SCOPED_TRACE(entries);
    std::string bytes;
    for (std::int64_t i = 0; i < entries; ++i) bytes += encoded(entry_for(i * 100));
    bytes.resize(60'000);
    plant(0, bytes);
    EXPECT_EQ(scan(entries * 100).end, entries);
    EXPECT_EQ(scan(std::nullopt).end, entries);
    EXPECT_EQ(scan(20'400).end, std::min<std::int64_t>(entries, 204));
  }
}

TEST_F(Directory, begins_behind_its_filler) {
  plant(200, file_of({-1, -1, -1, 1300, 1400}));
  const auto found = scan(1'000'000);
  EXPECT_EQ(found.begin, 13);
  EXPECT_EQ(found.end, 15);
  EXPECT_EQ(found.first, entry_for(1300));
}

TEST_F(Directory, counts_filler_as_no_entry) {
  plant(200, file_of({-1, -1, -1}));
  for (const std::optional<std::int64_t> claimed :
       {std::optional<std::int64_t>(1000), std::optional<std::int64_t>()}) {
    const auto found = scan(claimed);
    EXPECT_TRUE(found.empty());
    EXPECT_EQ(found.end, 13) << "the numbering is kept";
    EXPECT_FALSE(found.last.written());
  }
}

TEST_F(Directory, ends_its_filler_at_the_first_gap_when_no_entry_vouches_for_it) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += encoded(kFiller);
  bytes.replace(200 * 20, 20, kZero);
  bytes.resize(60'000);
  plant(0, bytes);
  EXPECT_EQ(scan(1000).end, 200);
  EXPECT_EQ(some.disk.text(some.path(0)).find_first_not_of('\0', 200 * 20), std::string::npos);
}

TEST_F(Directory, does_not_take_half_a_filler_for_an_entry) {
  const std::string filler = encoded(kFiller);
  for (std::size_t kept = 1; kept < QueueEntry::kSize; ++kept) {
    SCOPED_TRACE(kept);
    const std::string front = filler.substr(0, kept) + std::string(20 - kept, '\0');
    const std::string back = std::string(20 - kept, '\0') + filler.substr(20 - kept);
    for (const std::string& bytes : {front, filler + front, filler + back}) {
      if (bytes == filler) continue;
      plant(0, bytes + std::string(100 - bytes.size(), '\0'));
      EXPECT_TRUE(scan(1000).empty());
    }
  }
}

// Half of an entry's position is lost, and what is left of it is smaller than what is claimed.
TEST_F(Directory, is_not_deceived_by_half_an_entry) {
  constexpr std::int64_t kFar = std::int64_t{1} << 32;
  for (const std::int64_t torn : {1, 2, 3, 4}) {
    std::string bytes;
    for (std::int64_t i = 0; i < torn; ++i) bytes += encoded(entry_for(kFar + i * 100));
    bytes += kZero + std::string(4, '\0') + encoded(entry_for(kFar + 500)).substr(4);
    bytes.resize(100);
    plant(0, bytes);
    EXPECT_EQ(scan(kFar).end, 0);
    plant(0, bytes);
    EXPECT_EQ(scan(kFar + 100).end, 1);
  }
}

TEST_F(Directory, has_zeros_behind_its_end_afterwards) {
  plant(0, file_of({0, 100, 200, 300, 400}));
  plant(100, file_of({500, -2, 700}));
  plant(200, file_of({1000}));
  const auto found = scan(300);
  EXPECT_EQ(found.end, 3);
  EXPECT_THAT(found.changed, ElementsAre(0));
  EXPECT_TRUE(found.files_removed);
  EXPECT_THAT(some.disk.all_files(), ElementsAre(some.path(0)));
  EXPECT_EQ(some.disk.text(some.path(0)), file_of({0, 100, 200}));
}

TEST_F(Directory, is_not_touched_when_it_ends_where_it_should) {
  plant(0, file_of({0, 100, 200}));
  const auto found = scan(1000);
  EXPECT_THAT(found.changed, IsEmpty());
  EXPECT_FALSE(found.files_removed);
  EXPECT_EQ(some.disk.counts().written, 0);
}

TEST_F(Directory, of_apache_ends_at_the_first_bad_entry) {
  plant(0, file_of({0, 100, 200, 300, 400}));
  plant(100, file_of({500, 600, -2, 800, 900}));
  plant(200, file_of({1000}));
  const auto found = scan(std::nullopt);
  EXPECT_EQ(found.end, 7);
  EXPECT_EQ(found.last, entry_for(600));
}

TEST_F(Directory, of_apache_is_looked_at_from_the_third_file_from_the_end_on) {
  plant(0, file_of({0, -2, 200, 300, 400}));
  plant(100, file_of({500, 600, 700, 800, 900}));
  plant(200, file_of({1000, 1100, 1200, 1300, 1400}));
  plant(300, file_of({1500}));
  EXPECT_EQ(scan(std::nullopt).end, 16);
}

TEST_F(Directory, of_apache_may_have_a_next_file_without_entries) {
  plant(0, file_of({0, 100, 200, 300, 400}));
  plant(100, file_of({}));
  const auto found = scan(std::nullopt);
  EXPECT_EQ(found.end, 5);
  EXPECT_EQ(found.files_end, 1);
}

TEST_F(Directory, tells_its_files_length_itself) {
  plant(0, file_of({0, 100, 200, 300, 400}).substr(0, 60));
  plant(60, file_of({300}).substr(0, 60));
  const auto found = scan(1000);
  EXPECT_EQ(found.file_size, 60);
  EXPECT_EQ(found.end, 4);
}

TEST_F(Directory, gets_a_file_made_whole_that_a_crash_left_without_length) {
  plant(0, "");
  EXPECT_EQ(scan(1000).end, 0);
  EXPECT_EQ(some.disk.text(some.path(0)).size(), 100U);
}

TEST_F(Directory, loses_files_behind_a_gap_that_nobody_claims) {
  plant(0, file_of({0, 100, 200, 300, 400}));
  plant(200, file_of({1000}));
  const auto found = scan(500);
  EXPECT_EQ(found.end, 5);
  EXPECT_THAT(some.disk.all_files(), ElementsAre(some.path(0)));
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(Directory, is_given_up_when_a_file_is_missing_that_was_claimed) {
  plant(0, file_of({0, 100, 200, 300, 400}));
  plant(200, file_of({1000}));
  EXPECT_EQ(scan_or_not(2000), std::nullopt);
  EXPECT_THAT(
      warnings,
      ElementsAre("data/consumequeue/orders/0/00000000000000000100 is missing: data/consumequeue/orders/0 is "
                  "removed, and the queue is made again from the commit log"));
}

TEST_F(Directory, is_given_up_when_its_files_differ_in_length) {
  plant(0, file_of({0, 100, 200, 300, 400}));
  plant(100, std::string(60, '\0'));
  EXPECT_EQ(scan_or_not(2000), std::nullopt);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("00000000000000000100 is 60 bytes long, and ")));
}

TEST_F(Directory, is_given_up_when_its_files_have_no_length_of_entries) {
  plant(0, std::string(50, '\0'));
  EXPECT_EQ(scan_or_not(2000), std::nullopt);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("is 50 bytes long, which is no multiple of an entry's 20")));
}

TEST_F(Directory, is_given_up_when_a_file_begins_where_none_can) {
  plant(50, std::string(100, '\0'));
  EXPECT_EQ(scan_or_not(2000), std::nullopt);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("does not begin at a multiple of its length, which is 100")));
}

TEST_F(Directory, may_hold_other_things_which_are_left_alone) {
  plant(0, file_of({0}));
  some.disk.plant(kDirectory / "notes.txt", "hello");
  EXPECT_EQ(scan(1000).end, 1);
  EXPECT_TRUE(some.disk.has(kDirectory / "notes.txt"));
  EXPECT_THAT(warnings,
              ElementsAre(HasSubstr("data/consumequeue/orders/0/notes.txt is no file of a consume queue")));
}

TEST_F(Directory, that_cannot_be_read_is_an_error_and_not_an_end) {
  plant(0, file_of({0, 100, 200}));
  some.disk.make_unreadable(some.path(0), 0, 100);
  const QueueScan how{.disk = some.disk, .durable_to = api::LogOffset{1000}};
  EXPECT_FALSE(how.scan(kDirectory, 100, warnings));
  some.disk.fail({});
  EXPECT_FALSE(how.scan(kDirectory, 100, warnings));
}

}  // namespace
}  // namespace gantry::store
