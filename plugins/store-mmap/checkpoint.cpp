#include "plugins/store-mmap/checkpoint.h"

#include "remoting/byte_order.h"
#include "remoting/crc32.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace gantry::store {
namespace {

using remoting::load_i32;
using remoting::load_i64;
using remoting::store_i32;
using remoting::store_i64;

constexpr std::int64_t kFileSize = 4096;
constexpr std::size_t kTimesSize = 24;

// Frozen: on disk.
constexpr std::size_t kSlotSize = 512;  // one sector: a power cut writes it whole or not at all
constexpr std::array<std::int64_t, 2> kSlotAt = {2048, 2560};
constexpr std::int64_t kMagic = 0x47414E5452594350;  // "GANTRYCP"
constexpr std::int32_t kVersion = 1;
constexpr std::int32_t kClean = 1;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kFlagsAt = 12;
constexpr std::size_t kSequenceAt = 16;
constexpr std::size_t kBeforeAt = 24;
constexpr std::size_t kTimesAt = 48;
constexpr std::size_t kQueuesToAt = 72;
constexpr std::size_t kFlushedToAt = 80;
constexpr std::size_t kIndexLogAt = 88;
constexpr std::size_t kIndexCountAt = 96;
constexpr std::size_t kNameSizeAt = 100;
constexpr std::size_t kNameAt = 104;
constexpr std::size_t kCrcAt = kSlotSize - 4;
constexpr std::size_t kLongestName = 255;
static_assert(kNameAt + kLongestName <= kCrcAt);
static_assert(kTimesAt == kBeforeAt + kTimesSize && kQueuesToAt == kTimesAt + kTimesSize);

CheckpointTimes decode_times(const char* from) {
  return {load_i64(from), load_i64(from + 8), load_i64(from + 16)};
}

void encode_times(char* to, const CheckpointTimes& times) {
  store_i64(to, times.log);
  store_i64(to + 8, times.queues);
  store_i64(to + 16, times.index);
}

std::int32_t slot_crc(std::string_view slot) {
  return static_cast<std::int32_t>(remoting::crc32(slot.substr(0, kCrcAt)));
}

bool all_zeros(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

std::string CheckpointFile::encode(const Slot& slot) {
  std::string bytes(kSlotSize, '\0');
  char* to = bytes.data();
  const Claims& claims = slot.claims;
  store_i64(to, kMagic);
  store_i32(to + kVersionAt, kVersion);
  store_i32(to + kFlagsAt, claims.clean ? kClean : 0);
  store_i64(to + kSequenceAt, slot.sequence);
  encode_times(to + kBeforeAt, slot.before);
  encode_times(to + kTimesAt, slot.times);
  store_i64(to + kQueuesToAt, claims.queues_to.value);
  store_i64(to + kFlushedToAt, claims.flushed_to.value);
  store_i64(to + kIndexLogAt, claims.index.log.value);
  store_i32(to + kIndexCountAt, claims.index.count);
  store_i32(to + kNameSizeAt, static_cast<std::int32_t>(claims.index.file.size()));
  claims.index.file.copy(to + kNameAt, kLongestName);
  store_i32(to + kCrcAt, slot_crc(bytes));
  return bytes;
}

std::optional<CheckpointFile::Slot> CheckpointFile::decode(std::string_view bytes) {
  const char* from = bytes.data();
  if (load_i64(from) != kMagic || load_i32(from + kVersionAt) != kVersion) return std::nullopt;
  if (load_i32(from + kCrcAt) != slot_crc(bytes)) return std::nullopt;
  const std::int32_t name_size = load_i32(from + kNameSizeAt);
  if (name_size < 0 || static_cast<std::size_t>(name_size) > kLongestName) return std::nullopt;
  return Slot{.sequence = load_i64(from + kSequenceAt),
              .before = decode_times(from + kBeforeAt),
              .times = decode_times(from + kTimesAt),
              .claims = {.queues_to = {load_i64(from + kQueuesToAt)},
                         .flushed_to = {load_i64(from + kFlushedToAt)},
                         .index = {.file = std::string(from + kNameAt, static_cast<std::size_t>(name_size)),
                                   .count = load_i32(from + kIndexCountAt),
                                   .log = {load_i64(from + kIndexLogAt)}},
                         .clean = (load_i32(from + kFlagsAt) & kClean) != 0}};
}

// A power cut between the two writes, or in the second one, leaves any of the three times old or new.
bool CheckpointFile::written_with(const CheckpointTimes& times, const Slot& slot) {
  const auto is_one_of = [](std::int64_t time, std::int64_t before, std::int64_t after) {
    return time == before || time == after;
  };
  return is_one_of(times.log, slot.before.log, slot.times.log) &&
         is_one_of(times.queues, slot.before.queues, slot.times.queues) &&
         is_one_of(times.index, slot.before.index, slot.times.index);
}

std::optional<std::size_t> CheckpointFile::current(const Content& content) {
  std::optional<std::size_t> newest;
  for (std::size_t i = 0; i < content.slots.size(); ++i) {
    const auto& slot = content.slots[i];
    if (!slot || !written_with(content.times, *slot)) continue;
    if (!newest || slot->sequence > content.slots[*newest]->sequence) newest = i;
  }
  return newest;
}

IoResult<CheckpointFile::Content> CheckpointFile::load() const {
  auto there = files_.exists(path_);
  if (!there) return there.error();
  Content content;
  if (!*there) {
    content.warning = path_.string() + " is missing: how far the store was written must be found out anew";
    return content;
  }
  auto file = files_.open(path_, FileSystem::Open::read);
  if (!file) return file.error();
  std::string bytes(kFileSize, '\0');
  auto read = (*file)->read(0, bytes);
  if (!read) return read.error();
  if (*read < bytes.size()) {
    content.warning = path_.string() + " is " + std::to_string(*read) + " bytes long instead of " +
                      std::to_string(kFileSize) + ": how far the store was written must be found out anew";
    return content;
  }
  content.times = decode_times(bytes.data());
  for (std::size_t i = 0; i < content.slots.size(); ++i) {
    const auto slot = std::string_view(bytes).substr(static_cast<std::size_t>(kSlotAt[i]), kSlotSize);
    content.slots[i] = decode(slot);
    if (!content.slots[i] && !all_zeros(slot)) content.damaged = true;
  }
  if (content.damaged)
    content.warning = path_.string() + " has a section at " + std::to_string(kSlotAt[0]) +
                      " that is damaged or of another version; what is left of it is used";
  return content;
}

IoResult<Checkpoint> CheckpointFile::read() {
  auto content = load();
  if (!content) return content.error();
  Checkpoint checkpoint{.times = content->times, .claims = {}, .warning = std::move(content->warning)};
  if (std::min({checkpoint.times.log, checkpoint.times.queues, checkpoint.times.index}) < 0)
    return Checkpoint{.warning = path_.string() + " has a time before 1970: it is damaged and is not used"};
  if (const auto now = current(*content)) {
    checkpoint.claims = std::move(content->slots[*now]->claims);
    if (content->damaged) checkpoint.claims->clean = false;
  } else if (content->slots[0] || content->slots[1]) {
    checkpoint.warning = path_.string() +
                         " was written by Apache's broker since this one last ran here, so only its times "
                         "are used";
  }
  return checkpoint;
}

IoResult<void> CheckpointFile::open_for_writing() {
  if (file_) return {};
  auto content = load();
  if (!content) return content.error();
  auto file = files_.open(path_, FileSystem::Open::create);
  if (!file) return file.error();
  auto size = (*file)->size();
  if (!size) return size.error();
  if (*size != kFileSize) {
    IoResult<void> done = *size < kFileSize ? (*file)->allocate(kFileSize) : (*file)->resize(kFileSize);
    if (done) done = sync(**file);
    if (!done) return done;
  }
  // Also when it was there: whoever made it may have stopped before its name was on the disk.
  if (auto synced = files_.sync_directory(path_.parent_path()); !synced) return synced;

  times_ = content->times;
  slot_ = current(*content).value_or(1);
  sequence_ = 0;
  for (const auto& slot : content->slots)
    if (slot) sequence_ = std::max(sequence_, slot->sequence);
  file_ = std::move(*file);
  return {};
}

IoResult<void> CheckpointFile::sync(File& file) {
  auto synced = file.sync();
  if (!synced) sync_failed_ = synced.error();
  return synced;
}

IoResult<void> CheckpointFile::write(const CheckpointTimes& times, const Claims& claims) {
  if (sync_failed_) return *sync_failed_;
  if (claims.index.file.size() > kLongestName)
    return IoError{ENAMETOOLONG, path_.string() + " has no room for the name of the index file " +
                                     claims.index.file + ": at most " + std::to_string(kLongestName) +
                                     " bytes"};
  if (auto opened = open_for_writing(); !opened) return opened;
  auto written = write_to_file(times, claims);
  if (!written) file_.reset();  // the next call looks at what is there
  return written;
}

IoResult<void> CheckpointFile::forget_claims() {
  auto content = load();
  if (!content) return content.error();
  if (!content->slots[0] && !content->slots[1] && !content->damaged) return {};
  if (auto opened = open_for_writing(); !opened) return opened;
  static constexpr std::array<char, kSlotSize> kEmpty{};
  IoResult<void> done;
  for (const std::int64_t at : kSlotAt) {
    if (done) done = file_->write(at, std::string_view(kEmpty.data(), kEmpty.size()));
  }
  if (done) done = sync(*file_);
  file_.reset();  // the next call looks at what is there
  return done;
}

IoResult<void> CheckpointFile::write_to_file(const CheckpointTimes& times, const Claims& claims) {
  const std::size_t next = 1 - slot_;
  const std::string slot =
      encode({.sequence = sequence_ + 1, .before = times_, .times = times, .claims = claims});
  if (auto written = file_->write(kSlotAt[next], slot); !written) return written;
  if (auto synced = sync(*file_); !synced) return synced;
  slot_ = next;
  ++sequence_;

  if (times == times_) return {};
  std::array<char, kTimesSize> bytes{};
  encode_times(bytes.data(), times);
  if (auto written = file_->write(0, std::string_view(bytes.data(), bytes.size())); !written) return written;
  if (auto synced = sync(*file_); !synced) return synced;
  times_ = times;
  return {};
}

}  // namespace gantry::store
