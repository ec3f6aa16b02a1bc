#include "remoting/message_record.h"

#include "remoting/crc32.h"
#include "remoting/message_properties.h"

#include <array>
#include <cstdio>
#include <limits>
#include <stdexcept>

#include <boost/throw_exception.hpp>

namespace gantry::remoting {
namespace {

using boost::system::result;

constexpr std::size_t max_topic_size(RecordVersion version) {
  return version == RecordVersion::v1 ? 127 : 32767;
}

// The flag as it is written: the families of the hosts decide its host bits, never the other way round.
SysFlag written_flag(const MessageRecord& record) {
  return record.sys_flag.with(SysFlag::kBornHostV6, record.born_host.is_v6())
      .with(SysFlag::kStoreHostV6, record.store_host.is_v6());
}

RecordError too_large(RecordDefect defect, std::size_t size, std::size_t most) {
  return {defect, RecordError::kNowhere, static_cast<std::int64_t>(size), static_cast<std::int64_t>(most)};
}

std::string_view thing(RecordDefect defect) {
  switch (defect) {
    case RecordDefect::total_size:
      return "total size ";
    case RecordDefect::magic:
      return "magic number ";
    case RecordDefect::body_length:
      return "body length ";
    case RecordDefect::topic_length:
      return "topic length ";
    case RecordDefect::properties_length:
      return "properties length ";
    case RecordDefect::bytes_left_over:
      return "bytes after the properties: ";
    case RecordDefect::body_crc:
      return "body CRC ";
    case RecordDefect::cut_off:
      return "record of size ";
    case RecordDefect::blank:
      return "blank of size ";
    case RecordDefect::no_room:
      return "record of size ";
  }
  return "";
}

std::string hex(std::int64_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08X", static_cast<unsigned>(value));
  return text.data();
}

}  // namespace

result<RecordSize, RecordError> encoded_size(const MessageRecord& record) {
  if (const auto most = max_topic_size(record.version); record.topic.size() > most)
    return too_large(RecordDefect::topic_length, record.topic.size(), most);
  const std::size_t properties = joined_size(record.properties, record.more_properties);
  if (properties > kMaxPropertiesSize)
    return too_large(RecordDefect::properties_length, properties, kMaxPropertiesSize);

  const RecordSize size{
      .head = record_layout::body(written_flag(record)),
      .body = record.body.size(),
      .tail = record_layout::topic_length_size(record.version) + record.topic.size() + 2 + properties};
  constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
  if (size.total() > kMost) return too_large(RecordDefect::total_size, size.total(), kMost);
  return size;
}

void encode_head_to(char* to, const MessageRecord& record, const RecordSize& size) {
  namespace layout = record_layout;
  const SysFlag flag = written_flag(record);
  store_i32(to + layout::kTotalSize, static_cast<std::int32_t>(size.total()));
  store_i32(to + layout::kMagic, static_cast<std::int32_t>(record.version));
  store_i32(to + layout::kBodyCrc, masked_crc32(record.body));
  store_i32(to + layout::kQueueId, record.queue_id);
  store_i32(to + layout::kFlag, record.flag);
  stamp_queue_offset(to, record.queue_offset);
  stamp_physical_offset(to, record.physical_offset);
  store_i32(to + layout::kSysFlag, flag.bits());
  store_i64(to + layout::kBornTimestamp, record.born_timestamp);
  record.born_host.encode_to(to + layout::kBornHost);
  store_i64(to + layout::store_timestamp(flag), record.store_timestamp);
  record.store_host.encode_to(to + layout::store_host(flag));
  store_i32(to + layout::reconsume_times(flag), record.reconsume_times);
  store_i64(to + layout::prepared_transaction_offset(flag), record.prepared_transaction_offset);
  store_i32(to + layout::body_length(flag), static_cast<std::int32_t>(record.body.size()));
}

void encode_tail_to(char* to, const MessageRecord& record) {
  if (record.version == RecordVersion::v1) {
    *to++ = static_cast<char>(record.topic.size());
  } else {
    store_i16(to, static_cast<std::int16_t>(record.topic.size()));
    to += 2;
  }
  to += record.topic.copy(to, record.topic.size());
  const std::size_t properties = joined_size(record.properties, record.more_properties);
  store_i16(to, static_cast<std::int16_t>(properties));
  join_to(to + 2, record.properties, record.more_properties);
}

result<RecordSize, RecordError> encode_to(std::span<char> to, const MessageRecord& record) {
  const auto size = encoded_size(record);
  if (!size) return size;
  if (size->total() > to.size()) return too_large(RecordDefect::no_room, size->total(), to.size());
  encode_head_to(to.data(), record, *size);
  char* const body = to.data() + size->head;
  encode_tail_to(body + record.body.copy(body, size->body), record);
  return size;
}

std::string RecordError::str() const {
  const bool is_bits = defect == RecordDefect::magic || defect == RecordDefect::body_crc;
  std::string text(thing(defect));
  text += is_bits ? hex(value) : std::to_string(value);
  if (at != kNowhere) text += " at byte " + std::to_string(at);
  text += ": ";
  const std::string right = std::to_string(bound);
  switch (defect) {
    case RecordDefect::total_size:
      return text + (at == kNowhere ? "at most " + right : right + " or more would be a record");
    case RecordDefect::magic:
      return text + "neither of a record (0xDAA320A7, 0xDAA320AB) nor of a blank (0xCBD43194)";
    case RecordDefect::body_length:
    case RecordDefect::topic_length:
    case RecordDefect::properties_length:
      return text + (at == kNowhere ? "at most " + right : "0 to " + right + " would fit");
    case RecordDefect::bytes_left_over:
      return text + "the record's total size should end there";
    case RecordDefect::body_crc:
      return text + "the body has " + hex(bound);
    case RecordDefect::cut_off:
      return text + "only " + right + " bytes are there";
    case RecordDefect::blank:
      return text + "only records may stand here";
    case RecordDefect::no_room:
      return text + "the memory given holds " + right;
  }
  return text;
}

void throw_exception_from_error(const RecordError& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.str()), where);
}

}  // namespace gantry::remoting
