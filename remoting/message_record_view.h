// Reads message records (message_record.h has the format) where they lie: in a mapped log file, in the
// body of a pull response. Views point into the bytes they were made from and live as long as they do.
// No allocation, no copy, and no input that makes it read outside of what it was given. Any thread.
#pragma once

#include "remoting/byte_order.h"
#include "remoting/host_address.h"
#include "remoting/message_record.h"
#include "remoting/sys_flag.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

// One whole record, its lengths checked.
class MessageRecordView {
 public:
  std::string_view bytes() const { return bytes_; }  // all of the record

  RecordVersion version() const { return RecordVersion{i32(record_layout::kMagic)}; }
  std::int32_t body_crc() const { return i32(record_layout::kBodyCrc); }
  std::int32_t queue_id() const { return i32(record_layout::kQueueId); }
  std::int32_t flag() const { return i32(record_layout::kFlag); }
  std::int64_t queue_offset() const { return i64(record_layout::kQueueOffset); }
  std::int64_t physical_offset() const { return i64(record_layout::kPhysicalOffset); }
  SysFlag sys_flag() const { return SysFlag(i32(record_layout::kSysFlag)); }
  std::int64_t born_timestamp() const { return i64(record_layout::kBornTimestamp); }
  HostAddress born_host() const {
    return HostAddress::decode(bytes_.data() + record_layout::kBornHost, sys_flag().born_host_v6());
  }
  std::int64_t store_timestamp() const { return i64(record_layout::store_timestamp(sys_flag())); }
  HostAddress store_host() const {
    const SysFlag flag = sys_flag();
    return HostAddress::decode(bytes_.data() + record_layout::store_host(flag), flag.store_host_v6());
  }
  std::int32_t reconsume_times() const { return i32(record_layout::reconsume_times(sys_flag())); }
  std::int64_t prepared_transaction_offset() const {
    return i64(record_layout::prepared_transaction_offset(sys_flag()));
  }
  std::string_view body() const { return body_; }  // as stored: sys_flag() says whether it is compressed
  std::string_view topic() const { return topic_; }
  std::string_view properties() const { return properties_; }

  // True for an empty body, whose CRC field nobody ever checked.
  bool body_crc_matches() const;

  // Everything, to be encoded again with changes.
  MessageRecord fields() const;

 private:
  friend class RecordDecoder;

  std::int32_t i32(std::size_t at) const { return load_i32(bytes_.data() + at); }
  std::int64_t i64(std::size_t at) const { return load_i64(bytes_.data() + at); }

  std::string_view bytes_;
  std::string_view body_;
  std::string_view topic_;
  std::string_view properties_;
};

enum class BodyCrc { unchecked, checked };

struct DecodedRecord {
  enum class Outcome {
    record,      // `record` is set; the next one begins `size` bytes on
    blank,       // the rest of a log file, `size` bytes by its own account: they may lie past the input
    needs_more,  // right so far, but it takes `size` bytes at least: up to 2 GiB if a damaged length says so
    damaged,     // `error` says what is wrong, and where
  };

  Outcome outcome = Outcome::needs_more;
  std::size_t size = 0;
  MessageRecordView record{};
  RecordError error{};
};

// Decodes the record that `bytes` begin with; more may follow it.
DecodedRecord decode_record(std::string_view bytes, BodyCrc body_crc = BodyCrc::unchecked);

// Walks records laid end to end, as a pull body has them.
//
//   RecordWalker walker(body);
//   while (auto record = walker.next()) use(*record);
//   if (walker.error()) ...   // what came before it was fine and has been seen
class RecordWalker {
 public:
  explicit RecordWalker(std::string_view records, BodyCrc body_crc = BodyCrc::unchecked)
      : records_(records), body_crc_(body_crc) {}

  // nullopt at the end and, from then on, at the first defect.
  std::optional<MessageRecordView> next();

  // Its `at` counts from the first byte walked.
  const std::optional<RecordError>& error() const { return error_; }

  // Bytes walked so far, all of them whole records.
  std::size_t position() const { return position_; }

 private:
  std::string_view records_;
  std::size_t position_ = 0;
  BodyCrc body_crc_;
  std::optional<RecordError> error_;
};

}  // namespace gantry::remoting
