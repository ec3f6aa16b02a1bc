// What of json_reader.h the compiler is to see through: the few calls of which a header has hundreds. Include
// json_reader.h instead.
#pragma once

#include "remoting/json_reader.h"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gantry::remoting {

constexpr std::string_view integer_of_size(std::size_t bytes, bool is_signed) {
  if (bytes == 8) return is_signed ? "a 64-bit integer" : "an unsigned 64-bit integer";
  if (bytes == 4) return is_signed ? "a 32-bit integer" : "an unsigned 32-bit integer";
  if (bytes == 2) return is_signed ? "a 16-bit integer" : "an unsigned 16-bit integer";
  return is_signed ? "an 8-bit integer" : "an unsigned 8-bit integer";
}

inline char JsonReader::look() {
  while (at_ != end_) {
    const char c = *at_;
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c;
    ++at_;
  }
  return 0;
}

inline bool JsonReader::leave() {
  ++at_;
  ++depth_left_;
  first_ = false;
  return false;
}

inline const char* JsonReader::string_end(const char* from, char quote) {
  return quote == '"' ? marks_.next(from, end_) : json_scan::find_single_quote_or_escape(from, end_);
}

// Inlined by force: a call for each string is a tenth of what reading a header costs.
[[gnu::always_inline]] inline bool JsonReader::quoted(std::string_view& text) {
  char* const start = at_ + 1;
  char* const stop = start + (string_end(start, '"') - start);
  if (stop == end_ || *stop != '"') [[unlikely]]
    return unescaped('"', stop, text);
  text = {start, stop};
  at_ = stop + 1;
  return true;
}

inline bool JsonReader::next_member(std::string_view& key) {
  char c = look();
  if (!first_ && c == ',') {
    ++at_;
    c = look();
  } else if (c == '}') {
    return leave();
  } else if (!first_) {
    return fail("`,` or `}`");
  }
  first_ = false;
  if (!(c == '"' ? quoted(key) : unusual_key(c, key))) return false;
  if (look() != ':') return fail("`:`");
  ++at_;
  return true;
}

// Nearly all are written alike: `"key":"value"`, and a comma before all but the first.
inline bool JsonReader::next_member(std::string_view& key, JsonScalar& value) {
  char* const begin = at_ + (first_ ? 0 : 1);
  if (end_ - at_ > 2 && *begin == '"' && (first_ || *at_ == ',')) [[likely]] {
    const char* const stop = string_end(begin + 1, '"');
    if (end_ - stop > 3 && std::memcmp(stop, R"(":")", 3) == 0) [[likely]] {
      key = {begin + 1, stop};
      at_ += stop + 2 - at_;
      first_ = false;
      value.kind = JsonKind::string;
      return quoted(value.text);
    }
  }
  return next_member(key) && scalar(value);
}

inline bool JsonReader::string(std::string_view& text) {
  const char c = look();
  if (c == '"') [[likely]]
    return quoted(text);
  if (c == '\'') return unescaped(c, at_ + 1, text);
  return fail("a string");
}

inline bool JsonReader::scalar(JsonScalar& value) {
  const char c = look();
  if (c != '"') return unusual_scalar(c, value);
  value.kind = JsonKind::string;
  return quoted(value.text);
}

// Digits and nothing else, as nearly all numbers are. False: nothing is consumed, number() knows more.
inline bool JsonReader::plain_number(std::int64_t& value) {
  constexpr std::ptrdiff_t kMostDigits = 18;  // cannot overflow
  char* at = at_;
  const bool negative = at != end_ && *at == '-';
  if (negative) ++at;
  const char* const first = at;
  std::int64_t magnitude = 0;
  for (; at != end_; ++at) {
    const unsigned digit = static_cast<unsigned char>(*at) - unsigned{'0'};
    if (digit > 9) break;
    if (at - first == kMostDigits) return false;
    magnitude = magnitude * 10 + digit;
  }
  if (at == first || (*first == '0' && at - first > 1)) return false;
  if (at != end_ && (*at == '.' || *at == 'e' || *at == 'E')) return false;
  at_ = at;
  value = negative ? -magnitude : magnitude;
  return true;
}

template <std::integral T>
bool JsonReader::integer(T& number_out) {
  static_assert(!std::same_as<T, bool> && !std::same_as<T, char>);
  constexpr std::string_view kExpected = integer_of_size(sizeof(T), std::is_signed_v<T>);
  const char c = look();
  char* const begin = at_;
  if (std::int64_t value = 0; plain_number(value)) [[likely]] {
    if (std::in_range<T>(value)) {
      number_out = static_cast<T>(value);
      return true;
    }
    return fail(kExpected, {begin, at_});
  }
  std::string_view text;
  if (c == '-' || (c >= '0' && c <= '9')) {
    if (!number(text)) return false;
  } else if (c == '"' || c == '\'') {
    if (!string(text)) return false;
  } else {
    return fail(kExpected);
  }
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number_out);
  if (error != std::errc{} || rest != end) return fail(kExpected, text);
  return true;
}

}  // namespace gantry::remoting
