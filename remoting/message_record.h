// The message record: one message as the commit log, pull bodies and query bodies hold it.
// This file writes records; message_record_view.h reads them.
//
// Encoding allocates nothing: ask encoded_size(), bring that much memory, encode. The store fills queue
// offset, physical offset and store time into the encoded record under its append lock, with the stamp_
// functions. Any thread; nothing here keeps state.
//
//   i32 total size   i32 magic   i32 body CRC   i32 queue id   i32 flag   i64 queue offset
//   i64 physical offset   i32 system flag   i64 born time   4|16 + i32 born host   i64 store time
//   4|16 + i32 store host   i32 reconsume times   i64 prepared transaction offset
//   i32 + body   u8 (V1) or i16 (V2) + topic   i16 + properties
#pragma once

#include "remoting/byte_order.h"
#include "remoting/host_address.h"
#include "remoting/sys_flag.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

// The magic number says how the topic's length is written. Frozen: on the wire and on disk.
enum class RecordVersion : std::int32_t {
  v1 = -626843481,  // 0xDAA320A7: one byte, read as signed by Java, so at most 127
  v2 = -626843477,  // 0xDAA320AB: two bytes; only 5.x brokers write it, for topics over 127 bytes
};

// Where fields stand. Frozen: on the wire and on disk.
namespace record_layout {
inline constexpr std::int32_t kBlankMagic = -875286124;  // 0xCBD43194: the rest of a log file is unused
inline constexpr std::size_t kBlankSize = 8;             // what of a blank is written: its size, the magic
inline constexpr std::size_t kTotalSize = 0;
inline constexpr std::size_t kMagic = 4;
inline constexpr std::size_t kBodyCrc = 8;
inline constexpr std::size_t kQueueId = 12;
inline constexpr std::size_t kFlag = 16;
inline constexpr std::size_t kQueueOffset = 20;
inline constexpr std::size_t kPhysicalOffset = 28;
inline constexpr std::size_t kSysFlag = 36;
inline constexpr std::size_t kBornTimestamp = 40;
inline constexpr std::size_t kBornHost = 48;

// The rest depends on the hosts' families, and so on the record's system flag.
constexpr std::size_t store_timestamp(SysFlag flag) {
  return kBornHost + HostAddress::encoded_size(flag.born_host_v6());
}
constexpr std::size_t store_host(SysFlag flag) {
  return store_timestamp(flag) + 8;
}
constexpr std::size_t reconsume_times(SysFlag flag) {
  return store_host(flag) + HostAddress::encoded_size(flag.store_host_v6());
}
constexpr std::size_t prepared_transaction_offset(SysFlag flag) {
  return reconsume_times(flag) + 4;
}
constexpr std::size_t body_length(SysFlag flag) {
  return prepared_transaction_offset(flag) + 8;
}
constexpr std::size_t body(SysFlag flag) {
  return body_length(flag) + 4;
}
static_assert(body(SysFlag(0x00)) == 88 && body(SysFlag(0x30)) == 112, "Apache's readers count on it");

constexpr std::size_t topic_length_size(RecordVersion version) {
  return version == RecordVersion::v1 ? 1 : 2;
}
}  // namespace record_layout

// A record's contents, to be encoded: designated initializers name what matters.
// The views are the caller's.
struct MessageRecord {
  RecordVersion version = RecordVersion::v1;
  std::int32_t queue_id = 0;
  std::int32_t flag = 0;  // the application's own
  std::int64_t queue_offset = 0;
  std::int64_t physical_offset = 0;
  SysFlag sys_flag{};               // its two host bits are set from the hosts when encoding
  std::int64_t born_timestamp = 0;  // ms, as all times of the protocol
  HostAddress born_host{};
  std::int64_t store_timestamp = 0;
  HostAddress store_host{};
  std::int32_t reconsume_times = 0;
  std::int64_t prepared_transaction_offset = 0;  // of the half message, on committed ones
  std::string_view body{};                       // its CRC is computed when encoding
  std::string_view topic{};
  std::string_view properties{};
  std::string_view more_properties{};  // joined to the others: what a broker adds without copying theirs
};

enum class RecordDefect {
  total_size,         // too small for a record, or when encoding too large
  magic,              // neither a record nor a blank; zeros are what unwritten log space looks like
  body_length,        // negative or past the end; so are the next two, or when encoding too large
  topic_length,       //
  properties_length,  //
  bytes_left_over,    // the total size says more than the parts add up to
  body_crc,           // only when asked for
  cut_off,            // RecordWalker: the last record is not all there
  blank,              // RecordWalker: a blank between records, where only records may be
  no_room,            // encoding: the memory brought is too small
};

struct RecordError {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  RecordDefect defect{};
  std::size_t at = kNowhere;  // the byte, counted from where decoding began; kNowhere when encoding
  std::int64_t value = 0;     // what stands there
  std::int64_t bound = 0;     // what would be right: the least, the most or the only value

  std::string str() const;  // "body length 70000 at byte 84: 0 to 45 would fit"
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const RecordError& error, const boost::source_location& where);

// The three parts of an encoded record; their sum fits an i32.
struct RecordSize {
  std::size_t head = 0;  // up to and with the body's length
  std::size_t body = 0;
  std::size_t tail = 0;  // topic and properties

  std::size_t total() const { return head + body + tail; }
};

// Errors: a topic longer than 127 bytes (V1) or 32767 (V2), properties that are together longer than 32767,
// a record of 2 GiB or more. Limits below these are the caller's policy.
boost::system::result<RecordSize, RecordError> encoded_size(const MessageRecord& record);

// Writes the record to the front of `to`; the size says how much. Errors: those of encoded_size(), no_room.
boost::system::result<RecordSize, RecordError> encode_to(std::span<char> to, const MessageRecord& record);

// For a gathered write, which takes a large body from where it lies: head and tail alone, into size.head
// and size.tail bytes. `size` comes from encoded_size() of the same record.
void encode_head_to(char* to, const MessageRecord& record, const RecordSize& size);
void encode_tail_to(char* to, const MessageRecord& record);

// `record` is an encoded record, or its head.
inline void stamp_queue_offset(char* record, std::int64_t value) {
  store_i64(record + record_layout::kQueueOffset, value);
}
inline void stamp_physical_offset(char* record, std::int64_t value) {
  store_i64(record + record_layout::kPhysicalOffset, value);
}
inline void stamp_store_timestamp(char* record, std::int64_t value) {
  const SysFlag flag(load_i32(record + record_layout::kSysFlag));
  store_i64(record + record_layout::store_timestamp(flag), value);
}

}  // namespace gantry::remoting
