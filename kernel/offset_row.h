// How far one group has consumed one topic, all queues: one entry of the metadata.
//
// Key: "group@topic", which no name can hold. Value, bytes: the generation, then for each queue, ascending,
// how far its number is past the one before it and its offset; all of them varints (7 bits a byte, low ones
// first). Frozen: on disk, and replicated.
//
// The generation tells an offset that went back on purpose from one that is merely old. It grows over the
// whole table with each reset and with each forgetting; a row has the one at which it was made or last reset.
// Of two rows the one with the higher generation is right; of the same generation each queue's higher offset.
#pragma once

#include "kernel/api/refusal.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::kernel {

struct OffsetRow {
  std::uint64_t generation = 0;
  std::vector<std::pair<std::int32_t, std::int64_t>> queues{};  // ascending; neither number is negative

  bool operator==(const OffsetRow&) const = default;

  // nullptr: nothing was committed for that queue.
  const std::int64_t* find(std::int32_t queue) const;
  // `back`: it would have gone back, and stands where it was.
  enum class Moved : std::uint8_t { back, nowhere, forward };
  Moved advance(std::int32_t queue, std::int64_t offset);
  void set(std::int32_t queue, std::int64_t offset);
  // What is right of this one and `other`.
  void merge(const OffsetRow& other);
};

void append_offset_row(std::string& to, const OffsetRow& row);
api::Result<OffsetRow> read_offset_row(std::string_view key, std::string_view bytes);

struct OffsetKey {
  std::string_view group;
  std::string_view topic;
};
std::string offset_key(std::string_view group, std::string_view topic);
// The key without a group or a topic, "", is the generation's own: split_offset_key() refuses it.
api::Result<OffsetKey> split_offset_key(std::string_view key);

}  // namespace gantry::kernel
