#include "plugins/store-mmap/log_scan.h"

#include "plugins/store-mmap/queue_entry.h"
#include "remoting/byte_order.h"
#include "remoting/crc32.h"
#include "remoting/message_record.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>
#include <span>
#include <utility>

namespace gantry::store {
namespace {

namespace layout = remoting::record_layout;
using remoting::DecodedRecord;
using remoting::RecordVersion;
using remoting::SysFlag;

constexpr std::size_t kChunk = std::size_t{256} << 10;  // stays in the second-level cache
constexpr std::size_t kPage = 4096;
constexpr std::size_t kLargestHead = layout::body(SysFlag(SysFlag::kBornHostV6 | SysFlag::kStoreHostV6));
constexpr auto kBlankSize = static_cast<std::int64_t>(layout::kBlankSize);

std::string number_text(std::integral auto value) {
  return std::to_string(value);
}

bool has_record_magic(std::string_view bytes) {
  if (bytes.size() < layout::kBlankSize) return false;
  const RecordVersion version{remoting::load_i32(bytes.data() + layout::kMagic)};
  return version == RecordVersion::v1 || version == RecordVersion::v2;
}

}  // namespace

LogScan::LogScan(File& file, api::LogOffset file_start, std::int64_t file_size, bool check_crc, Moved moved)
    : file_(file),
      start_(file_start),
      size_(file_size),
      check_crc_(check_crc),
      moved_(moved),
      buffer_(std::make_unique_for_overwrite<char[]>(kChunk)),
      room_(kChunk) {
}

void LogScan::seek(api::LogOffset to) {
  position_ = std::clamp<std::int64_t>(to - start_, 0, size_);
}

std::string_view LogScan::buffered() const {
  const std::int64_t at = position_ - from_;
  if (at < 0 || at > static_cast<std::int64_t>(filled_)) return {};
  return {buffer_.get() + at, filled_ - static_cast<std::size_t>(at)};
}

// Brings the bytes from the position on: `least` of them, or more, or fewer where the file ends.
IoResult<void> LogScan::fill(std::size_t least) {
  const std::string_view kept = buffered();
  if (least > room_) {
    auto larger = std::make_unique_for_overwrite<char[]>(least);
    kept.copy(larger.get(), kept.size());
    buffer_ = std::move(larger);
    room_ = least;
  } else if (!kept.empty()) {
    std::memmove(buffer_.get(), kept.data(), kept.size());
  }
  from_ = position_;
  filled_ = kept.size();

  const auto rest = static_cast<std::size_t>(size_ - position_);
  const std::size_t goal = std::min(std::max(least, kChunk), rest);
  if (goal <= filled_) return {};
  const auto at = from_ + static_cast<std::int64_t>(filled_);
  auto read = file_.read(at, {buffer_.get() + filled_, goal - filled_});
  if (!read) return fill_up_to_bad_page(least, goal);
  filled_ += *read;
  return {};
}

// A chunk could not be read, but the record in question may lie before the bad place.
IoResult<void> LogScan::fill_up_to_bad_page(std::size_t least, std::size_t goal) {
  while (filled_ < goal) {
    const std::int64_t at = from_ + static_cast<std::int64_t>(filled_);
    const std::size_t piece = std::min(kPage - static_cast<std::size_t>(at) % kPage, goal - filled_);
    auto read = file_.read(at, {buffer_.get() + filled_, piece});
    if (!read) return filled_ >= least ? IoResult<void>() : read.error();
    filled_ += *read;
    if (*read < piece) break;
  }
  return {};
}

IoResult<LogScan::Step> LogScan::next() {
  const std::int64_t rest = size_ - position_;
  if (rest <= 0) return Step{.kind = Kind::end_of_file, .at = position(), .end = position()};
  for (;;) {
    const std::string_view bytes = buffered();
    const DecodedRecord decoded = remoting::decode_record(bytes);
    if (decoded.outcome != DecodedRecord::Outcome::needs_more) return judge(decoded, rest);

    if (!fits(static_cast<std::int64_t>(decoded.size), rest)) return bad(does_not_fit(bytes, rest));
    std::size_t least = decoded.size;
    if (least > kChunk && bytes.size() < kLargestHead) {
      least = kLargestHead;
    } else if (least > kChunk) {
      // Before a damaged length is believed and as much memory taken.
      auto right = lengths_add_up(bytes, least);
      if (!right) return right.error();
      if (*right == Lengths::wrong)
        return bad("total size " + number_text(static_cast<std::int64_t>(least)) +
                       " at byte 0: its parts do not add up to it",
                   static_cast<std::int64_t>(least));
    }
    if (auto filled = fill(least); !filled) return filled.error();
    if (buffered().size() < least)
      return bad("the file ends " + number_text(static_cast<std::int64_t>(buffered().size())) +
                 " bytes behind its beginning");
  }
}

bool LogScan::fits(std::int64_t size, std::int64_t rest) {
  return size == kBlankSize ? size <= rest : size + kBlankSize <= rest;
}

std::string LogScan::does_not_fit(std::string_view bytes, std::int64_t rest) {
  if (rest < kBlankSize)
    return number_text(rest) + " bytes are left in the file: at least " + number_text(kBlankSize) +
           " always are, for a blank";
  return "total size " + number_text(remoting::load_i32(bytes.data())) + " at byte 0: at most " +
         number_text(rest - kBlankSize) + " would fit into the file with a blank behind it";
}

LogScan::Step LogScan::judge(const DecodedRecord& decoded, std::int64_t rest) {
  const auto size = static_cast<std::int64_t>(decoded.size);
  if (decoded.outcome == DecodedRecord::Outcome::damaged) {
    const std::string_view bytes = buffered();
    const std::int64_t claimed = has_record_magic(bytes) ? remoting::load_i32(bytes.data()) : 0;
    return bad(decoded.error.str(), fits(claimed, rest) ? claimed : 0);
  }
  if (decoded.outcome == DecodedRecord::Outcome::blank) {
    if (size != rest)
      return bad("blank of size " + number_text(size) + ": " + number_text(rest) +
                 " bytes are left in the file");
    const Step blank{.kind = Kind::blank, .at = position(), .end = position() + size};
    position_ = size_;
    return blank;
  }
  if (!fits(size, rest)) return bad(does_not_fit(buffered(), rest));

  const remoting::MessageRecordView& record = decoded.record;
  Step step{.kind = Kind::record, .at = position(), .end = position() + size, .record = record};
  if (moved_ == Moved::refused && record.physical_offset() != step.at.value) {
    step.kind = Kind::bad;
    why_ = "physical offset " + number_text(record.physical_offset()) + " at byte " +
           number_text(layout::kPhysicalOffset) + ": it lies at " + number_text(step.at.value);
  } else if (record.queue_offset() < 0 || record.queue_offset() >= QueueEntry::kMostEntries) {
    step.kind = Kind::bad;
    why_ = "queue offset " + number_text(record.queue_offset()) + " at byte " +
           number_text(layout::kQueueOffset) + ": no queue gets there";
  } else if (check_crc_ && !record.body_crc_matches()) {
    step.kind = Kind::bad;
    why_ = remoting::RecordError{remoting::RecordDefect::body_crc, layout::kBodyCrc, record.body_crc(),
                                 remoting::masked_crc32(record.body())}
               .str();
  } else {
    position_ += size;
  }
  return step;
}

LogScan::Step LogScan::bad(std::string why, std::int64_t size) {
  why_ = std::move(why);
  return {.kind = Kind::bad, .at = position(), .end = position() + size};
}

// For a record too large for the buffer: reads only its lengths, where they must be.
IoResult<LogScan::Lengths> LogScan::lengths_add_up(std::string_view head, std::size_t size) {
  const RecordVersion version{remoting::load_i32(head.data() + layout::kMagic)};
  const SysFlag flag(remoting::load_i32(head.data() + layout::kSysFlag));
  const auto total = static_cast<std::int64_t>(size);
  const auto length_size = static_cast<std::int64_t>(layout::topic_length_size(version));
  std::int64_t at = static_cast<std::int64_t>(layout::body(flag));
  const std::int64_t body = remoting::load_i32(head.data() + layout::body_length(flag));
  if (body < 0 || body > total - at - length_size) return Lengths::wrong;
  at += body;

  std::array<char, 2> bytes{};
  if (auto read = file_.read(position_ + at, std::span(bytes).first(layout::topic_length_size(version)));
      !read)
    return read.error();
  const std::int64_t topic = version == RecordVersion::v1
                                 ? remoting::load_big_endian<std::int8_t>(bytes.data())
                                 : remoting::load_i16(bytes.data());
  at += length_size;
  if (topic < 0 || topic > total - at - 2) return Lengths::wrong;
  at += topic;

  if (auto read = file_.read(position_ + at, bytes); !read) return read.error();
  const std::int64_t properties = remoting::load_i16(bytes.data());
  return properties >= 0 && at + 2 + properties == total ? Lengths::right : Lengths::wrong;
}

}  // namespace gantry::store
