#include "remoting/host_address.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace gantry::remoting {
namespace {

std::optional<std::int32_t> parse_port(std::string_view text) {
  std::int32_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end || port < 0 || port > 65535) return std::nullopt;
  return port;
}

// The system's reader wants a terminated string, and would stop at a zero byte inside ours.
bool parse_ip(int family, std::string_view text, void* address) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != text.npos) return false;
  std::ranges::copy(text, terminated.begin());
  return inet_pton(family, terminated.data(), address) == 1;
}

}  // namespace

HostAddress HostAddress::v4(const V4Bytes& address, std::int32_t port) {
  HostAddress host;
  std::ranges::copy(address, host.address_.begin());
  host.port_ = port;
  return host;
}

HostAddress HostAddress::v6(const V6Bytes& address, std::int32_t port) {
  HostAddress host;
  host.address_ = address;
  host.port_ = port;
  host.v6_ = true;
  return host;
}

std::optional<HostAddress> HostAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  const std::string_view ip = text.substr(0, colon);
  if (!port) return std::nullopt;

  if (ip.starts_with('[') && ip.ends_with(']')) {
    V6Bytes address{};
    if (!parse_ip(AF_INET6, ip.substr(1, ip.size() - 2), address.data())) return std::nullopt;
    return v6(address, *port);
  }
  V4Bytes address{};
  if (!parse_ip(AF_INET, ip, address.data())) return std::nullopt;
  return v4(address, *port);
}

HostAddress HostAddress::unmapped() const {
  constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (!v6_ || !std::equal(kMapped.begin(), kMapped.end(), address_.begin())) return *this;
  return v4({address_[12], address_[13], address_[14], address_[15]}, port_);
}

std::string HostAddress::str() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6_ ? AF_INET6 : AF_INET, address_.data(), text.data(), text.size());
  const std::string port = std::to_string(port_);
  return v6_ ? "[" + std::string(text.data()) + "]:" + port : std::string(text.data()) + ":" + port;
}

}  // namespace gantry::remoting
