#include "remoting/json_decoder.h"

#include "remoting/json_codec.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace gantry::remoting {

bool JsonDecoder::count_element() {
  if (elements_left_ == 0) return in.fail("no more elements than the limit");
  --elements_left_;
  return true;
}

bool JsonDecoder::skip_null() {
  return in.peek() == JsonKind::null && in.skip_value();
}

bool JsonDecoder::failed_in(std::string_view name) {
  if (!path_.empty() && path_.front() != '[') path_.insert(0, 1, '.');
  path_.insert(0, printable(name));
  return false;
}

bool JsonDecoder::failed_at(std::size_t index) {
  return failed_in("[" + std::to_string(index) + "]");
}

JsonResult<void> JsonDecoder::finish() {
  if (in.finish()) return {};
  JsonError error = in.error();
  error.path = std::move(path_);
  return error;
}

namespace json_detail {
namespace {

// The member called `name`. Members mostly come in the order in which they are declared, so the search starts
// where the last one ended.
const JsonField* find_field(JsonFields fields, std::string_view name, std::size_t& next) {
  for (std::size_t tried = 0; tried < fields.size(); ++tried, ++next) {
    if (next >= fields.size()) next = 0;
    if (fields[next].name == name) return &fields[next++];
  }
  return nullptr;
}

// fastjson does not look at the case of enum names, so some clients do not either.
bool same_but_for_case(std::string_view name, std::string_view text) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::equal(name.begin(), name.end(), text.begin(), text.end(),
                    [upper](char a, char b) { return a == upper(b); });
}

// All of `text` as an integer within the range; nothing else is one.
bool parse_integer(std::string_view text, std::int64_t& number, const IntegerRange& range) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end && number >= range.least && number <= range.most;
}

}  // namespace

bool read_members(JsonDecoder& from, void* to, JsonFields fields) {
  std::size_t next = 0;
  from.in.enter_object();
  for (std::string_view name; from.in.next_member(name);) {
    const JsonField* const field = find_field(fields, name, next);
    if (field == nullptr || from.in.peek() == JsonKind::null) {
      from.in.skip_value();
    } else if (!field->read(from, to)) {
      return from.failed_in(field->name);
    }
  }
  return from.in.ok();
}

bool read_text(JsonDecoder& from, std::string& to) {
  JsonScalar value;
  if (!from.in.scalar(value)) return false;
  to = value.text;
  return true;
}

bool read_bool(JsonDecoder& from, bool& to) {
  JsonScalar value;
  if (!from.in.scalar(value)) return false;
  if (value.text == "true" || value.text == "1") {
    to = true;
  } else if (value.text == "false" || value.text == "0") {
    to = false;
  } else if (!value.text.empty()) {
    return from.in.fail("true or false", value.text);
  }
  return true;
}

bool read_double(JsonDecoder& from, double& to) {
  JsonScalar value;
  if (!from.in.scalar(value)) return false;
  if (value.text.empty()) return true;
  const char* const end = value.text.data() + value.text.size();
  double number = 0;
  const auto [rest, error] = std::from_chars(value.text.data(), end, number);
  // "inf" and "nan" are numbers to from_chars, but have no JSON to be written in.
  if (error != std::errc{} || rest != end || !std::isfinite(number))
    return from.in.fail("a number", value.text);
  to = number;
  return true;
}

bool read_integer(JsonDecoder& from, std::int64_t& to, const IntegerRange& range) {
  JsonScalar value;
  if (!from.in.scalar(value)) return false;
  std::int64_t number = 0;
  if (value.text.empty()) return true;
  if (!parse_integer(value.text, number, range)) return from.in.fail(range.expected, value.text);
  to = number;
  return true;
}

bool read_ordinal(JsonDecoder& from, std::int64_t& to, const JsonEnum& of) {
  JsonScalar value;
  if (!from.in.scalar(value)) return false;
  if (value.text.empty()) return true;
  std::int64_t ordinal = 0;
  for (const auto name : of.names) {
    if (same_but_for_case(name, value.text)) break;
    ++ordinal;
  }
  const auto count = static_cast<std::int64_t>(of.names.size());
  if (ordinal == count && !parse_integer(value.text, ordinal, {0, count - 1, {}}))
    return from.in.fail(of.expected, value.text);
  to = ordinal;
  return true;
}

bool read_integer_key(JsonDecoder& from, std::string_view text, std::int64_t& key,
                      const IntegerRange& range) {
  return parse_integer(text, key, range) || from.in.fail(range.expected, text);
}

bool read_struct_key(JsonDecoder& from, std::string_view text, void* key, JsonFields fields) {
  JsonReader outer = from.in;
  from.in = outer.inside(text);
  if (read_members(from, key, fields)) from.in.finish();
  outer.take_failure(from.in);
  from.in = outer;
  return from.in.ok();
}

}  // namespace json_detail
}  // namespace gantry::remoting
