#include "remoting/message_properties.h"

#include "remoting/quoted.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include <boost/throw_exception.hpp>

namespace gantry::remoting {
namespace {

using boost::system::result;
using Defect = PropertyError::Defect;

constexpr std::string_view kSeparators("\x01\x02", 2);

// Where the piece ends that begins at `from`: at its 0x02, or at the end of the text.
std::size_t piece_end(std::string_view text, std::size_t from) {
  return std::min(text.find(kPropertySeparator, from), text.size());
}

bool has_name(std::string_view piece, std::string_view name) {
  return piece.size() > name.size() && piece[name.size()] == kNameValueSeparator && piece.starts_with(name) &&
         name.find(kNameValueSeparator) == name.npos;
}

bool needs_separator(std::string_view first, std::string_view second) {
  return !first.empty() && !second.empty() && first.back() != kPropertySeparator;
}

std::optional<Defect> defect_of(std::string_view name, std::string_view value) {
  if (name.empty()) return Defect::empty_name;
  if (value.empty()) return Defect::empty_value;
  if (name.find_first_of(kSeparators) != name.npos) return Defect::separator_in_name;
  if (value.find_first_of(kSeparators) != value.npos) return Defect::separator_in_value;
  return std::nullopt;
}

std::size_t size_with(std::string_view properties, std::string_view name, std::string_view value) {
  return joined_size(properties, name) + 1 + value.size();
}

void append_checked(std::string& properties, std::string_view name, std::string_view value) {
  if (needs_separator(properties, name)) properties += kPropertySeparator;
  properties.append(name).append(1, kNameValueSeparator).append(value);
}

std::string_view reason(Defect defect) {
  switch (defect) {
    case Defect::empty_name:
      return "its name is empty, and readers would skip it";
    case Defect::empty_value:
      return "its value is empty, and readers would skip it";
    case Defect::separator_in_name:
      return "its name holds a byte 0x01 or 0x02, which separate properties";
    case Defect::separator_in_value:
      return "its value holds a byte 0x01 or 0x02, which separate properties";
    case Defect::too_long:
      return "with it the properties would be longer than 32767 bytes";
  }
  return "";
}

}  // namespace

PropertyRange::Iterator& PropertyRange::Iterator::operator++() {
  while (!rest_.empty()) {
    const std::size_t end = piece_end(rest_, 0);
    const std::string_view piece = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    const std::size_t separator = piece.find(kNameValueSeparator);
    if (separator == piece.npos || separator == 0 || separator + 1 == piece.size()) continue;
    current_ = {piece.substr(0, separator), piece.substr(separator + 1)};
    return *this;
  }
  at_end_ = true;
  return *this;
}

// From the back, since the last one counts.
std::optional<std::string_view> find_property(std::string_view properties, std::string_view name) {
  if (name.empty()) return std::nullopt;
  std::string_view rest = properties;
  while (!rest.empty()) {
    const void* separator = memrchr(rest.data(), kPropertySeparator, rest.size());
    const char* begin = separator ? static_cast<const char*>(separator) + 1 : rest.data();
    const auto begins_at = static_cast<std::size_t>(begin - rest.data());
    const std::string_view piece = rest.substr(begins_at);
    if (has_name(piece, name) && piece.size() > name.size() + 1) return piece.substr(name.size() + 1);
    rest = rest.substr(0, begins_at == 0 ? 0 : begins_at - 1);
  }
  return std::nullopt;
}

result<void, PropertyError> append_property(std::string& properties, std::string_view name,
                                            std::string_view value) {
  if (const auto defect = defect_of(name, value)) return PropertyError{*defect, std::string(name)};
  if (size_with(properties, name, value) > kMaxPropertiesSize)
    return PropertyError{Defect::too_long, std::string(name)};
  append_checked(properties, name, value);
  return {};
}

result<void, PropertyError> set_property(std::string& properties, std::string_view name,
                                         std::string_view value) {
  if (const auto defect = defect_of(name, value)) return PropertyError{*defect, std::string(name)};
  if (size_with(properties, name, value) > kMaxPropertiesSize) {
    std::string changed = properties;
    remove_property(changed, name);
    if (size_with(changed, name, value) > kMaxPropertiesSize)
      return PropertyError{Defect::too_long, std::string(name)};
  }
  remove_property(properties, name);
  append_checked(properties, name, value);
  return {};
}

std::size_t remove_property(std::string& properties, std::string_view name) {
  if (name.empty()) return 0;
  std::size_t removed = 0;
  for (std::size_t begin = 0; begin < properties.size();) {
    std::size_t end = piece_end(properties, begin);
    if (!has_name(std::string_view(properties).substr(begin, end - begin), name)) {
      begin = end + 1;
      continue;
    }
    // The separator behind the piece goes with it; the last piece takes the one before it.
    if (end < properties.size())
      ++end;
    else if (begin > 0)
      --begin;
    properties.erase(begin, end - begin);
    ++removed;
  }
  return removed;
}

std::size_t joined_size(std::string_view first, std::string_view second) {
  return first.size() + second.size() + (needs_separator(first, second) ? 1 : 0);
}

char* join_to(char* to, std::string_view first, std::string_view second) {
  to += first.copy(to, first.size());
  if (needs_separator(first, second)) *to++ = kPropertySeparator;
  return to + second.copy(to, second.size());
}

std::string PropertyError::str() const {
  return "property " + quoted(name) + ": " + std::string(reason(defect));
}

void throw_exception_from_error(const PropertyError& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.str()), where);
}

}  // namespace gantry::remoting
