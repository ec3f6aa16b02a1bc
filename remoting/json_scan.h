// Finding the few bytes that matter inside JSON strings, many at a time.
// Called by JsonReader and JsonWriter for every string. Any thread; nothing is shared.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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
    const auto look = [&](const char* at) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      return eight(word);
    };
    if (end - from >= 8) {
      const char* const last = end - 8;
      for (; from < last; from += 8) {
        if (const auto marks = look(from)) return from + (std::countr_zero(marks) >> 3);
      }
      // Overlaps what was looked at, where nothing was.
      const auto marks = look(last);
      return marks == 0 ? end : last + (std::countr_zero(marks) >> 3);
    }
  }
  while (from != end && !one(*from)) ++from;
  return from;
}

// Where a string between single quotes ends or first has an escape.
inline const char* find_single_quote_or_escape(const char* from, const char* end) {
  return find(
      from, end, [](std::uint64_t w) { return bytes_equal(w, '\'') | bytes_equal(w, '\\'); },
      [](char c) { return c == '\'' || c == '\\'; });
}

inline constexpr std::size_t kBlock = 64;

// A bit for each byte of a block that is a double quote or a backslash, the lowest for the first byte.
inline std::uint64_t quotes_and_escapes_by_words(const char* block) {
  constexpr std::uint64_t kLows = ~kHighs;
  const auto exactly = [](std::uint64_t word, char wanted) {  // without bytes_below()'s borrow
    const std::uint64_t zeros = word ^ (kOnes * static_cast<unsigned char>(wanted));
    return ~(((zeros & kLows) + kLows) | zeros | kLows);
  };
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kBlock; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, block + i, 8);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    const std::uint64_t marks = exactly(word, '"') | exactly(word, '\\');
    bits |= ((marks >> 7) * 0x0102040810204080 >> 56) << i;  // the product gathers them in its highest byte
  }
  return bits;
}

inline std::uint64_t quotes_and_escapes(const char* block) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i escape = _mm_set1_epi8('\\');
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kBlock; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, escape));
    bits |= std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(marks))} << i;
  }
  return bits;
#else
  return quotes_and_escapes_by_words(block);
#endif
}

// The double quotes and backslashes of one text. They are found a block at a time, and the next string finds
// its own there: a header is many short strings, and looking for the end of each alone makes each wait for
// the one before it.
class Marks {
 public:
  // The first one in [from, end); `end` when there is none. `end` is the text's, the same in all calls, and
  // what lies behind `from` does not change between them.
  const char* next(const char* from, const char* end) {
    while (from != end) {
      std::uintptr_t into = place(from) - block_;
      if (into >= kBlock) {
        find_in(from, end);
        into = 0;
      }
      if (const auto bits = bits_ >> into) return from + std::countr_zero(bits);
      const std::size_t left = kBlock - into;
      if (static_cast<std::size_t>(end - from) <= left) return end;
      from += left;
    }
    return end;
  }

 private:
  static std::uintptr_t place(const char* at) { return reinterpret_cast<std::uintptr_t>(at); }

  [[gnu::noinline]] void find_in(const char* from, const char* end) {
    block_ = place(from);
    const auto size = static_cast<std::size_t>(end - from);
    if (size >= kBlock) {
      bits_ = quotes_and_escapes(from);
      return;
    }
    std::array<char, kBlock> last{};
    std::memcpy(last.data(), from, size);
    bits_ = quotes_and_escapes(last.data());
  }

  std::uintptr_t block_ = 0;  // 0: none yet; no text lies in the first bytes of memory
  std::uint64_t bits_ = 0;
};

// The first byte that a string may hold only as an escape.
inline const char* find_to_escape(const char* from, const char* end) {
  return find(
      from, end,
      [](std::uint64_t w) { return bytes_equal(w, '"') | bytes_equal(w, '\\') | bytes_below(w, 0x20); },
      [](char c) { return c == '"' || c == '\\' || is_control(c); });
}

}  // namespace gantry::remoting::json_scan
