#include "remoting/message_record_view.h"

#include "tests/unit/remoting/generated_record.h"
#include "tests/unit/remoting/sample_records.h"

#include <algorithm>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

using Outcome = DecodedRecord::Outcome;

std::string_view text_of(const std::vector<char>& bytes) {
  return {bytes.data(), bytes.size()};
}

// The sample with one field overwritten, as decoding sees it.
DecodedRecord with_i32(std::size_t at, std::int32_t value) {
  std::string bytes = hello_bytes();
  store_i32(bytes.data() + at, value);
  return decode_record(bytes);
}

std::string why(const DecodedRecord& decoded) {
  EXPECT_EQ(decoded.outcome, Outcome::damaged);
  return decoded.error.str();
}

TEST(MessageRecordView, reads_every_field_of_the_protocols_example) {
  const std::string bytes = hello_bytes();
  const DecodedRecord decoded = decode_record(bytes, BodyCrc::checked);
  ASSERT_EQ(decoded.outcome, Outcome::record);
  EXPECT_EQ(decoded.size, 133u);
  const MessageRecordView& record = decoded.record;
  EXPECT_EQ(record.bytes(), bytes);
  EXPECT_EQ(record.version(), RecordVersion::v1);
  EXPECT_EQ(record.body_crc(), 907060870);
  EXPECT_EQ(record.queue_id(), 3);
  EXPECT_EQ(record.flag(), 0);
  EXPECT_EQ(record.queue_offset(), 7);
  EXPECT_EQ(record.physical_offset(), 4096);
  EXPECT_EQ(record.sys_flag(), SysFlag(0));
  EXPECT_EQ(record.born_timestamp(), 1700000000000);
  EXPECT_EQ(record.born_host().str(), "192.168.1.10:54321");
  EXPECT_EQ(record.store_timestamp(), 1700000000005);
  EXPECT_EQ(record.store_host().str(), "192.168.1.10:10911");
  EXPECT_EQ(record.reconsume_times(), 0);
  EXPECT_EQ(record.prepared_transaction_offset(), 0);
  EXPECT_EQ(record.body(), "hello");
  EXPECT_EQ(record.topic(), "TopicA");
  EXPECT_EQ(record.properties(), "TAGS\1TagA\2UNIQ_KEY\1C0A8010A0001");
  EXPECT_EQ(record.body().data(), bytes.data() + 88) << "in place, not copied";
}

TEST(MessageRecordView, leaves_what_follows_the_record_alone) {
  const std::string bytes = hello_bytes() + "and more";
  const DecodedRecord decoded = decode_record(bytes);
  EXPECT_EQ(decoded.outcome, Outcome::record);
  EXPECT_EQ(decoded.size, 133u);
  EXPECT_EQ(decoded.record.bytes().size(), 133u);
}

TEST(MessageRecordView, asks_for_more_wherever_a_record_is_cut) {
  const std::string whole = hello_bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = exactly(whole.substr(0, size));
    const DecodedRecord decoded = decode_record(text_of(cut));
    EXPECT_EQ(decoded.outcome, Outcome::needs_more) << size;
    EXPECT_EQ(decoded.size, size < 8 ? 8u : 133u) << size;
  }
}

TEST(MessageRecordView, tells_a_blank_from_a_record) {
  const std::string blank = from_hex("00000064 cbd43194");
  const DecodedRecord decoded = decode_record(blank);
  EXPECT_EQ(decoded.outcome, Outcome::blank);
  EXPECT_EQ(decoded.size, 100u) << "what the blank says, though only its head was given";
  EXPECT_EQ(decode_record(from_hex("00000008 cbd43194")).outcome, Outcome::blank);
  EXPECT_EQ(why(decode_record(from_hex("00000007 cbd43194"))),
            "total size 7 at byte 0: 8 or more would be a record");
  EXPECT_EQ(decode_record(from_hex("ffffffff cbd43194")).outcome, Outcome::damaged);
}

TEST(MessageRecordView, refuses_another_magic_number) {
  EXPECT_EQ(why(with_i32(4, 0)),
            "magic number 0x00000000 at byte 4: neither of a record (0xDAA320A7, 0xDAA320AB) nor of a blank "
            "(0xCBD43194)");
  EXPECT_EQ(with_i32(4, -626843480).error.defect, RecordDefect::magic);
}

TEST(MessageRecordView, refuses_a_total_size_that_no_record_has) {
  for (const std::int32_t size : {90, 0, -1, std::numeric_limits<std::int32_t>::min()})
    EXPECT_EQ(with_i32(0, size).error.defect, RecordDefect::total_size) << size;
  EXPECT_EQ(why(with_i32(0, 90)), "total size 90 at byte 0: 91 or more would be a record");
}

TEST(MessageRecordView, refuses_a_total_size_too_small_for_ipv6_hosts) {
  std::string bytes = encoded({});
  ASSERT_EQ(bytes.size(), 91u);
  store_i32(bytes.data() + 36, SysFlag::kStoreHostV6);
  EXPECT_EQ(why(decode_record(bytes)), "total size 91 at byte 0: 103 or more would be a record");
}

TEST(MessageRecordView, refuses_a_body_length_past_the_end) {
  EXPECT_EQ(why(with_i32(84, 43)), "body length 43 at byte 84: 0 to 42 would fit");
  EXPECT_EQ(with_i32(84, -1).error.defect, RecordDefect::body_length);
  EXPECT_EQ(with_i32(84, std::numeric_limits<std::int32_t>::max()).error.defect, RecordDefect::body_length);
}

TEST(MessageRecordView, refuses_a_topic_length_past_the_end_or_negative_to_java) {
  std::string bytes = hello_bytes();
  bytes[93] = 38;
  EXPECT_EQ(why(decode_record(bytes)), "topic length 38 at byte 93: 0 to 37 would fit");
  bytes[93] = '\x80';
  EXPECT_EQ(why(decode_record(bytes)), "topic length -128 at byte 93: 0 to 37 would fit");
}

TEST(MessageRecordView, refuses_a_properties_length_that_misses_the_end) {
  std::string bytes = hello_bytes();
  store_i16(bytes.data() + 100, 32);
  EXPECT_EQ(why(decode_record(bytes)), "properties length 32 at byte 100: 0 to 31 would fit");
  store_i16(bytes.data() + 100, -1);
  EXPECT_EQ(decode_record(bytes).error.defect, RecordDefect::properties_length);
  store_i16(bytes.data() + 100, 29);
  EXPECT_EQ(why(decode_record(bytes)),
            "bytes after the properties: 2 at byte 131: the record's total size should end there");
}

TEST(MessageRecordView, looks_at_the_body_crc_only_when_asked) {
  std::string bytes = hello_bytes();
  bytes[88] = 'j';
  EXPECT_EQ(decode_record(bytes).outcome, Outcome::record);
  EXPECT_FALSE(decode_record(bytes).record.body_crc_matches());
  EXPECT_EQ(why(decode_record(bytes, BodyCrc::checked)),
            "body CRC 0x3610A686 at byte 8: the body has 0x4CD0F5E6");
}

TEST(MessageRecordView, takes_any_crc_of_an_empty_body_as_apache_does) {
  std::string bytes = encoded({.topic = "T"});
  store_i32(bytes.data() + 8, 12345);
  EXPECT_EQ(decode_record(bytes, BodyCrc::checked).outcome, Outcome::record);
}

TEST(MessageRecordView, reads_the_wide_topic_length_of_version_2) {
  MessageRecord record = hello_record();
  const std::string topic(300, 't');
  record.version = RecordVersion::v2;
  record.topic = topic;
  const std::string bytes = encoded(record);
  EXPECT_EQ(bytes.substr(4, 4), from_hex("daa320ab"));
  EXPECT_EQ(bytes.substr(93, 2), from_hex("012c"));
  EXPECT_EQ(decode_record(bytes).record.topic(), topic);
}

bool same_fields(const MessageRecord& a, const MessageRecord& b) {
  return a.version == b.version && a.queue_id == b.queue_id && a.flag == b.flag &&
         a.queue_offset == b.queue_offset && a.physical_offset == b.physical_offset &&
         a.sys_flag == b.sys_flag && a.born_timestamp == b.born_timestamp && a.born_host == b.born_host &&
         a.store_timestamp == b.store_timestamp && a.store_host == b.store_host &&
         a.reconsume_times == b.reconsume_times &&
         a.prepared_transaction_offset == b.prepared_transaction_offset && a.body == b.body &&
         a.topic == b.topic && a.properties == b.properties;
}

RC_GTEST_PROP(MessageRecordView, reads_back_what_was_encoded, (const OwnedRecord& owned)) {
  const auto bytes = exactly(encoded(owned.record()));
  const DecodedRecord decoded = decode_record(text_of(bytes), BodyCrc::checked);
  RC_ASSERT(decoded.outcome == Outcome::record);
  RC_ASSERT(decoded.size == bytes.size());
  RC_ASSERT(same_fields(decoded.record.fields(), owned.record()));
}

RC_GTEST_PROP(MessageRecordView, never_takes_part_of_a_record_for_a_record, (const OwnedRecord& owned)) {
  const std::string whole = encoded(owned.record());
  const auto cut = exactly(whole.substr(0, *rc::gen::inRange<std::size_t>(0, whole.size())));
  RC_ASSERT(decode_record(text_of(cut)).outcome == Outcome::needs_more);
}

// The CRC is computed anew when encoding, whatever stood there.
std::string without_crc(std::string_view record) {
  return std::string(record.substr(0, record_layout::kBodyCrc)) + "****" +
         std::string(record.substr(record_layout::kBodyCrc + 4));
}

RC_GTEST_PROP(MessageRecordView, stays_inside_the_input_when_a_bit_is_flipped, (const OwnedRecord& owned)) {
  auto bytes = exactly(encoded(owned.record()));
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
  const DecodedRecord decoded = decode_record(text_of(bytes));
  if (decoded.outcome == Outcome::record)
    RC_ASSERT(without_crc(encoded(decoded.record.fields())) == without_crc(decoded.record.bytes()));
  if (decoded.outcome == Outcome::damaged) RC_ASSERT(decoded.error.at < bytes.size());
}

// The protocol drops the CRC's sign bit, but no single flipped bit changes only that one.
RC_GTEST_PROP(MessageRecordView, notices_every_flipped_bit_of_a_body_when_asked, (const OwnedRecord& owned)) {
  RC_PRE(!owned.body.empty());
  std::string bytes = encoded(owned.record());
  const std::size_t body = record_layout::body(owned.fields.sys_flag);
  const auto at = body + *rc::gen::inRange<std::size_t>(0, owned.body.size());
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << *rc::gen::inRange(0, 8)));
  RC_ASSERT(decode_record(bytes, BodyCrc::checked).error.defect == RecordDefect::body_crc);
}

TEST(RecordWalker, walks_records_laid_end_to_end) {
  MessageRecord second = hello_record();
  second.body = "";
  const std::string bytes = hello_bytes() + encoded(second) + hello_bytes();
  RecordWalker walker(bytes, BodyCrc::checked);
  EXPECT_EQ(walker.next()->body(), "hello");
  EXPECT_EQ(walker.position(), 133u);
  EXPECT_EQ(walker.next()->body(), "");
  EXPECT_EQ(walker.next()->body(), "hello");
  EXPECT_FALSE(walker.next());
  EXPECT_FALSE(walker.error());
  EXPECT_EQ(walker.position(), bytes.size());
}

TEST(RecordWalker, finds_nothing_in_nothing) {
  RecordWalker walker({});
  EXPECT_FALSE(walker.next());
  EXPECT_FALSE(walker.error());
}

TEST(RecordWalker, stops_for_good_at_the_first_defect_and_says_where_it_is) {
  std::string bytes = hello_bytes() + hello_bytes() + hello_bytes();
  store_i32(bytes.data() + 133 + 84, 70000);
  RecordWalker walker(bytes);
  EXPECT_TRUE(walker.next());
  EXPECT_FALSE(walker.next());
  EXPECT_FALSE(walker.next());
  EXPECT_EQ(walker.error()->str(), "body length 70000 at byte 217: 0 to 42 would fit");
  EXPECT_EQ(walker.position(), 133u);
}

TEST(RecordWalker, does_not_take_a_record_that_is_cut_off) {
  const std::string two = hello_bytes() + hello_bytes();
  for (std::size_t size = 134; size < two.size(); ++size) {
    const auto cut = exactly(two.substr(0, size));
    RecordWalker walker(text_of(cut));
    EXPECT_TRUE(walker.next());
    EXPECT_FALSE(walker.next());
    ASSERT_TRUE(walker.error());
    EXPECT_EQ(walker.error()->defect, RecordDefect::cut_off);
    EXPECT_EQ(walker.error()->at, 133u);
  }
  RecordWalker walker(std::string_view(two).substr(0, two.size() - 1));
  while (walker.next()) {
  }
  EXPECT_EQ(walker.error()->str(), "record of size 133 at byte 133: only 132 bytes are there");
}

TEST(RecordWalker, does_not_walk_over_a_blank) {
  const std::string bytes = hello_bytes() + from_hex("00000064 cbd43194");
  RecordWalker walker(bytes);
  EXPECT_TRUE(walker.next());
  EXPECT_FALSE(walker.next());
  EXPECT_EQ(walker.error()->str(), "blank of size 100 at byte 133: only records may stand here");
}

}  // namespace
}  // namespace gantry::remoting
