#include "plugins/store-mmap/log_scan.h"

#include "remoting/byte_order.h"
#include "tests/unit/store-mmap/some_disk.h"
#include "tests/unit/store-mmap/some_log_file.h"

#include <algorithm>
#include <limits>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include <boost/algorithm/hex.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::store {
namespace {

using Kind = LogScan::Kind;
using testing::HasSubstr;
namespace layout = remoting::record_layout;

constexpr std::int64_t kFileSize = 64 << 10;
constexpr std::int64_t kLarge = 1 << 20;  // several times what the scan reads at once

// A log file on a simulated disk, and the scan of it.
struct Scanned {
  explicit Scanned(const SomeLogFile& log, bool check_crc = true,
                   LogScan::Moved moved = LogScan::Moved::refused)
      : disk(1) {
    disk.files.plant("data/log", log.bytes);
    file = disk.files.open("data/log", FileSystem::Open::read).value();
    scan.emplace(*file, log.start, log.file_size(), check_crc, moved);
  }
  LogScan::Step next() { return scan->next().value(); }
  LogScan::Step at(api::LogOffset place) {
    scan->seek(place);
    return next();
  }
  std::string why_not(api::LogOffset place) {
    return at(place).kind == Kind::bad ? scan->why() : "it is not bad";
  }
  std::int64_t calls() const { return disk.files.counts().calls; }

  SomeDisk disk;
  std::unique_ptr<File> file;
  std::optional<LogScan> scan;
};

SomeLogFile three_records() {
  SomeLogFile log(kFileSize, {kFileSize});
  log.add("one");
  log.add("two");
  log.add("three");
  return log;
}

TEST(LogScan, tells_the_records_in_order_then_the_blank_then_the_end) {
  SomeLogFile log = three_records();
  log.add_blank();
  Scanned scanned(log);
  std::vector<std::string> bodies;
  for (int i = 0; i < 3; ++i) {
    const LogScan::Step step = scanned.next();
    ASSERT_EQ(step.kind, Kind::record) << scanned.scan->why();
    EXPECT_EQ(step.at, log.places[static_cast<std::size_t>(i)]);
    EXPECT_EQ(step.end, scanned.scan->position());
    bodies.emplace_back(step.record->body());
  }
  EXPECT_THAT(bodies, testing::ElementsAre("one", "two", "three"));
  const LogScan::Step blank = scanned.next();
  EXPECT_EQ(blank.kind, Kind::blank);
  EXPECT_EQ(blank.at, log.places[3]);
  EXPECT_EQ(blank.end, log.start + kFileSize);
  EXPECT_EQ(scanned.next().kind, Kind::end_of_file);
  EXPECT_EQ(scanned.next().kind, Kind::end_of_file);
}

TEST(LogScan, reads_a_record_that_apache_wrote) {
  const std::string record =
      boost::algorithm::unhex(std::string("000000ccdaa320a769c865ed0000000300000000000000000000000500000000"
                                          "000003e80000000000000174876e80007f0000010000c35100000174876e807b"
                                          "7f00000100002a9f0000000000000000000000000000000e48656c6c6f20526f"
                                          "636b65744d5109546f70696354657374005a4b455953014f7264657249443030"
                                          "3102554e49515f4b455901374630303030303131384234313842344141433233"
                                          "323846314333443030303002434c55535445520144656661756c74436c757374"
                                          "657202544147530154616741"));
  SomeLogFile log(kFileSize);
  record.copy(log.at(1000), record.size());
  Scanned scanned(log);
  const LogScan::Step step = scanned.at({1000});
  ASSERT_EQ(step.kind, Kind::record) << scanned.scan->why();
  EXPECT_EQ(step.end, api::LogOffset{1204});
  EXPECT_EQ(step.record->topic(), "TopicTest");
}

TEST(LogScan, takes_both_versions_six_byte_hosts_and_empty_bodies) {
  SomeLogFile log(kFileSize);
  remoting::MessageRecord record;
  record.version = remoting::RecordVersion::v2;
  const std::string topic(300, 't');
  record.topic = topic;
  log.add("with a long topic", record);
  log.add("from a v6 host", {.born_host = remoting::HostAddress::parse("[::1]:9876").value()});
  log.add("");
  remoting::store_i32(log.at(log.places.back()) + layout::kBodyCrc, 12345);  // nobody checks it
  log.add("with flags of the future", {.sys_flag = remoting::SysFlag(0x7000'0080)});
  Scanned scanned(log);
  for (const api::LogOffset place : log.places) {
    const LogScan::Step step = scanned.next();
    EXPECT_EQ(step.kind, Kind::record) << scanned.scan->why();
    EXPECT_EQ(step.at, place);
  }
}

TEST(LogScan, calls_what_was_never_written_bad_and_stays_there) {
  const SomeLogFile log = three_records();
  Scanned scanned(log);
  const api::LogOffset end = log.start + log.end;
  for (int i = 0; i < 2; ++i) {
    const LogScan::Step step = scanned.at(end);
    EXPECT_EQ(step.kind, Kind::bad);
    EXPECT_EQ(step.at, end);
    EXPECT_EQ(step.end, end);
    EXPECT_EQ(scanned.scan->position(), end);
  }
  EXPECT_THAT(scanned.scan->why(), HasSubstr("magic number 0x00000000"));
}

TEST(LogScan, finds_a_flipped_bit_in_a_body_and_still_shows_the_record) {
  SomeLogFile log = three_records();
  *(log.at(log.places[1]) + layout::body(remoting::SysFlag(0)) + 1) ^= 4;
  Scanned scanned(log);
  EXPECT_EQ(scanned.next().kind, Kind::record);
  const LogScan::Step step = scanned.next();
  EXPECT_EQ(step.kind, Kind::bad);
  EXPECT_EQ(step.end, log.places[2]);
  ASSERT_TRUE(step.record);
  EXPECT_EQ(step.record->body(), "tso");
  EXPECT_THAT(scanned.scan->why(), HasSubstr("body CRC"));
  Scanned trusting(log, /*check_crc=*/false);
  EXPECT_EQ(trusting.at(log.places[1]).kind, Kind::record);
}

TEST(LogScan, refuses_a_record_at_another_place_than_its_own_unless_told_otherwise) {
  SomeLogFile log(kFileSize, {kFileSize});
  log.add_moved("copied under another name", 0);
  EXPECT_EQ(Scanned(log).why_not(log.start), "physical offset 0 at byte 28: it lies at 65536");
  Scanned scanned(log, true, LogScan::Moved::accepted);
  EXPECT_EQ(scanned.next().kind, Kind::record);
}

TEST(LogScan, refuses_a_number_that_no_queue_has) {
  for (const std::int64_t number :
       {std::int64_t{-1}, std::int64_t{1} << 62, std::numeric_limits<std::int64_t>::max()}) {
    SomeLogFile log = three_records();
    remoting::store_i64(log.at(log.places[1]) + layout::kQueueOffset, number);
    EXPECT_EQ(Scanned(log).why_not(log.places[1]),
              "queue offset " + std::to_string(number) + " at byte 20: no queue gets there");
  }
}

TEST(LogScan, wants_room_for_a_blank_behind_each_record) {
  for (const std::int64_t left : {0, 1, 7}) {
    SomeLogFile log(kFileSize);
    log.add_of_size(kFileSize - left);
    EXPECT_THAT(Scanned(log).why_not({0}), HasSubstr("at most " + std::to_string(kFileSize - 8))) << left;
  }
  SomeLogFile log(kFileSize);
  log.add_of_size(kFileSize - 8);
  log.add_blank();
  Scanned scanned(log);
  EXPECT_EQ(scanned.next().kind, Kind::record);
  EXPECT_EQ(scanned.next().kind, Kind::blank);
  for (const std::int64_t left : {1, 7})
    EXPECT_THAT(scanned.why_not({kFileSize - left}), HasSubstr("bytes are left in the file"));
}

TEST(LogScan, wants_a_blank_to_span_the_rest_of_the_file) {
  SomeLogFile log = three_records();
  log.add_blank();
  for (const std::int32_t wrong : {-1, 0, 7, 8, 1000, 0x7FFFFFFF}) {
    remoting::store_i32(log.at(log.places[3]), wrong);
    EXPECT_THAT(Scanned(log).why_not(log.places[3]), HasSubstr(std::to_string(wrong)));
  }
}

TEST(LogScan, names_a_length_that_cannot_be) {
  struct Case {
    std::size_t at;
    std::int32_t value;
    std::string why;
  };
  for (const Case& wrong : {Case{0, -5, "total size -5"}, Case{0, 90, "total size 90"},
                            Case{0, 0x7FFFFFFF, "total size 2147483647"}, Case{0, 150, "left over"},
                            Case{84, -1, "body length -1"}, Case{84, 400, "body length 400"}}) {
    SomeLogFile log = three_records();
    remoting::store_i32(log.at(log.places[0]) + wrong.at, wrong.value);
    EXPECT_THAT(Scanned(log).why_not(log.places[0]),
                testing::AnyOf(HasSubstr(wrong.why), HasSubstr("bytes after the properties")))
        << wrong.why;
  }
}

TEST(LogScan, reads_records_that_are_larger_than_what_it_reads_at_once) {
  SomeLogFile log(kLarge);
  log.add("small");
  log.add_of_size(700'000);
  log.add("small again");
  log.add_of_size(250'000);
  log.add_blank();
  Scanned scanned(log);
  for (const api::LogOffset place : log.places) {
    const LogScan::Step step = scanned.next();
    EXPECT_NE(step.kind, Kind::bad) << scanned.scan->why();
    EXPECT_EQ(step.at, place);
    if (step.record) {
      EXPECT_EQ(step.record->bytes(), std::string_view(log.at(place), step.record->bytes().size()));
    }
  }
  EXPECT_EQ(scanned.next().kind, Kind::end_of_file);
}

// A damaged length must not cost as much memory as it says.
TEST(LogScan, looks_whether_the_lengths_of_a_large_record_add_up_before_it_reads_it) {
  for (const int which : {0, 1, 2}) {
    SomeLogFile log(kLarge);
    log.add_of_size(300'000);
    log.add("behind");
    if (which == 0) remoting::store_i32(log.at(0), 900'000);                 // total size
    if (which == 1) remoting::store_i32(log.at(84), 299'000);                // body length
    if (which == 2) remoting::store_i16(log.at(log.places[1]) - 8, 32'000);  // properties length
    Scanned scanned(log);
    const std::int64_t before = scanned.calls();
    EXPECT_THAT(scanned.why_not({0}), HasSubstr("do not add up")) << which;
    EXPECT_LE(scanned.calls() - before, 3);
  }
}

TEST(LogScan, tells_everything_before_a_bad_sector_and_then_the_error) {
  SomeLogFile log(kLarge);
  while (log.end < 100'000) log.add_of_size(1000);
  Scanned scanned(log);
  scanned.disk.files.make_unreadable("data/log", 50'000, 50'001);
  std::int64_t told = 0;
  auto step = scanned.scan->next();
  for (; step && step->kind == Kind::record; step = scanned.scan->next()) told = step->end.value;
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().number, EIO);
  EXPECT_EQ(told, 49'000);  // the unreadable page begins at 49152
  EXPECT_EQ(scanned.scan->position(), api::LogOffset{told});
  EXPECT_FALSE(scanned.scan->next());
  EXPECT_EQ(scanned.at({54'000}).kind, Kind::record);
}

TEST(LogScan, says_where_a_file_ends_that_is_shorter_than_it_should_be) {
  SomeLogFile log = three_records();
  log.bytes.resize(static_cast<std::size_t>(log.end - 10));
  Scanned scanned(log);
  scanned.scan.emplace(*scanned.file, log.start, kFileSize, true);
  EXPECT_EQ(scanned.next().kind, Kind::record);
  EXPECT_EQ(scanned.next().kind, Kind::record);
  EXPECT_EQ(scanned.next().kind, Kind::bad);
  EXPECT_EQ(scanned.scan->position(), log.places[2]);
  EXPECT_THAT(scanned.scan->why(), HasSubstr("the file ends"));
}

TEST(LogScan, goes_where_it_is_sent_in_any_order) {
  SomeLogFile log(kLarge);
  while (log.end < kLarge - 5000) log.add_of_size(3000);
  Scanned scanned(log);
  for (const std::size_t i : {250u, 3u, 251u, 4u, 4u, 0u, 300u}) {
    const LogScan::Step step = scanned.at(log.places[i]);
    EXPECT_EQ(step.kind, Kind::record) << scanned.scan->why();
    EXPECT_EQ(step.at, log.places[i]);
  }
}

// The same by decoding all of the file in memory, with nothing read in pieces.
std::vector<std::int64_t> ends_in_memory(const SomeLogFile& log) {
  std::vector<std::int64_t> ends;
  for (std::size_t at = 0; at < log.bytes.size();) {
    const auto decoded =
        remoting::decode_record(std::string_view(log.bytes).substr(at), remoting::BodyCrc::checked);
    if (decoded.outcome == remoting::DecodedRecord::Outcome::blank && at + decoded.size == log.bytes.size())
      ends.push_back(static_cast<std::int64_t>(log.bytes.size()));
    if (decoded.outcome != remoting::DecodedRecord::Outcome::record) break;
    if (decoded.record.physical_offset() != static_cast<std::int64_t>(at)) break;
    at += decoded.size;
    if (at + 8 > log.bytes.size()) break;
    ends.push_back(static_cast<std::int64_t>(at));
  }
  return ends;
}

RC_GTEST_PROP(LogScan, tells_the_same_whatever_it_reads_at_once, ()) {
  SomeLogFile log(kLarge);
  while (log.end < kLarge - 400'000) {
    const auto size = *rc::gen::weightedOneOf<std::int64_t>(
        {{20, rc::gen::inRange<std::int64_t>(120, 3000)}, {1, rc::gen::inRange<std::int64_t>(120, 390'000)}});
    log.add_of_size(size);
  }
  if (*rc::gen::arbitrary<bool>()) log.add_blank();
  const auto flips = *rc::gen::inRange(0, 3);
  for (int i = 0; i < flips; ++i) {
    const auto at = *rc::gen::inRange<std::int64_t>(0, kLarge);
    *log.at(at) = static_cast<char>(*log.at(at) ^ (1 << *rc::gen::inRange(0, 8)));
  }
  Scanned scanned(log);
  std::vector<std::int64_t> ends;
  for (LogScan::Step step = scanned.next(); step.kind == Kind::record || step.kind == Kind::blank;
       step = scanned.next())
    ends.push_back(step.end.value);
  RC_ASSERT(ends == ends_in_memory(log));
}

}  // namespace
}  // namespace gantry::store
