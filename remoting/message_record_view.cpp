#include "remoting/message_record_view.h"

#include "remoting/crc32.h"

namespace gantry::remoting {

// A record without its body, topic and properties.
constexpr std::size_t smallest_record(RecordVersion version, SysFlag flag) {
  return record_layout::body(flag) + record_layout::topic_length_size(version) + 2;
}
static_assert(smallest_record(RecordVersion::v1, SysFlag(0)) == 91);

// Fills in the answer where the caller wants it: decoding is a few loads, and copying it would cost as much.
class RecordDecoder {
 public:
  RecordDecoder(std::string_view bytes, DecodedRecord& out) : bytes_(bytes), out_(out) {}

  void decode(BodyCrc body_crc);

 private:
  using Outcome = DecodedRecord::Outcome;

  void end(Outcome outcome, std::size_t size);
  void damaged(RecordDefect defect, std::size_t at, std::int64_t value, std::int64_t bound);
  void decode_whole(std::size_t size, RecordVersion version);

  std::string_view bytes_;
  DecodedRecord& out_;
};

void RecordDecoder::end(Outcome outcome, std::size_t size) {
  out_.outcome = outcome;
  out_.size = size;
}

void RecordDecoder::damaged(RecordDefect defect, std::size_t at, std::int64_t value, std::int64_t bound) {
  end(Outcome::damaged, 0);
  out_.error = {defect, at, value, bound};
}

void RecordDecoder::decode(BodyCrc body_crc) {
  if (bytes_.size() < record_layout::kBlankSize) return end(Outcome::needs_more, record_layout::kBlankSize);
  const std::int32_t size = load_i32(bytes_.data() + record_layout::kTotalSize);
  const auto whole = static_cast<std::size_t>(size);
  const std::int32_t magic = load_i32(bytes_.data() + record_layout::kMagic);
  if (magic == record_layout::kBlankMagic) {
    constexpr auto kLeast = static_cast<std::int32_t>(record_layout::kBlankSize);
    if (size < kLeast) return damaged(RecordDefect::total_size, record_layout::kTotalSize, size, kLeast);
    return end(Outcome::blank, whole);
  }

  const RecordVersion version{magic};
  if (version != RecordVersion::v1 && version != RecordVersion::v2)
    return damaged(RecordDefect::magic, record_layout::kMagic, magic, 0);
  const auto least = static_cast<std::int64_t>(smallest_record(version, SysFlag(0)));
  if (size < least) return damaged(RecordDefect::total_size, record_layout::kTotalSize, size, least);
  if (bytes_.size() < whole) return end(Outcome::needs_more, whole);

  decode_whole(whole, version);
  const MessageRecordView& record = out_.record;
  if (body_crc == BodyCrc::checked && out_.outcome == Outcome::record && !record.body_crc_matches())
    damaged(RecordDefect::body_crc, record_layout::kBodyCrc, record.body_crc(), masked_crc32(record.body()));
}

// `size` bytes are there. `room` is what they leave for the parts whose length is not yet known.
void RecordDecoder::decode_whole(std::size_t size, RecordVersion version) {
  const char* begin = bytes_.data();
  const SysFlag flag(load_i32(begin + record_layout::kSysFlag));
  const auto total = static_cast<std::int64_t>(size);
  const auto least = static_cast<std::int64_t>(smallest_record(version, flag));
  std::int64_t room = total - least;
  if (room < 0) return damaged(RecordDefect::total_size, record_layout::kTotalSize, total, least);

  std::size_t at = record_layout::body_length(flag);
  const std::int64_t body = load_i32(begin + at);
  if (body < 0 || body > room) return damaged(RecordDefect::body_length, at, body, room);
  at += 4;
  MessageRecordView& record = out_.record;
  record.bytes_ = {begin, size};
  record.body_ = {begin + at, static_cast<std::size_t>(body)};
  at += record.body_.size();
  room -= body;

  const bool v1 = version == RecordVersion::v1;
  const std::int64_t topic = v1 ? load_big_endian<std::int8_t>(begin + at) : load_i16(begin + at);
  if (topic < 0 || topic > room) return damaged(RecordDefect::topic_length, at, topic, room);
  at += record_layout::topic_length_size(version);
  record.topic_ = {begin + at, static_cast<std::size_t>(topic)};
  at += record.topic_.size();
  room -= topic;

  const std::int64_t properties = load_i16(begin + at);
  if (properties < 0 || properties > room)
    return damaged(RecordDefect::properties_length, at, properties, room);
  at += 2;
  record.properties_ = {begin + at, static_cast<std::size_t>(properties)};
  at += record.properties_.size();
  room -= properties;

  if (room != 0) return damaged(RecordDefect::bytes_left_over, at, room, 0);
  end(Outcome::record, size);
}

DecodedRecord decode_record(std::string_view bytes, BodyCrc body_crc) {
  DecodedRecord decoded;
  RecordDecoder(bytes, decoded).decode(body_crc);
  return decoded;
}

bool MessageRecordView::body_crc_matches() const {
  return body_.empty() || body_crc() == masked_crc32(body_);
}

MessageRecord MessageRecordView::fields() const {
  return {.version = version(),
          .queue_id = queue_id(),
          .flag = flag(),
          .queue_offset = queue_offset(),
          .physical_offset = physical_offset(),
          .sys_flag = sys_flag(),
          .born_timestamp = born_timestamp(),
          .born_host = born_host(),
          .store_timestamp = store_timestamp(),
          .store_host = store_host(),
          .reconsume_times = reconsume_times(),
          .prepared_transaction_offset = prepared_transaction_offset(),
          .body = body_,
          .topic = topic_,
          .properties = properties_,
          .more_properties = {}};
}

std::optional<MessageRecordView> RecordWalker::next() {
  if (error_ || position_ == records_.size()) return std::nullopt;
  const std::string_view rest = records_.substr(position_);
  const DecodedRecord decoded = decode_record(rest, body_crc_);
  const auto size = static_cast<std::int64_t>(decoded.size);
  switch (decoded.outcome) {
    case DecodedRecord::Outcome::record:
      position_ += decoded.size;
      return decoded.record;
    case DecodedRecord::Outcome::blank:
      error_ = RecordError{RecordDefect::blank, position_, size, 0};
      break;
    case DecodedRecord::Outcome::needs_more:
      error_ = RecordError{RecordDefect::cut_off, position_, size, static_cast<std::int64_t>(rest.size())};
      break;
    case DecodedRecord::Outcome::damaged:
      error_ = decoded.error;
      error_->at += position_;
      break;
  }
  return std::nullopt;
}

}  // namespace gantry::remoting
