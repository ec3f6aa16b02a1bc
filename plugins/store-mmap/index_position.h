// How far the key index is: which of its files is the current one, how many entries of it count, and the
// place in the commit log up to which messages have been indexed.
#pragma once

#include "kernel/api/positions.h"

#include <cstdint>
#include <string>

namespace gantry::store {

struct IndexPosition {
  std::string file{};      // its name, without the directory; empty: there is none yet
  std::int32_t count = 0;  // entries 1 to count
  api::LogOffset log{};    // everything before it is in the index

  bool operator==(const IndexPosition&) const = default;
};

}  // namespace gantry::store
