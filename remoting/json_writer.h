// Appends JSON to a buffer, without a single space: Go's client cuts route answers at commas and colons.
//
//   JsonWriter out(text);                 // std::string text;
//   out.begin_object();
//   out.key("code").number(105);
//   out.key("extFields").begin_object();
//   ...
//   out.end_object();
//   out.end_object();
//
// Commas and colons come by themselves. That begins and ends match is the caller's duty. Besides JSON it
// writes what fastjson readers expect of maps whose keys are not strings: bare numbers, and objects as keys
// (a value, then end_key()). Strings are escaped where JSON says so and otherwise copied as they are, UTF-8
// or not.
//
// The buffer is anything with append(const char*, std::size_t) and push_back(char). Never fails but for
// memory. Thread: one writer belongs to one call; nothing is shared.
#pragma once

#include "remoting/json_scan.h"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gantry::remoting {

// The escape of a character that JSON does not allow inside a string as it is.
class JsonEscape {
 public:
  explicit JsonEscape(char c);
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[6];
  std::uint8_t size_;
};

// The shortest decimal that reads back as the same double, always recognisable as one ("0.0"); null for what
// JSON cannot say (NaN, infinities), as fastjson does.
class JsonDouble {
 public:
  explicit JsonDouble(double number);
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[32];
  std::uint8_t size_;
};

template <typename Buffer>
class BasicJsonWriter {
 public:
  explicit BasicJsonWriter(Buffer& to) : to_(to) {}

  BasicJsonWriter& begin_object() { return begin('{'); }
  BasicJsonWriter& end_object() { return end('}'); }
  BasicJsonWriter& begin_array() { return begin('['); }
  BasicJsonWriter& end_array() { return end(']'); }

  BasicJsonWriter& key(std::string_view name) { return string(name).end_key(); }
  template <std::integral T>
  BasicJsonWriter& key(T number_key) {
    separate();
    to_.push_back('"');
    digits(number_key);
    to_.push_back('"');
    return end_key();
  }
  // Not JSON: {0:"a"}.
  template <std::integral T>
  BasicJsonWriter& bare_key(T number_key) {
    return number(number_key).end_key();
  }
  // What was written last is a key.
  BasicJsonWriter& end_key() {
    to_.push_back(':');
    comma_ = false;
    return *this;
  }

  BasicJsonWriter& string(std::string_view text) {
    separate();
    to_.push_back('"');
    const char* from = text.data();
    const char* const end = from + text.size();
    for (const char* stop; (stop = json_scan::find_to_escape(from, end)) != end; from = stop + 1) {
      append({from, stop});
      append(JsonEscape(*stop).text());
    }
    append({from, end});
    to_.push_back('"');
    return *this;
  }
  template <std::integral T>
  BasicJsonWriter& number(T value) {
    separate();
    digits(value);
    return *this;
  }
  BasicJsonWriter& number(double value) { return verbatim(JsonDouble(value).text()); }
  BasicJsonWriter& boolean(bool value) { return verbatim(value ? "true" : "false"); }
  BasicJsonWriter& null() { return verbatim("null"); }
  // A value that is JSON already.
  BasicJsonWriter& verbatim(std::string_view json) {
    separate();
    append(json);
    return *this;
  }

 private:
  void append(std::string_view text) { to_.append(text.data(), text.size()); }
  void separate() {
    if (comma_) to_.push_back(',');
    comma_ = true;
  }
  BasicJsonWriter& begin(char bracket) {
    separate();
    to_.push_back(bracket);
    comma_ = false;
    return *this;
  }
  BasicJsonWriter& end(char bracket) {
    to_.push_back(bracket);
    comma_ = true;
    return *this;
  }
  template <std::integral T>
  void digits(T value) {
    static_assert(!std::same_as<T, bool> && !std::same_as<T, char>, "write them with boolean() and string()");
    char text[24];
    const auto done = std::to_chars(text, text + sizeof text, value);
    append({text, done.ptr});
  }

  Buffer& to_;
  bool comma_ = false;  // what comes next needs one before it
};

using JsonWriter = BasicJsonWriter<std::string>;
extern template class BasicJsonWriter<std::string>;

}  // namespace gantry::remoting
