#include "namesrv/names.h"

#include "remoting/quoted.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace gantry::namesrv {

namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return error == std::errc{} && rest == end && port != 0;
}

std::string sentence(std::string_view field, std::string_view value, std::string_view rule) {
  return std::string(field) + " is " + remoting::quoted(value) + ", but it must be " + std::string(rule);
}

}  // namespace

std::string why_no_name(std::string_view field, std::string_view value, std::size_t longest) {
  if (!value.empty() && value.size() <= longest && std::ranges::none_of(value, is_control)) return {};
  return sentence(field, value,
                  "a name of 1 to " + std::to_string(longest) + " bytes without control characters");
}

std::string why_no_topic(std::string_view field, std::string_view value) {
  return why_no_name(field, value, kLongestTopic);
}

std::string why_no_address(std::string_view field, std::string_view value) {
  const auto breaks_routes = [](char c) {
    return is_control(c) || c == ' ' || c == ',' || c == '"' || c == '\\';
  };
  const std::size_t colon = value.rfind(':');
  if (value.size() <= kLongestName && colon != std::string_view::npos && colon != 0 &&
      is_port(value.substr(colon + 1)) && std::ranges::none_of(value, breaks_routes)) {
    return {};
  }
  return sentence(field, value, "host:port");
}

}  // namespace gantry::namesrv
