#include "plugins/store-mmap/index_file.h"

#include "remoting/tag_hash.h"
#include "tests/unit/store-mmap/some_disk.h"

#include <array>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr IndexGeometry kApache{5'000'000, 20'000'000};
constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

TEST(IndexGeometry, is_apaches) {
  EXPECT_EQ(kApache.size(), 420'000'040);
  EXPECT_EQ(kApache.entry_at(0), 20'000'040);
  EXPECT_EQ(kApache.entry_at(3), 20'000'100);
}

TEST(IndexHash, is_apaches) {
  EXPECT_EQ(index_hash("TopicTest", "OrderID001"), 1231272886);
  EXPECT_EQ(IndexHeader::kSize + kApache.slot_position(1231272886), 5091584u);
  EXPECT_EQ(index_hash("TopicTest", "key"), 85128477);
  EXPECT_EQ(IndexHeader::kSize + kApache.slot_position(85128477), 513948u);
}

TEST(IndexHash, is_never_negative) {
  ASSERT_EQ(remoting::java_string_hash("TopicTest#order-b"), -1829193375);
  EXPECT_EQ(index_hash("TopicTest", "order-b"), 1829193375);
  ASSERT_EQ(remoting::java_string_hash("T#ajvakuzm"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(index_hash("T", "ajvakuzm"), 0);
}

TEST(IndexHeader, is_forty_bytes_big_endian) {
  const IndexHeader header{.begin_time = 0x0102030405060708,
                           .end_time = 0x1112131415161718,
                           .begin = {0x2122232425262728},
                           .end = {0x3132333435363738},
                           .used_slots = 0x41424344,
                           .count = 0x51525354};
  std::array<char, IndexHeader::kSize> bytes;
  header.encode(bytes.data());
  EXPECT_EQ(std::string_view(bytes.data(), bytes.size()),
            "\x01\x02\x03\x04\x05\x06\x07\x08\x11\x12\x13\x14\x15\x16\x17\x18!\"#$%&'(12345678ABCDQRST");
  EXPECT_EQ(IndexHeader::decode(bytes.data()), header);
}

TEST(IndexHeader, of_a_file_that_nothing_was_written_to_has_the_number_one_next) {
  const std::array<char, IndexHeader::kSize> zeros{};
  EXPECT_EQ(IndexHeader::decode(zeros.data()).count, 1);
}

TEST(IndexEntry, is_twenty_bytes_big_endian) {
  const IndexEntry entry{0x01020304, {0x1112131415161718}, 0x21222324, 0x31323334};
  std::array<char, IndexEntry::kSize> bytes;
  entry.encode(bytes.data());
  EXPECT_EQ(std::string_view(bytes.data(), bytes.size()),
            "\x01\x02\x03\x04\x11\x12\x13\x14\x15\x16\x17\x18!\"#$1234");
  EXPECT_EQ(IndexEntry::decode(bytes.data()), entry);
}

TEST(IndexSeconds, count_whole_ones_from_the_begin_time_and_never_below_zero) {
  EXPECT_EQ(index_seconds(5000, 7999), 2);
  EXPECT_EQ(index_seconds(5000, 4000), 0);
  EXPECT_EQ(index_seconds(0, 7000), 0) << "there is no begin time yet";
  EXPECT_EQ(index_seconds(1, kEver), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(index_seconds(1, std::numeric_limits<std::int64_t>::min()),
            std::numeric_limits<std::int32_t>::max())
      << "Java's subtraction wraps around";
}

TEST(IndexFileName, is_the_local_time_to_the_millisecond) {
  ASSERT_EQ(setenv("TZ", "Asia/Shanghai", 1), 0);
  tzset();
  const std::chrono::system_clock::time_point date{std::chrono::milliseconds(1'600'000'000'007)};
  EXPECT_EQ(index_file_name(date), "20200913202640007");
  ASSERT_EQ(unsetenv("TZ"), 0);
  tzset();
}

TEST(IndexFileName, has_seventeen_digits) {
  EXPECT_TRUE(is_index_file_name("20200913202640007"));
  EXPECT_FALSE(is_index_file_name("2020091320264000"));
  EXPECT_FALSE(is_index_file_name("202009132026400070"));
  EXPECT_FALSE(is_index_file_name("2020091320264000x"));
}

class IndexSearching : public testing::Test {
 protected:
  static constexpr IndexHeader kHeader{
      .begin_time = 10'000, .end_time = 20'500, .begin = {0}, .end = {900}, .used_slots = 1, .count = 6};

  static std::vector<api::LogOffset> offsets(std::initializer_list<std::int64_t> values) {
    std::vector<api::LogOffset> all;
    for (const auto value : values) all.push_back({value});
    return all;
  }
};

TEST_F(IndexSearching, takes_what_has_the_hash_and_was_stored_in_that_time) {
  IndexSearch search(7, 10, 12'000, 14'000);
  EXPECT_EQ(search.look_at(5, {7, {500}, 5, 4}, kHeader), 4) << "later: those before it may match";
  EXPECT_EQ(search.look_at(4, {7, {400}, 4, 3}, kHeader), 3);
  EXPECT_EQ(search.look_at(3, {8, {300}, 3, 2}, kHeader), 2);
  EXPECT_EQ(search.look_at(2, {7, {200}, 2, 1}, kHeader), 1);
  EXPECT_EQ(search.take(), offsets({400, 200}));
}

TEST_F(IndexSearching, keeps_what_may_be_in_that_time_as_entries_know_only_seconds) {
  IndexSearch search(7, 10, 13'999, 14'000);
  EXPECT_EQ(search.look_at(4, {7, {400}, 3, 3}, kHeader), 3) << "stored from 13.000 to 13.999";
  IndexSearch later(7, 10, 14'000, 15'000);
  EXPECT_EQ(later.look_at(4, {7, {400}, 3, 3}, kHeader), 0) << "and so is all before it";
  EXPECT_EQ(search.take(), offsets({400}));
  EXPECT_THAT(later.take(), IsEmpty());
}

TEST_F(IndexSearching, knows_the_first_entrys_time_from_the_header) {
  IndexSearch search(7, 10, 9'000, 10'000);
  search.look_at(1, {7, {100}, 3600, 0}, kHeader);
  EXPECT_EQ(search.take(), offsets({100})) << "its seconds count from the end of the file before";
}

TEST_F(IndexSearching, stops_when_it_has_enough) {
  IndexSearch search(7, 1, 0, kEver);
  search.look_at(5, {7, {500}, 5, 4}, kHeader);
  EXPECT_TRUE(search.full());
  EXPECT_EQ(search.look_at(4, {7, {400}, 4, 3}, kHeader), 0);
  EXPECT_EQ(search.take(), offsets({500}));
}

TEST_F(IndexSearching, gives_a_message_once) {
  IndexSearch search(7, 10, 0, kEver);
  search.look_at(5, {7, {500}, 5, 4}, kHeader);
  search.look_at(4, {7, {500}, 5, 3}, kHeader);
  EXPECT_EQ(search.take(), offsets({500}));
}

TEST_F(IndexSearching, ends_whatever_a_damaged_entry_says) {
  IndexSearch search(7, 10, 0, kEver);
  EXPECT_EQ(search.look_at(4, {7, {400}, 4, 4}, kHeader), 0);
  EXPECT_EQ(search.look_at(4, {7, {400}, 4, 5}, kHeader), 0);
  EXPECT_EQ(search.look_at(4, {7, {400}, 4, -1}, kHeader), 0);
  EXPECT_EQ(search.look_at(4, {7, {300}, -1, 3}, kHeader), 0);
  EXPECT_EQ(search.take(), offsets({400}));
}

TEST_F(IndexSearching, looks_only_into_files_whose_time_meets_the_asked_one) {
  const auto may = [](std::int64_t from, std::int64_t to) {
    return IndexSearch(7, 1, from, to).may_be_in(kHeader);
  };
  EXPECT_TRUE(may(0, 10'000));
  EXPECT_TRUE(may(20'500, kEver));
  EXPECT_TRUE(may(0, kEver));
  EXPECT_TRUE(may(12'000, 13'000));
  EXPECT_FALSE(may(0, 9'999));
  EXPECT_FALSE(may(20'501, kEver));
  EXPECT_TRUE(IndexSearch(7, 1, 10'000, kEver).may_be_before(kHeader));
  EXPECT_FALSE(IndexSearch(7, 1, 10'001, kEver).may_be_before(kHeader));
}

TEST(IndexFile, follows_a_row_of_entries_far_back_and_reads_them_in_blocks) {
  SomeDisk disk(1);
  const IndexGeometry geometry{1, 2000};
  IndexFile file(disk.created("data/20200913202640007"), "20200913202640007", geometry);
  file.file().resize(geometry.size()).value();
  std::string entries(1999 * IndexEntry::kSize, '\0');
  for (std::int32_t number = 1; number < 2000; ++number) {
    const IndexEntry entry{number % 500 == 0 ? 7 : 8, {100 * number}, 0, number - 1};
    entry.encode(entries.data() + static_cast<std::size_t>(number - 1) * IndexEntry::kSize);
  }
  file.write_entries(1, entries).value();
  file.write_slots(std::string("\0\0\x07\xcf", 4)).value();
  const IndexHeader header{.begin_time = 1, .end_time = 1, .begin = {100}, .end = {199'900}, .count = 2000};

  const std::int64_t before = disk.files.counts().calls;
  IndexSearch search(7, 10, 0, kEver);
  file.search(header, search).value();
  EXPECT_THAT(search.take(),
              ElementsAre(api::LogOffset{150'000}, api::LogOffset{100'000}, api::LogOffset{50'000}));
  EXPECT_LE(disk.files.counts().calls - before, 12);
}

TEST(IndexFile, that_is_too_short_says_how_long_it_should_be) {
  SomeDisk disk(1);
  const IndexFile file(disk.created("data/20200913202640007"), "20200913202640007", {7, 10});
  file.file().resize(100).value();
  const auto entry = file.read_entry(1);
  ASSERT_FALSE(entry);
  EXPECT_EQ(entry.error().text,
            "key index file 20200913202640007 has 12 of 20 bytes at 88: it should be 268 bytes long");
}

}  // namespace
}  // namespace gantry::store
