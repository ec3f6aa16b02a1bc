// One entry of a consume queue: where a message lies, and what of it a filter may judge first.
//   i64 log offset   i32 size   i64 tags code
// Frozen: on disk.
#pragma once

#include "kernel/api/positions.h"
#include "remoting/byte_order.h"
#include "remoting/sys_flag.h"

#include <cstddef>
#include <cstdint>

namespace gantry::store {

// Half and rolled back messages, as very old brokers wrote them, are in the log and in no queue.
constexpr bool in_a_queue(remoting::SysFlag flag) {
  const auto part = flag.transaction_type();
  return part == remoting::TransactionType::none || part == remoting::TransactionType::commit;
}

struct QueueEntry {
  api::LogOffset at;
  std::int32_t size = 0;
  std::int64_t tags_code = 0;  // the tag's hash, or for a delayed message when it is due

  static constexpr std::size_t kSize = 20;
  // What stands before the first entry of a queue that does not begin at 0: {0, 0x7FFFFFFF, 0}.
  static constexpr std::int32_t kFillerSize = 0x7FFFFFFF;

  // More than this a queue cannot number: each takes kSize bytes of files that are named by their place.
  static constexpr std::int64_t kMostEntries = (std::int64_t{1} << 62) / static_cast<std::int64_t>(kSize);

  api::LogOffset end() const { return at + size; }
  // Unwritten space reads as zeros, which are none; and what no log can hold was never written, either.
  bool written() const { return at.value >= 0 && at.value <= kFarthest && size > 0; }
  bool filler() const { return at.value == 0 && size == kFillerSize; }

  static QueueEntry decode(const char* bytes) {
    return {{remoting::load_i64(bytes)}, remoting::load_i32(bytes + 8), remoting::load_i64(bytes + 12)};
  }
  void encode(char* to) const {
    remoting::store_i64(to, at.value);
    remoting::store_i32(to + 8, size);
    remoting::store_i64(to + 12, tags_code);
  }
  bool operator==(const QueueEntry&) const = default;

 private:
  static constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
};

}  // namespace gantry::store
