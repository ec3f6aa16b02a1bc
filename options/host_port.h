// An address to listen on or to connect to, as it is configured: not looked up yet.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::options {

struct HostPort {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets
  std::uint16_t port = 0;

  // "127.0.0.1:9876", "localhost:9876", "[::1]:9876". nullopt for anything else, such as an IPv6 address
  // without brackets, whose end nobody could tell from a port.
  static std::optional<HostPort> parse(std::string_view text);

  // What parse() reads back.
  std::string str() const;

  auto operator<=>(const HostPort&) const = default;
};

}  // namespace gantry::options
