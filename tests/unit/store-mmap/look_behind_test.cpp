#include "plugins/store-mmap/look_behind.h"

#include "remoting/byte_order.h"
#include "tests/unit/store-mmap/some_disk.h"
#include "tests/unit/store-mmap/some_log_file.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <rapidcheck.h>
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::store {
namespace {

using testing::Eq;
using testing::Optional;

constexpr std::int64_t kSize = 1 << 20;

// What is behind the first bad place of the log.
Behind behind_first_bad(const SomeLogFile& log) {
  SomeDisk disk(1);
  disk.files.plant("data/log", log.bytes);
  const auto file = disk.files.open("data/log", FileSystem::Open::read).value();
  LogScan scan(*file, log.start, log.file_size(), true);
  LogScan::Step step = scan.next().value();
  while (step.kind == LogScan::Kind::record) step = scan.next().value();
  EXPECT_EQ(step.kind, LogScan::Kind::bad);
  return look_behind(*file, log.start, log.file_size(), step).value();
}

TEST(LookBehind, knows_a_log_that_simply_ends) {
  SomeLogFile log(kSize, {kSize});
  log.add("the last one");
  const Behind behind = behind_first_bad(log);
  EXPECT_TRUE(behind.only_zeros);
  EXPECT_EQ(behind.written_to, log.start + log.end);
  EXPECT_FALSE(behind.next_valid);
}

// A file of which the system reads more than it is asked for. What it brought in counts as data, zeros or
// not.
class FileReadAhead final : public File {
 public:
  explicit FileReadAhead(const SomeLogFile& log) : log_(log), data_to_(log.end) {}
  std::int64_t read_in_all = 0;

  IoResult<std::size_t> read(std::int64_t at, std::span<char> to) override {
    const auto size = log_.bytes.copy(to.data(), to.size(), static_cast<std::size_t>(at));
    read_in_all += static_cast<std::int64_t>(size);
    data_to_ = std::max(data_to_, at + static_cast<std::int64_t>(2 * to.size()));
    return size;
  }
  IoResult<std::int64_t> next_data(std::int64_t at) override { return at < data_to_ ? at : log_.file_size(); }
  IoResult<std::int64_t> size() override { return log_.file_size(); }
  IoResult<std::optional<std::size_t>> read_cached(std::int64_t, std::span<char>) override { return none(); }
  IoResult<void> write(std::int64_t, std::span<const iovec>) override { return none(); }
  IoResult<void> sync() override { return none(); }
  IoResult<void> allocate(std::int64_t) override { return none(); }
  IoResult<void> resize(std::int64_t) override { return none(); }
  IoResult<void> zero(std::int64_t, std::int64_t) override { return none(); }
  IoResult<void> zero_durably(std::int64_t, std::int64_t) override { return none(); }
  IoResult<std::shared_ptr<const Mapping>> map() override { return none(); }

 private:
  static IoError none() { return {0, "only read"}; }

  const SomeLogFile& log_;
  std::int64_t data_to_;
};

TEST(LookBehind, does_not_read_on_because_of_what_was_read_ahead) {
  SomeLogFile log(64 * kSize);
  log.add("the last one");
  FileReadAhead file(log);
  LogScan::Step end;
  end.at = end.end = log.start + log.end;
  const Behind behind = look_behind(file, log.start, log.file_size(), end).value();
  EXPECT_TRUE(behind.only_zeros);
  EXPECT_LE(file.read_in_all, kSize);
}

TEST(LookBehind, finds_the_valid_record_behind_a_damaged_one) {
  SomeLogFile log(kSize, {kSize});
  log.add("fine");
  const api::LogOffset damaged = log.add(std::string(3000, 'x'));
  const api::LogOffset next = log.add("fine again");
  log.add("and so on");
  *(log.at(damaged) + 500) ^= 1;
  const Behind behind = behind_first_bad(log);
  EXPECT_THAT(behind.next_valid, Optional(Eq(next)));
  EXPECT_FALSE(behind.zero_sector);
  EXPECT_FALSE(behind.only_zeros);
  EXPECT_EQ(behind.written_to, log.start + log.end);
}

TEST(LookBehind, goes_by_no_length_of_the_damaged_record) {
  SomeLogFile log(kSize);
  const api::LogOffset damaged = log.add(std::string(3000, 'x'));
  const api::LogOffset next = log.add("fine");
  remoting::store_i32(log.at(damaged), 100'000);
  EXPECT_THAT(behind_first_bad(log).next_valid, Optional(Eq(next)));
}

TEST(LookBehind, takes_nothing_for_valid_that_lies_elsewhere_or_is_damaged_itself) {
  SomeLogFile log(kSize);
  const api::LogOffset damaged = log.add("bad");
  remoting::store_i32(log.at(damaged) + 4, 0);
  log.add_moved("at another place", 7);
  const api::LogOffset also_damaged = log.add("also bad");
  *(log.at(also_damaged) + 90) ^= 1;
  const Behind behind = behind_first_bad(log);
  EXPECT_FALSE(behind.next_valid);
  EXPECT_EQ(behind.written_to, api::LogOffset{log.end});
}

// As a message holds it whose body is a piece of a log.
TEST(LookBehind, takes_no_record_inside_of_a_body_for_one_of_the_log) {
  SomeLogFile inner(4096);
  inner.add("somebody else's message");
  SomeLogFile log(kSize);
  const api::LogOffset damaged = log.add(std::string_view(inner.bytes).substr(0, 1000));
  *(log.at(damaged) + 8) ^= 1;
  EXPECT_FALSE(behind_first_bad(log).next_valid);
}

TEST(LookBehind, finds_a_record_of_the_second_version_and_a_blank) {
  SomeLogFile log(kSize);
  const api::LogOffset damaged = log.add("bad");
  const api::LogOffset second = log.add("v2", {.version = remoting::RecordVersion::v2});
  remoting::store_i32(log.at(damaged), 0);
  EXPECT_THAT(behind_first_bad(log).next_valid, Optional(Eq(second)));

  SomeLogFile full(kSize);
  const api::LogOffset last = full.add("the last of its file");
  full.add_blank();
  remoting::store_i32(full.at(last), 0);
  EXPECT_THAT(behind_first_bad(full).next_valid, Optional(Eq(full.places[1])));
  remoting::store_i32(full.at(full.places[1]), 4711);
  EXPECT_FALSE(behind_first_bad(full).next_valid);
}

TEST(LookBehind, finds_a_record_wherever_it_lies) {
  constexpr std::int64_t kChunk = 256 << 10;
  for (std::int64_t back = 0; back < 600; back += 3) {
    SomeLogFile log(kSize);
    const api::LogOffset damaged = log.add_of_size(kChunk - back);
    const api::LogOffset next = log.add("fine");
    *(log.at(damaged) + 8) ^= 1;
    ASSERT_THAT(behind_first_bad(log).next_valid, Optional(Eq(next)));
  }
}

TEST(LookBehind, sees_a_sector_that_was_never_written_inside_of_the_bad_record) {
  SomeLogFile log(kSize);
  log.add_of_size(700);
  log.add_of_size(3000);
  log.add("behind it");
  log.zero(1024, 1536);
  EXPECT_TRUE(behind_first_bad(log).zero_sector);
}

TEST(LookBehind, sees_no_lost_sector_where_one_is_not_whole_or_not_of_the_bad_record) {
  SomeLogFile log(kSize);
  log.add_of_size(700);
  log.add_of_size(3000);
  log.add(std::string(2000, '\0'));
  log.zero(1025, 1800);
  EXPECT_FALSE(behind_first_bad(log).zero_sector);
}

// The first sector of a record is lost: its length is not known.
TEST(LookBehind, looks_up_to_the_next_record_for_a_lost_sector_when_no_length_is_known) {
  SomeLogFile log(kSize);
  log.add_of_size(1024);
  log.add_of_size(3000);
  log.add("behind it");
  log.zero(1024, 1536);
  const Behind behind = behind_first_bad(log);
  EXPECT_TRUE(behind.zero_sector);
  EXPECT_THAT(behind.next_valid, Optional(Eq(log.places[2])));
  EXPECT_FALSE(behind.only_zeros);
}

TEST(LookBehind, does_not_count_what_is_zero_behind_the_last_byte_as_a_lost_sector) {
  SomeLogFile log(kSize);
  log.add_of_size(3000);
  log.zero(2900, 3000);
  const Behind behind = behind_first_bad(log);
  EXPECT_FALSE(behind.zero_sector);
  EXPECT_EQ(behind.written_to, api::LogOffset{2900});
}

TEST(LookBehind, reads_nothing_where_nothing_was_ever_written) {
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  constexpr std::int64_t kFileSize = 64 << 20;
  file->resize(kFileSize).value();
  SomeLogFile log(kSize);
  log.add_of_size(5000);
  file->write(0, std::string_view(log.bytes).substr(0, 4096)).value();
  file->write(40 << 20, "x").value();
  LogScan scan(*file, {}, kFileSize, true);
  const std::int64_t before = disk.files.counts().calls;
  const Behind behind = look_behind(*file, {}, kFileSize, scan.next().value()).value();
  EXPECT_LT(disk.files.counts().calls - before, 20);
  EXPECT_TRUE(behind.zero_sector);
  EXPECT_EQ(behind.written_to, api::LogOffset{(40 << 20) + 1});
}

TEST(LookBehind, finds_a_record_that_begins_with_the_last_zeros_of_a_page_that_was_lost) {
  SomeLogFile log(kSize);
  log.add_of_size(4096);
  log.add_of_size(4094);
  log.add("its length begins with two zeros");
  SomeDisk disk(1);
  const auto file = disk.created("data/log");
  file->resize(kSize).value();
  file->write(0, std::string_view(log.bytes).substr(0, 4096)).value();
  file->write(8192, std::string_view(log.bytes).substr(8192, 4096)).value();
  LogScan scan(*file, {}, kSize, true);
  ASSERT_EQ(scan.next().value().kind, LogScan::Kind::record);
  const Behind behind = look_behind(*file, {}, kSize, scan.next().value()).value();
  EXPECT_THAT(behind.next_valid, Optional(Eq(api::LogOffset{8190})));
  EXPECT_TRUE(behind.zero_sector);
}

TEST(LookBehind, takes_the_zeros_with_which_a_size_begins_for_no_sector_that_was_lost) {
  SomeLogFile log(kSize);
  log.add_of_size(510);
  log.add_of_size(300);
  log.add_of_size(300);
  remoting::store_i32(log.at(510) + 4, 1);
  const Behind behind = behind_first_bad(log);
  EXPECT_THAT(behind.next_valid, Optional(Eq(api::LogOffset{810})));
  EXPECT_FALSE(behind.zero_sector);
}

TEST(LookBehind, gives_the_error_of_a_disk_that_cannot_be_read) {
  SomeDisk disk(1);
  disk.files.plant("data/log", std::string(100'000, 'x'));
  const auto file = disk.files.open("data/log", FileSystem::Open::read).value();
  disk.files.make_unreadable("data/log", 70'000, 70'001);
  const auto behind = look_behind(*file, {}, 100'000, {.kind = LogScan::Kind::bad});
  ASSERT_FALSE(behind);
  EXPECT_EQ(behind.error().number, EIO);
}

RC_GTEST_PROP(LookBehind, answers_as_a_look_at_every_byte_would, ()) {
  SomeLogFile log(kSize);
  while (log.end < 600'000) log.add_of_size(*rc::gen::inRange<std::int64_t>(150, 60'000));
  const auto which = *rc::gen::inRange<std::size_t>(0, log.places.size() - 1);
  const std::int64_t bad = log.places[which].value;
  const std::int64_t end = log.places[which + 1].value;
  remoting::store_i32(log.at(bad) + 4, 1);
  const auto hole = *rc::gen::inRange<std::int64_t>(bad + 8, end - 1);
  const auto hole_end = *rc::gen::inRange<std::int64_t>(hole, end - 1);
  log.zero(hole, hole_end);
  const Behind behind = behind_first_bad(log);
  RC_ASSERT(behind.next_valid == log.places[which + 1]);
  RC_ASSERT(behind.written_to.value == log.end);
  const std::int64_t first_whole = (hole + 511) / 512 * 512;
  RC_ASSERT(behind.zero_sector == (first_whole + 512 <= hole_end));
}

}  // namespace
}  // namespace gantry::store
