#include "kernel/api/names.h"

#include "remoting/quoted.h"

#include <algorithm>

namespace gantry::api {

namespace {

bool may_be_in_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '%' || c == '|' ||
         c == '_' || c == '-';
}

}  // namespace

std::string why_no_name(std::string_view what, std::string_view text, std::size_t longest) {
  if (text.empty())
    return std::string(what) + " is empty: a name of 1 to " + std::to_string(longest) +
           " characters is needed";
  if (text.size() > longest) {
    return std::string(what) + " " + remoting::quoted(text) + " has " + std::to_string(text.size()) +
           " characters, " + std::to_string(longest) + " are allowed";
  }
  const auto wrong = std::ranges::find_if_not(text, may_be_in_a_name);
  if (wrong == text.end()) return {};
  return std::string(what) + " " + remoting::quoted(text) + " has " + remoting::quoted({&*wrong, 1}) +
         " at " + std::to_string(wrong - text.begin()) + ": letters, digits, %, |, _ and - are allowed";
}

}  // namespace gantry::api
