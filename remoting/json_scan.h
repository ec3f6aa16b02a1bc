// Finding the few bytes that matter inside JSON strings, eight at a time.
// Called by JsonReader and JsonWriter for every string; pure functions over [from, end).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace gantry::remoting::json_scan {

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighs = 0x8080808080808080;

// The high bit of each byte that is below `limit` (at most 0x80). A borrow can also mark a byte above a
// marked one, never below it, so the lowest mark is exact, and only that is used.
inline std::uint64_t bytes_below(std::uint64_t word, std::uint8_t limit) {
  return (word - kOnes * limit) & ~word & kHighs;
}

inline std::uint64_t bytes_equal(std::uint64_t word, char wanted) {
  return bytes_below(word ^ (kOnes * static_cast<unsigned char>(wanted)), 1);
}

inline bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

// The first byte for which `one` holds; `eight` says the same of a word, as marks. `end` when there is none.
template <typename Eight, typename One>
inline const char* find(const char* from, const char* end, Eight eight, One one) {
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - from >= 8; from += 8) {
      std::uint64_t word;
      std::memcpy(&word, from, 8);
      if (const auto marks = eight(word)) return from + (std::countr_zero(marks) >> 3);
    }
  }
  while (from != end && !one(*from)) ++from;
  return from;
}

// Where a string that began with `quote` ends or first has an escape.
inline const char* find_quote_or_escape(const char* from, const char* end, char quote) {
  return find(
      from, end, [quote](std::uint64_t w) { return bytes_equal(w, quote) | bytes_equal(w, '\\'); },
      [quote](char c) { return c == quote || c == '\\'; });
}

// The first byte that a string may hold only as an escape.
inline const char* find_to_escape(const char* from, const char* end) {
  return find(
      from, end,
      [](std::uint64_t w) { return bytes_equal(w, '"') | bytes_equal(w, '\\') | bytes_below(w, 0x20); },
      [](char c) { return c == '"' || c == '\\' || is_control(c); });
}

}  // namespace gantry::remoting::json_scan
