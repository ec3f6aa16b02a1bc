#include "remoting/json_reader.h"

#include <array>
#include <cstring>

namespace gantry::remoting {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// What keys without quotes are made of: names and numbers, of whatever script.
bool is_bare(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '$' || c == '.' || c == '+' || static_cast<unsigned char>(c) >= 0x80;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The number in `digits` hexadecimal digits, or -1.
int hex(const char* from, const char* end, int digits) {
  if (end - from < digits) return -1;
  int value = 0;
  for (int i = 0; i < digits; ++i) {
    const int digit = hex_digit(from[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

// One escape: the character it stands for, and its length in the text with the backslash; 0 when it is none.
struct Escape {
  std::uint32_t character = 0;
  int length = 0;
};

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr int kUnicodeEscape = 6;  // \uXXXX

Escape unicode_escape(const char* at, const char* end) {
  const int unit = hex(at + 2, end, 4);
  if (unit < 0) return {};
  if (unit < 0xD800 || unit > 0xDFFF) return {static_cast<std::uint32_t>(unit), kUnicodeEscape};
  if (unit <= 0xDBFF && end - at >= 2 * kUnicodeEscape && at[6] == '\\' && at[7] == 'u') {
    const int low = hex(at + 8, end, 4);
    if (low >= 0xDC00 && low <= 0xDFFF)
      return {0x10000U + (static_cast<std::uint32_t>(unit - 0xD800) << 10) +
                  static_cast<std::uint32_t>(low - 0xDC00),
              2 * kUnicodeEscape};
  }
  return {kReplacement, kUnicodeEscape};
}

// \u0001 and \u0002, by which clients separate properties: several in each message. 0: it is something else.
char separator(const char* at, const char* end) {
  if (end - at < kUnicodeEscape || std::memcmp(at, R"(\u000)", 5) != 0) return 0;
  const char digit = at[kUnicodeEscape - 1];
  return digit == '1' || digit == '2' ? static_cast<char>(digit - '0') : '\0';
}

// Beyond JSON's own: what fastjson also reads, and for some control characters wrote: \v, \0 to \7, \x1F, \'.
Escape read_escape(const char* at, const char* end) {
  if (end - at < 2) return {};
  const char c = at[1];
  switch (c) {
    case '"':
    case '\'':
    case '\\':
    case '/':
      return {static_cast<unsigned char>(c), 2};
    case 'b':
      return {'\b', 2};
    case 't':
      return {'\t', 2};
    case 'n':
      return {'\n', 2};
    case 'v':
      return {'\v', 2};
    case 'f':
      return {'\f', 2};
    case 'r':
      return {'\r', 2};
    case 'u':
      return unicode_escape(at, end);
    case 'x': {
      const int value = hex(at + 2, end, 2);
      return value < 0 ? Escape{} : Escape{static_cast<std::uint32_t>(value), 4};
    }
    default:
      return c >= '0' && c <= '7' ? Escape{static_cast<std::uint32_t>(c - '0'), 2} : Escape{};
  }
}

// Never longer than the escape that it replaces, which is why strings can be unescaped where they stand.
char* put_utf8(char* to, std::uint32_t c) {
  const auto put = [&to](std::uint32_t byte) { *to++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
  return to;
}

}  // namespace

JsonKind JsonReader::peek() {
  const char c = look();
  switch (c) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
    case '\'':
      return JsonKind::string;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      return c == '-' || is_digit(c) ? JsonKind::number : JsonKind::none;
  }
}

bool JsonReader::enter(char bracket, std::string_view what) {
  if (look() != bracket) return fail(what);
  if (depth_left_ == 0) return fail("no deeper nesting");
  --depth_left_;
  ++at_;
  first_ = true;
  return true;
}

bool JsonReader::next_element() {
  const char c = look();
  if (c == ']') return leave();
  if (!first_) {
    if (c != ',') return fail("`,` or `]`");
    ++at_;
  }
  first_ = false;
  return ok();
}

// From the first escape on: what follows moves to the left over it.
bool JsonReader::unescaped(char quote, const char* first_escape, std::string_view& text) {
  char* const start = at_ + 1;
  char* from = start + (first_escape - start);
  char* to = from;
  for (;;) {
    char* const stop = from + (string_end(from, quote) - from);
    if (to != from) std::memmove(to, from, static_cast<std::size_t>(stop - from));
    to += stop - from;
    at_ = stop;
    if (stop == end_) return fail("the end of a string");
    if (*stop == quote) break;
    if (const char character = separator(stop, end_)) [[likely]] {
      *to++ = character;
      from = stop + kUnicodeEscape;
      continue;
    }
    const auto [character, length] = read_escape(stop, end_);
    if (length == 0) return fail("an escape that JSON has");
    to = put_utf8(to, character);
    from = stop + length;
  }
  ++at_;
  text = {start, to};
  return true;
}

bool JsonReader::unusual_key(char first, std::string_view& key) {
  if (first == '\'') return unescaped(first, at_ + 1, key);
  const char* const start = at_;
  if (first == '{') {
    if (!skip_object()) return false;
    first_ = false;
  } else {
    while (at_ != end_ && is_bare(*at_)) ++at_;
    if (at_ == start) return fail("a key");
  }
  key = {start, at_};
  return true;
}

bool JsonReader::number(std::string_view& text) {
  const char* const start = at_;
  if (at_ != end_ && *at_ == '-') ++at_;
  const auto digits = [this] {
    const char* const from = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != from;
  };
  const char* const whole = at_;
  if (!digits()) return fail("a digit");
  if (*whole == '0' && at_ - whole > 1) return fail("a number without leading zeros", {whole, at_});
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!digits()) return fail("a digit");
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return fail("a digit");
  }
  text = {start, at_};
  return true;
}

bool JsonReader::literal(std::string_view word, JsonKind kind, JsonScalar& value) {
  value = {kind, {at_, static_cast<std::size_t>(end_ - at_)}};
  value.text = value.text.substr(0, word.size());
  if (value.text != word) return fail("a value");
  at_ += word.size();
  return true;
}

bool JsonReader::unusual_scalar(char first, JsonScalar& value) {
  switch (first) {
    case 'n':
      return literal("null", JsonKind::null, value);
    case 't':
      return literal("true", JsonKind::boolean, value);
    case 'f':
      return literal("false", JsonKind::boolean, value);
    case '\'':
      value.kind = JsonKind::string;
      return unescaped(first, at_ + 1, value.text);
    case '{':
    case '[':
      return fail("a string, a number, true, false or null");
    default:
      if (first != '-' && !is_digit(first)) return fail("a value");
      value.kind = JsonKind::number;
      return number(value.text);
  }
}

// Skipping checks all that reading would, but leaves the text as it is: a key that is an object is skipped
// first and read afterwards.
bool JsonReader::skip_string(char quote) {
  ++at_;
  for (;;) {
    at_ += string_end(at_, quote) - at_;
    if (at_ == end_) return fail("the end of a string");
    if (*at_ == quote) break;
    const int length = read_escape(at_, end_).length;
    if (length == 0) return fail("an escape that JSON has");
    at_ += length;
  }
  ++at_;
  return true;
}

bool JsonReader::skip_key() {
  const char c = look();
  std::string_view key;
  return c == '"' || c == '\'' ? skip_string(c) : unusual_key(c, key);
}

bool JsonReader::skip_object() {
  if (!enter_object()) return false;
  for (char c = look(); c != '}'; c = look()) {
    if (!first_) {
      if (c != ',') return fail("`,` or `}`");
      ++at_;
    }
    if (!skip_key()) return false;
    if (look() != ':') return fail("`:`");
    ++at_;
    if (!skip_value()) return false;
    first_ = false;
  }
  leave();
  return true;
}

bool JsonReader::skip_array() {
  if (!enter_array()) return false;
  while (next_element())
    if (!skip_value()) return false;
  return ok();
}

bool JsonReader::skip_value() {
  const char c = look();
  JsonScalar value;
  switch (c) {
    case '{':
      return skip_object();
    case '[':
      return skip_array();
    case '"':
    case '\'':
      return skip_string(c);
    default:
      return unusual_scalar(c, value);
  }
}

bool JsonReader::finish() {
  look();
  return at_ == end_ ? ok() : fail("the end of the text");
}

JsonReader JsonReader::inside(std::string_view part) const {
  JsonReader inner(*this);
  inner.marks_ = {};  // unescaping has moved the part
  inner.at_ = begin_ + (part.data() - begin_);
  inner.end_ = inner.at_ + part.size();
  return inner;
}

bool JsonReader::take_failure(const JsonReader& inside) {
  return inside.ok() ? ok() : fail(inside.expected_, inside.found_);
}

bool JsonReader::fail(std::string_view expected) {
  return fail(expected, {at_, end_});
}

bool JsonReader::fail(std::string_view expected, std::string_view found) {
  if (!ok()) return false;
  expected_ = expected;
  found_ = found;
  at_ = end_;
  return false;
}

JsonError JsonReader::error() const {
  return {static_cast<std::size_t>(found_.data() - begin_), expected_, printable(found_), {}};
}

}  // namespace gantry::remoting
