// Where the fields of decoded headers lie: one contiguous span for each header, at an address that stays
// while further headers are decoded, until clear(). A reader of a connection decodes a burst, hands it on,
// and clears.
//
// Memory comes in chunks that are kept for the next burst, up to kKeptFields; in steady state nothing is
// allocated. An arena that was never used owns nothing.
//
// Thread: one arena belongs to one reader.
#pragma once

#include "remoting/command.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace gantry::remoting {

class FieldArena {
 public:
  static constexpr std::size_t kMaxFieldsPerHeader = 256;
  static constexpr std::size_t kKeptFields = 8192;

  // Starts a header. One that was begun and not finished is forgotten.
  void begin() { count_ = 0; }

  // False, and nothing added, when the header has kMaxFieldsPerHeader already.
  bool add(std::string_view name, std::string_view value) {
    if (free_ == count_) [[unlikely]] {
      if (!grow()) return false;
    }
    start_[count_++] = {name, value};
    return true;
  }

  // The fields added since begin().
  std::span<const Field> finish() {
    const std::span<const Field> fields(start_, count_);
    start_ += count_;
    free_ -= count_;
    count_ = 0;
    return fields;
  }

  // All spans given out become invalid.
  void clear();

 private:
  static constexpr std::size_t kChunk = kMaxFieldsPerHeader;

  bool grow();

  std::vector<std::unique_ptr<Field[]>> chunks_;
  std::size_t used_ = 0;    // chunks given out of, the last of them in part
  Field* start_ = nullptr;  // of the header being added to
  std::size_t count_ = 0;   // its fields so far
  std::size_t free_ = 0;    // from start_ to the end of the chunk
};

}  // namespace gantry::remoting
