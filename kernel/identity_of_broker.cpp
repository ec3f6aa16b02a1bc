#include "kernel/identity_of_broker.h"

#include "kernel/broker_config.h"

#include <algorithm>
#include <array>
#include <ifaddrs.h>
#include <memory>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <net/if.h>
#include <netinet/in.h>

namespace gantry::kernel {
namespace {

using options::HostPort;

bool is_any_address(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

// The first IPv4 address that is not the loop's; clients of old versions know no other kind.
std::string first_own_address() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return "127.0.0.1";
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> freed(all, &::freeifaddrs);
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    if ((one->ifa_flags & IFF_UP) == 0 || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    if (::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size()) != nullptr) return text.data();
  }
  return "127.0.0.1";
}

// "broker.example" or "broker.example:10911"; an IPv6 address with a port stands in brackets.
std::optional<HostPort> advertised(std::string_view text, std::uint16_t port) {
  if (auto whole = HostPort::parse(text)) return whole;
  const auto port_text = ":" + std::to_string(port);
  if (std::count(text.begin(), text.end(), ':') <= 1) return HostPort::parse(std::string(text) + port_text);
  const auto v6 = "[" + std::string(text) + "]" + port_text;
  return remoting::HostAddress::parse(v6) ? HostPort::parse(v6) : std::nullopt;
}

remoting::HostAddress looked_up(const HostPort& where) {
  if (const auto address = remoting::HostAddress::parse(where.str())) return address->unmapped();
  using tcp = boost::asio::ip::tcp;
  boost::asio::io_context context(1);
  boost::system::error_code error;
  const auto found = tcp::resolver(context).resolve(where.host, std::to_string(where.port),
                                                    tcp::resolver::numeric_service, error);
  if (error || found.empty())
    throw std::runtime_error("advertised_address is " + where.host + ", which cannot be looked up (" +
                             error.message() + "); set it to an address that clients reach this broker at");
  const auto is_v4 = [](const auto& entry) { return entry.endpoint().address().is_v4(); };
  const auto v4 = std::find_if(found.begin(), found.end(), is_v4);
  const auto address = (v4 == found.end() ? *found.begin() : *v4).endpoint().address();
  return address.is_v4() ? remoting::HostAddress::v4(address.to_v4().to_bytes(), where.port)
                         : remoting::HostAddress::v6(address.to_v6().to_bytes(), where.port);
}

}  // namespace

std::string why_no_advertised_address(std::string_view text) {
  if (text.empty() || advertised(text, 1)) return {};
  return R"(must be a host or a host:port, such as "10.0.0.7" or "broker.example:10911")";
}

std::string why_unreachable(const api::BrokerIdentity& identity,
                            const std::vector<std::string>& name_servers) {
  const auto is_loopback = [](std::string_view host) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    return error ? host == "localhost" : address.is_loopback();
  };
  const auto own = HostPort::parse(identity.address);
  if (!own || !is_loopback(own->host)) return {};
  for (const std::string& text : name_servers) {
    const auto name_server = HostPort::parse(text);
    if (!name_server || is_loopback(name_server->host)) continue;
    return "they are told to connect to " + identity.address + ", which for those that ask name server " +
           text + " is their own machine";
  }
  return {};
}

api::BrokerIdentity identity_of(const BrokerConfig& config, std::uint16_t port, std::string_view version) {
  HostPort where{config.listen.host, port};
  if (!config.advertised_address.empty()) {
    // The whole configuration has been checked.
    where = advertised(config.advertised_address, port).value();
  } else if (is_any_address(where.host)) {
    where.host = first_own_address();
  }
  return {.cluster = config.cluster,
          .name = config.broker_name,
          .id = config.broker_id,
          .version = std::string(version),
          .address = where.str(),
          .host = looked_up(where)};
}

}  // namespace gantry::kernel
