#include "remoting/message_record.h"

#include "remoting/message_record_view.h"
#include "tests/unit/remoting/sample_records.h"

#include <cstring>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

TEST(MessageRecord, is_encoded_byte_for_byte_as_the_protocol_has_it) {
  EXPECT_EQ(hello_bytes().size(), 133u);
  EXPECT_EQ(encoded(hello_record()), hello_bytes());
}

TEST(MessageRecord, of_a_real_store_comes_out_the_same) {
  const std::string bytes = from_hex(R"(
    000000ccdaa320a769c865ed0000000300000000000000000000000500000000
    000003e80000000000000174876e80007f0000010000c35100000174876e807b
    7f00000100002a9f0000000000000000000000000000000e48656c6c6f20526f
    636b65744d5109546f70696354657374005a4b455953014f7264657249443030
    3102554e49515f4b455901374630303030303131384234313842344141433233
    323846314333443030303002434c55535445520144656661756c74436c757374
    657202544147530154616741)");
  EXPECT_EQ(encoded({.queue_id = 3,
                     .queue_offset = 5,
                     .physical_offset = 1000,
                     .born_timestamp = 1600000000000,
                     .born_host = HostAddress::v4({127, 0, 0, 1}, 50001),
                     .store_timestamp = 1600000000123,
                     .store_host = HostAddress::v4({127, 0, 0, 1}, 10911),
                     .body = "Hello RocketMQ",
                     .topic = "TopicTest",
                     .properties = "KEYS\1OrderID001\2UNIQ_KEY\1"
                                   "7F00000118B418B4AAC2328F1C3D0000\2",
                     .more_properties = "CLUSTER\1"
                                        "DefaultCluster\2TAGS\1TagA"}),
            bytes);
}

TEST(MessageRecord, joins_what_the_broker_adds_to_the_clients_properties) {
  MessageRecord record = hello_record();
  record.more_properties = "CLUSTER\1c";
  const std::string bytes = encoded(record);
  EXPECT_EQ(bytes.size(), hello_bytes().size() + 1 + record.more_properties.size());
  EXPECT_TRUE(bytes.ends_with("UNIQ_KEY\1C0A8010A0001\2CLUSTER\1c"));
  record.properties = {};
  EXPECT_EQ(decode_record(encoded(record)).record.properties(), record.more_properties);
}

TEST(MessageRecord, takes_the_host_bits_from_the_hosts) {
  MessageRecord record = hello_record();
  record.sys_flag = SysFlag(0x3A);
  EXPECT_EQ(decode_record(encoded(record)).record.sys_flag().bits(), 0x0A);
  record.born_host = HostAddress::v6({1}, 1);
  EXPECT_EQ(decode_record(encoded(record)).record.sys_flag().bits(), 0x1A);
  record.store_host = HostAddress::v6({2}, 2);
  EXPECT_EQ(decode_record(encoded(record)).record.sys_flag().bits(), 0x3A);
}

TEST(MessageRecord, grows_by_twelve_bytes_for_each_ipv6_host) {
  EXPECT_EQ(encoded_size({})->total(), 91u);
  EXPECT_EQ(encoded_size({.born_host = HostAddress::v6({}, 0)})->total(), 103u);
  EXPECT_EQ(encoded_size({.store_host = HostAddress::v6({}, 0)})->total(), 103u);
  EXPECT_EQ(
      encoded_size({.born_host = HostAddress::v6({}, 0), .store_host = HostAddress::v6({}, 0)})->total(),
      115u);
}

TEST(MessageRecord, refuses_a_topic_one_byte_too_long) {
  const std::string topic(32768, 't');
  const auto with_topic = [&](RecordVersion version, std::size_t size) {
    return encoded_size({.version = version, .topic = std::string_view(topic).substr(0, size)});
  };
  EXPECT_TRUE(with_topic(RecordVersion::v1, 127));
  EXPECT_EQ(with_topic(RecordVersion::v1, 128).error().str(), "topic length 128: at most 127");
  EXPECT_TRUE(with_topic(RecordVersion::v2, 32767));
  EXPECT_EQ(with_topic(RecordVersion::v2, 32768).error().str(), "topic length 32768: at most 32767");
}

TEST(MessageRecord, refuses_properties_one_byte_too_long) {
  const std::string half(16383, 'p');
  EXPECT_TRUE(encoded_size({.properties = half, .more_properties = half}))
      << "with the separator exactly the limit";
  const std::string more = half + "p";
  EXPECT_EQ(encoded_size({.properties = half, .more_properties = more}).error().str(),
            "properties length 32768: at most 32767");
}

TEST(MessageRecord, refuses_more_than_a_signed_size_can_say) {
  // Never read: only its size counts here.
  const std::string_view huge("", std::size_t{1} << 31);
  constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
  EXPECT_TRUE(encoded_size({.body = huge.substr(0, kMost - 91)}));
  EXPECT_EQ(encoded_size({.body = huge.substr(0, kMost - 90)}).error().str(),
            "total size 2147483648: at most 2147483647");
}

TEST(MessageRecord, refuses_memory_one_byte_too_small_and_leaves_it_alone) {
  std::string memory(132, '?');
  const auto size = encode_to(memory, hello_record());
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().str(), "record of size 133: the memory given holds 132");
  EXPECT_EQ(memory, std::string(132, '?'));
}

TEST(MessageRecord, can_be_written_around_a_body_that_stays_where_it_is) {
  const MessageRecord record = hello_record();
  const RecordSize size = encoded_size(record).value();
  std::string head(size.head, '?'), tail(size.tail, '?');
  encode_head_to(head.data(), record, size);
  encode_tail_to(tail.data(), record);
  EXPECT_EQ(head + std::string(record.body) + tail, hello_bytes());
}

TEST(MessageRecord, takes_the_stamps_of_the_store_after_it_was_encoded) {
  for (const bool v6 : {false, true}) {
    MessageRecord record = hello_record();
    if (v6) record.born_host = HostAddress::v6({1, 2, 3}, 4);
    MessageRecord blank = record;
    blank.queue_offset = blank.physical_offset = blank.store_timestamp = 0;
    std::string bytes = encoded(blank);
    stamp_queue_offset(bytes.data(), record.queue_offset);
    stamp_physical_offset(bytes.data(), record.physical_offset);
    stamp_store_timestamp(bytes.data(), record.store_timestamp);
    EXPECT_EQ(bytes, encoded(record));
  }
}

}  // namespace
}  // namespace gantry::remoting
