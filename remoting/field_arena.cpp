#include "remoting/field_arena.h"

#include <algorithm>

namespace gantry::remoting {

// A header that meets the end of a chunk moves to the next one, which is as large as the largest header.
bool FieldArena::grow() {
  if (count_ == kMaxFieldsPerHeader) return false;
  if (used_ == chunks_.size()) chunks_.push_back(std::make_unique_for_overwrite<Field[]>(kChunk));
  Field* const chunk = chunks_[used_++].get();
  std::copy_n(start_, count_, chunk);
  start_ = chunk;
  free_ = kChunk;
  return true;
}

void FieldArena::clear() {
  if (chunks_.size() > kKeptFields / kChunk) chunks_.resize(kKeptFields / kChunk);
  used_ = 0;
  start_ = nullptr;
  count_ = 0;
  free_ = 0;
}

}  // namespace gantry::remoting
