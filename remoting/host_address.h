// An IP address with a port, as message records and message ids carry it. Never a name: nothing here
// asks DNS. A small value, copied freely; any thread.
#pragma once

#include "remoting/byte_order.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::remoting {

class HostAddress {
 public:
  using V4Bytes = std::array<std::uint8_t, 4>;
  using V6Bytes = std::array<std::uint8_t, 16>;

  static constexpr std::size_t kV4Size = 4 + 4;  // the address, then the port as an i32
  static constexpr std::size_t kV6Size = 16 + 4;
  static constexpr std::size_t encoded_size(bool v6) { return v6 ? kV6Size : kV4Size; }

  constexpr HostAddress() = default;  // 0.0.0.0:0

  static HostAddress v4(const V4Bytes& address, std::int32_t port);
  static HostAddress v6(const V6Bytes& address, std::int32_t port);

  // Reads kV4Size or kV6Size bytes, which must be there. Every bit pattern is taken: a port outside
  // 0..65535 is kept as it is, so that a record is never changed by being read and written.
  static HostAddress decode(const char* from, bool v6) {
    HostAddress host;
    std::memcpy(host.address_.data(), from, kV4Size - 4);
    if (v6) std::memcpy(host.address_.data(), from, host.address_.size());
    host.port_ = load_i32(from + encoded_size(v6) - 4);
    host.v6_ = v6;
    return host;
  }

  // "10.0.0.1:10911" or "[::1]:10911", port 0..65535. nullopt for all else: host names, a missing port,
  // IPv6 without brackets, a scope id (%eth0), blanks.
  static std::optional<HostAddress> parse(std::string_view text);

  bool is_v6() const { return v6_; }
  std::int32_t port() const { return port_; }

  // 4 or 16 bytes in network order; lives as long as this address.
  std::string_view ip_bytes() const {
    return {reinterpret_cast<const char*>(address_.data()), v6_ ? address_.size() : kV4Size - 4};
  }

  // The IPv4 address inside an IPv4-mapped one (::ffff:10.0.0.1), else this address. A socket that
  // listens for both families reports IPv4 peers as mapped, and old clients read IPv4 records only.
  HostAddress unmapped() const;

  std::size_t encoded_size() const { return encoded_size(v6_); }

  // Writes encoded_size() bytes; returns where they end.
  char* encode_to(char* to) const {
    std::memcpy(to, address_.data(), kV4Size - 4);
    if (v6_) std::memcpy(to, address_.data(), address_.size());
    to += encoded_size();
    store_i32(to - 4, port_);
    return to;
  }

  // What parse() reads; the port may be out of its range when a record said so.
  std::string str() const;

  auto operator<=>(const HostAddress&) const = default;

 private:
  V6Bytes address_{};  // IPv4 in the first four bytes, the others zero
  std::int32_t port_ = 0;
  bool v6_ = false;
};

}  // namespace gantry::remoting
