// Where a message stands. Three kinds of number that must not be mixed up, so each is a type.
#pragma once

#include <compare>
#include <cstdint>

namespace gantry::api {

// A position of one kind; the tag keeps the kinds apart.
template <class Kind>
struct Position {
  std::int64_t value = 0;

  auto operator<=>(const Position&) const = default;
  friend constexpr Position operator+(Position at, std::int64_t distance) { return {at.value + distance}; }
  friend constexpr std::int64_t operator-(Position to, Position from) { return to.value - from.value; }
};

using QueueOffset = Position<struct QueueOffsetKind>;  // the n-th message of a queue
using LogOffset = Position<struct LogOffsetKind>;      // a byte of the commit log: Apache's "physical offset"

enum class QueueId : std::int32_t {};
constexpr std::int32_t number(QueueId queue) {
  return static_cast<std::int32_t>(queue);
}

}  // namespace gantry::api
