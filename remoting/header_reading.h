// The reading half of header_fields.h: finds a header's declared fields among those of a command and turns
// their text into members. Include header_fields.h instead.
#pragma once

#include "remoting/command.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

// What a declaration may say about a field besides its name and type.
struct FieldRule {
  std::string_view v2 = {};  // its name in the one-letter form; empty: it is no part of that form
  bool defaulted = false;    // may be absent: the member keeps its initial value
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

// Why a header could not be read. The views are the declaration's and the command's.
struct FieldError {
  enum class Kind : std::uint8_t { missing, not_an_integer, out_of_range, not_a_boolean };

  Kind kind{};
  std::string_view name;   // as the wire has it
  std::string_view alias;  // for a one-letter name: the long one
  std::string_view value;
  std::int64_t min = 0;
  std::int64_t max = 0;

  // For the remark of the answer: `header field queueId is "x", not an integer (from 0 to 65535)`.
  // Of a long value only the start is shown.
  std::string text() const;
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const FieldError& error, const boost::source_location& where);

namespace header_reading {

enum class Form : std::uint8_t { full, letters };

struct Ignore {
  constexpr void operator()(std::string_view /*name*/, const auto& /*member*/,
                            const FieldRule& /*rule*/ = {}) const {}
};

template <class H>
constexpr std::size_t field_count() {
  H header{};
  std::size_t count = 0;
  H::wire(header, [&count](std::string_view, auto&, const FieldRule& = {}) { ++count; });
  return count;
}

// The wire names in order of declaration; empty for a field that the form does not have.
template <class H, Form form>
constexpr auto field_names() {
  H header{};
  std::array<std::string_view, field_count<H>()> names;
  std::size_t i = 0;
  H::wire(header, [&](std::string_view name, auto&, const FieldRule& rule = {}) {
    names[i++] = form == Form::letters ? rule.v2 : name;
  });
  return names;
}

// Points found[i] at the last field called names[i]; the others are left as they are.
void locate(std::span<const Field> fields, std::span<const std::string_view> names, const Field** found);

enum class Parsed : std::uint8_t { ok, malformed, out_of_range };
Parsed parse(std::string_view text, std::int64_t min, std::int64_t max, std::int64_t& value);
Parsed parse(std::string_view text, bool& value);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

// Called for each declared field in order, with what locate() found.
template <Form form>
class Reader {
 public:
  explicit Reader(const Field* const* found) : next_(found) {}

  template <class T>
  constexpr void operator()(std::string_view name, T& member, const FieldRule& rule = {}) {
    const Field* const field = *next_++;
    if constexpr (form == Form::letters) {
      if (rule.v2.empty()) return;
    }
    if (failed_) return;
    if (field == nullptr) {
      if (!is_optional<T> && !rule.defaulted) fail({FieldError::Kind::missing, {}, {}, {}, 0, 0}, name, rule);
    } else if constexpr (is_optional<T>) {
      typename T::value_type value{};
      if (read(name, field->value, value, rule, true)) member = value;
    } else {
      read(name, field->value, member, rule, rule.defaulted);
    }
  }

  bool failed() const { return failed_; }
  const FieldError& error() const { return error_; }

 private:
  bool read(std::string_view, std::string_view text, std::string_view& member, const FieldRule&, bool) {
    member = text;
    return true;
  }

  bool read(std::string_view name, std::string_view text, bool& member, const FieldRule& rule,
            bool may_be_absent) {
    if (text.empty() && may_be_absent) return false;
    if (parse(text, member) == Parsed::ok) return true;
    return fail({FieldError::Kind::not_a_boolean, {}, {}, text, 0, 0}, name, rule);
  }

  template <std::signed_integral T>
  bool read(std::string_view name, std::string_view text, T& member, const FieldRule& rule,
            bool may_be_absent) {
    if (text.empty() && may_be_absent) return false;
    using Limits = std::numeric_limits<T>;
    const auto min = std::max<std::int64_t>(rule.min, Limits::min());
    const auto max = std::min<std::int64_t>(rule.max, Limits::max());
    std::int64_t value = 0;
    const Parsed parsed = parse(text, min, max, value);
    member = static_cast<T>(value);
    if (parsed == Parsed::ok) [[likely]]
      return true;
    const auto kind =
        parsed == Parsed::malformed ? FieldError::Kind::not_an_integer : FieldError::Kind::out_of_range;
    return fail({kind, {}, {}, text, min, max}, name, rule);
  }

  [[gnu::cold, gnu::noinline]] bool fail(FieldError error, std::string_view name, const FieldRule& rule) {
    error.name = form == Form::letters ? rule.v2 : name;
    if (form == Form::letters) error.alias = name;
    error_ = error;
    failed_ = true;
    return false;
  }

  const Field* const* next_;
  bool failed_ = false;
  FieldError error_;
};

template <class H, Form form>
boost::system::result<H, FieldError> read(std::span<const Field> fields) {
  static constexpr auto names = field_names<H, form>();
  std::array<const Field*, names.size()> found{};
  locate(fields, names, found.data());
  H header{};
  Reader<form> reader(found.data());
  H::wire(header, reader);
  if (reader.failed()) return reader.error();
  return header;
}

}  // namespace header_reading
}  // namespace gantry::remoting
