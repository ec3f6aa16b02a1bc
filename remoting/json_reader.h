// Reads one JSON text from front to back, in place: command headers and bodies of the protocol.
//
//   JsonReader in(text);
//   std::string_view key;
//   in.enter_object();
//   while (in.next_member(key)) {
//     if (key == "code") in.integer(code);
//     else in.skip_value();
//   }
//   if (!in.finish()) return in.error();
//
// It reads what fastjson writes and what fastjson's users got away with: besides JSON also keys without
// quotes ({0:"a",name:1}), objects as keys ({{"queueId":0}:8}), and single quotes. Trailing commas and
// comments are errors.
//
// Nothing is allocated: strings are unescaped where they stand, and the views handed out live as long as the
// text does. The text is spoilt for a second reading. Bytes of strings are passed on as they are, whether
// UTF-8 or not; a \u escape that is half of a surrogate pair becomes U+FFFD.
//
// Failure sticks: from the first error on every call gives false and consumes nothing, so a loop like the one
// above ends by itself and one check at the end is enough. The depth is limited here, the length by the
// caller.
//
// Thread: one reader belongs to one call; nothing is shared.
#pragma once

#include "remoting/json_error.h"
#include "remoting/json_scan.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gantry::remoting {

enum class JsonKind : std::uint8_t { none, null, boolean, number, string, object, array };

// A value that is neither object nor array. The text of a string is unescaped; of the others, as it was
// written.
struct JsonScalar {
  JsonKind kind = JsonKind::none;
  std::string_view text;
};

class JsonReader {
 public:
  static constexpr unsigned kDefaultDepth = 32;

  explicit JsonReader(std::span<char> text, unsigned max_depth = kDefaultDepth)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()), depth_left_(max_depth) {}

  // What comes next, by its first byte; `none` when that cannot start a value.
  JsonKind peek();

  bool enter_object() { return enter('{', "an object"); }
  // The next member's key; its value must be read or skipped before the next call. False at the object's end.
  // A key may be text, a bare word or number, or an object: then it is that object's text, for inside().
  bool next_member(std::string_view& key);

  // The same with its value, for objects whose values are neither objects nor arrays.
  bool next_member(std::string_view& key, JsonScalar& value);

  bool enter_array() { return enter('[', "an array"); }
  // True: an element follows, to be read or skipped before the next call. False at the array's end.
  bool next_element();

  bool string(std::string_view& text);
  bool scalar(JsonScalar& value);
  // A number, or a string that holds one: "3" is 3. Out of range is an error.
  template <std::integral T>
  bool integer(T& number);
  bool skip_value();

  // True when nothing failed and nothing but space is left. Call it once, at the end.
  bool finish();

  // A reader of a part that was handed out and holds JSON itself: an object as key, or a string with a JSON
  // text. Its offsets are those of the whole text. What it failed on, take_failure() makes this reader's
  // failure.
  JsonReader inside(std::string_view part) const;
  bool take_failure(const JsonReader& inside);

  bool ok() const { return expected_.empty(); }
  JsonError error() const;
  // For the caller's own rules: what is expected is static text, `found` part of what was handed out, or what
  // comes next. Always false.
  [[gnu::cold]] bool fail(std::string_view expected, std::string_view found);
  [[gnu::cold]] bool fail(std::string_view expected);

 private:
  char look();  // at the next byte that is not space; 0 at the end
  bool enter(char bracket, std::string_view what);
  bool leave();
  const char* string_end(const char* from, char quote);  // or its first escape
  bool quoted(std::string_view& text);
  [[gnu::noinline]] bool unescaped(char quote, const char* first_escape, std::string_view& text);
  [[gnu::noinline]] bool unusual_key(char first, std::string_view& key);
  [[gnu::noinline]] bool unusual_scalar(char first, JsonScalar& value);
  bool plain_number(std::int64_t& value);
  bool number(std::string_view& text);
  bool literal(std::string_view word, JsonKind kind, JsonScalar& value);
  bool skip_string(char quote);
  bool skip_key();
  bool skip_object();
  bool skip_array();

  char* begin_;
  char* at_;
  char* end_;
  json_scan::Marks marks_;
  unsigned depth_left_;
  bool first_ = false;         // entered just now: no comma before the first member or element
  std::string_view expected_;  // not empty: failed
  std::string_view found_;
};

}  // namespace gantry::remoting

#include "remoting/json_reader_inlined.h"
