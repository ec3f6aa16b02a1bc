#include "plugins/store-mmap/look_behind.h"

#include "remoting/byte_order.h"
#include "remoting/message_record.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {
namespace {

namespace layout = remoting::record_layout;

constexpr std::int64_t kChunk = std::int64_t{256} << 10;
static_assert(kChunk % kSectorSize == 0);

std::string magic_bytes(std::int32_t magic) {
  std::string bytes(sizeof magic, '\0');
  remoting::store_i32(bytes.data(), magic);
  return bytes;
}

bool all_zeros(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::size_t find_bytes(std::string_view in, std::string_view what, std::size_t from) {
  const void* found = ::memmem(in.data() + from, in.size() - from, what.data(), what.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - in.data());
}

// Goes through the file from the sector that holds the bad place on, in chunks that overlap by one sector: so
// each sector and each head of a record lies whole in one of them.
class Looking {
 public:
  Looking(File& file, api::LogOffset file_start, std::int64_t file_size, std::int64_t bad)
      : file_(file),
        start_(file_start),
        size_(file_size),
        bad_(bad),
        scan_(file, file_start, file_size, true) {}

  IoResult<void> look();
  Behind behind(std::int64_t bad_end) const;

 private:
  IoResult<std::vector<std::int64_t>> chunks_with_data();
  IoResult<void> look_at(std::string_view chunk, std::int64_t at);
  void look_for_data(std::string_view chunk, std::int64_t at);
  void look_for_zero_sector(std::string_view chunk, std::int64_t at);
  IoResult<void> look_for_record(std::string_view chunk, std::int64_t at);
  IoResult<void> look_for_blank(std::string_view chunk, std::int64_t at);
  IoResult<void> try_at(std::int64_t place);
  bool lost_its_head() const;

  File& file_;
  const api::LogOffset start_;
  const std::int64_t size_;
  const std::int64_t bad_;
  LogScan scan_;
  std::int64_t zero_head_ = 0;   // bytes from the bad place to the end of its sector, when all are zeros
  std::int64_t written_to_ = 0;  // places in the file, like all that follow
  std::optional<std::int64_t> zero_sector_;
  std::optional<std::int64_t> valid_;
};

IoResult<void> Looking::look() {
  written_to_ = bad_;
  // All are found before the first is read: what the system reads ahead then counts as data, too.
  auto chunks = chunks_with_data();
  if (!chunks) return chunks.error();
  std::string buffer(static_cast<std::size_t>(kChunk), '\0');
  for (const std::int64_t at : *chunks) {
    const auto wanted = static_cast<std::size_t>(std::min(kChunk, size_ - at));
    auto read = file_.read(at, std::span(buffer).first(wanted));
    if (!read) return read.error();
    if (auto looked = look_at({buffer.data(), *read}, at); !looked) return looked;
    if (*read < wanted) break;
  }
  return {};
}

// What was never written is zeros and need not be read, but for the last of it: a record may begin there, and
// a lost sector end.
IoResult<std::vector<std::int64_t>> Looking::chunks_with_data() {
  std::vector<std::int64_t> chunks;
  for (std::int64_t at = bad_ / kSectorSize * kSectorSize; at < size_; at += kChunk - kSectorSize) {
    auto data = file_.next_data(at);
    if (!data) return data.error();
    if (*data >= size_) break;
    at = std::max(at, (*data / kSectorSize - 2) * kSectorSize);
    chunks.push_back(at);
    if (at + kChunk >= size_) break;
  }
  return chunks;
}

IoResult<void> Looking::look_at(std::string_view chunk, std::int64_t at) {
  look_for_zero_sector(chunk, at);
  if (all_zeros(chunk)) return {};
  look_for_data(chunk, at);
  if (auto looked = look_for_record(chunk, at); !looked) return looked;
  return look_for_blank(chunk, at);
}

void Looking::look_for_data(std::string_view chunk, std::int64_t at) {
  const std::size_t last = chunk.find_last_not_of('\0');
  if (last != std::string_view::npos)
    written_to_ = std::max(written_to_, at + static_cast<std::int64_t>(last) + 1);
}

void Looking::look_for_zero_sector(std::string_view chunk, std::int64_t at) {
  const auto length = static_cast<std::int64_t>(chunk.size());
  // The sector of the bad place itself: a record begins there, and it was never written again after the one
  // before it.
  if (at <= bad_ && bad_ % kSectorSize != 0) {
    const std::int64_t rest = std::min(kSectorSize - bad_ % kSectorSize, at + length - bad_);
    if (all_zeros(chunk.substr(static_cast<std::size_t>(bad_ - at), static_cast<std::size_t>(rest))))
      zero_head_ = rest;
  }
  for (std::int64_t i = 0; !zero_sector_ && i + kSectorSize <= length; i += kSectorSize) {
    const auto sector = chunk.substr(static_cast<std::size_t>(i), static_cast<std::size_t>(kSectorSize));
    if (at + i >= bad_ && all_zeros(sector)) zero_sector_ = at + i;
  }
}

IoResult<void> Looking::look_for_record(std::string_view chunk, std::int64_t at) {
  using remoting::RecordVersion;
  static const std::string v1 = magic_bytes(static_cast<std::int32_t>(RecordVersion::v1));
  static const std::string v2 = magic_bytes(static_cast<std::int32_t>(RecordVersion::v2));
  const std::string_view common = std::string_view(v1).substr(0, 3);
  for (std::size_t found = find_bytes(chunk, common, 0); found != std::string_view::npos;
       found = find_bytes(chunk, common, found + 1)) {
    if (found < layout::kMagic) continue;
    const std::string_view head = chunk.substr(found - layout::kMagic);
    if (head.size() < layout::kSysFlag) break;  // it is whole in the next chunk
    const std::string_view magic = head.substr(layout::kMagic, v1.size());
    const std::int64_t place = at + static_cast<std::int64_t>(found - layout::kMagic);
    const bool its_own = remoting::load_i64(head.data() + layout::kPhysicalOffset) == start_.value + place;
    if ((magic != v1 && magic != v2) || !its_own) continue;
    if (valid_ && *valid_ < place) break;
    if (auto tried = try_at(place); !tried) return tried;
  }
  return {};
}

IoResult<void> Looking::look_for_blank(std::string_view chunk, std::int64_t at) {
  static const std::string blank = magic_bytes(layout::kBlankMagic);
  for (std::size_t found = find_bytes(chunk, blank, 0); found != std::string_view::npos;
       found = find_bytes(chunk, blank, found + 1)) {
    if (found < layout::kMagic) continue;
    const std::int64_t place = at + static_cast<std::int64_t>(found - layout::kMagic);
    if (valid_ && *valid_ < place) break;
    const std::int32_t rest = remoting::load_i32(chunk.data() + found - layout::kMagic);
    if (rest != size_ - place) continue;
    if (auto tried = try_at(place); !tried) return tried;
  }
  return {};
}

IoResult<void> Looking::try_at(std::int64_t place) {
  if (place <= bad_) return {};
  scan_.seek(start_ + place);
  auto step = scan_.next();
  if (!step) return step.error();
  if (step->kind == LogScan::Kind::record || step->kind == LogScan::Kind::blank) valid_ = place;
  return {};
}

// A record begins with its size, of which the first bytes may be zeros anyway.
bool Looking::lost_its_head() const {
  constexpr std::int64_t kSizeBytes = 4;
  if (zero_head_ == 0) return false;
  if (zero_head_ >= kSizeBytes || !valid_) return true;
  return (*valid_ - bad_) >> (8 * (kSizeBytes - zero_head_)) != 0;
}

Behind Looking::behind(std::int64_t bad_end) const {
  std::int64_t end = bad_end > bad_ ? bad_end : std::max(written_to_, bad_);
  if (valid_) end = bad_end > bad_ ? std::min(end, *valid_) : *valid_;
  Behind behind;
  if (valid_) behind.next_valid = start_ + *valid_;
  behind.zero_sector = lost_its_head() || (zero_sector_ && *zero_sector_ < end);
  behind.only_zeros = written_to_ == bad_;
  behind.written_to = start_ + written_to_;
  return behind;
}

}  // namespace

IoResult<Behind> look_behind(File& file, api::LogOffset file_start, std::int64_t file_size,
                             const LogScan::Step& bad) {
  Looking looking(file, file_start, file_size, bad.at - file_start);
  if (auto looked = looking.look(); !looked) return looked.error();
  return looking.behind(bad.end - file_start);
}

bool may_lack_its_end(const remoting::MessageRecordView& record) {
  return record.topic().find('\0') != std::string_view::npos ||
         record.properties().find('\0') != std::string_view::npos;
}

}  // namespace gantry::store
