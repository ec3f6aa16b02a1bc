#include "remoting/header_reading.h"

#include "remoting/quoted.h"

#include <charconv>
#include <cstring>
#include <stdexcept>

namespace gantry::remoting {
namespace {

// Names differ early or in length, so one byte spares most calls of memcmp; one-letter names need none.
bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && !a.empty() && a.front() == b.front() &&
         (a.size() == 1 || std::memcmp(a.data() + 1, b.data() + 1, a.size() - 1) == 0);
}

bool same_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((text[i] | 0x20) != lower[i]) return false;
  return true;
}

}  // namespace

std::string FieldError::text() const {
  std::string text = "header field ";
  text += name;
  if (!alias.empty()) text.append(" (").append(alias).append(")");
  if (kind == Kind::missing) return text += " is missing";
  text.append(" is ").append(quoted(value)).append(", not ");
  if (kind == Kind::not_a_boolean) return text += "true or false";
  return text.append("an integer from ")
      .append(std::to_string(min))
      .append(" to ")
      .append(std::to_string(max));
}

void throw_exception_from_error(const FieldError& error, const boost::source_location& /*where*/) {
  throw std::invalid_argument(error.text());
}

namespace header_reading {

// A peer writes the fields of a header always in the same order, mostly that of its declaration; so the
// search for a name starts behind the one found last.
void locate(std::span<const Field> fields, std::span<const std::string_view> names, const Field** found) {
  std::size_t next = 0;
  for (const Field& field : fields) {
    for (std::size_t tried = 0; tried < names.size(); ++tried) {
      const std::size_t at = next;
      next = next + 1 == names.size() ? 0 : next + 1;
      if (same(names[at], field.name)) {
        found[at] = &field;
        break;
      }
    }
  }
}

Parsed parse(std::string_view text, std::int64_t min, std::int64_t max, std::int64_t& value) {
  const char* const end = text.data() + text.size();
  if (text.size() <= 18 && !text.empty()) [[likely]] {  // cannot overflow
    const bool negative = text.front() == '-';
    const char* at = text.data() + (negative ? 1 : 0);
    if (at == end) return Parsed::malformed;
    std::int64_t magnitude = 0;
    for (; at != end; ++at) {
      const unsigned digit = static_cast<unsigned char>(*at) - unsigned{'0'};
      if (digit > 9) return Parsed::malformed;
      magnitude = magnitude * 10 + digit;
    }
    value = negative ? -magnitude : magnitude;
  } else {
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (rest != end || error == std::errc::invalid_argument) return Parsed::malformed;
    if (error != std::errc{}) return Parsed::out_of_range;
  }
  return value < min || value > max ? Parsed::out_of_range : Parsed::ok;
}

// Java writes lower case and reads any; C++ clients of old write 0 and 1.
Parsed parse(std::string_view text, bool& value) {
  value = same_word(text, "true") || text == "1";
  return value || same_word(text, "false") || text == "0" ? Parsed::ok : Parsed::malformed;
}

}  // namespace header_reading
}  // namespace gantry::remoting
