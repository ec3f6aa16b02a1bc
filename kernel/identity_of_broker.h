// Who this broker says it is, and above all at which address clients reach it.
#pragma once

#include "kernel/api/identity.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

struct BrokerConfig;

// Why the option advertised_address is neither a host nor a host:port; empty: it is, or is empty.
std::string why_no_advertised_address(std::string_view text);

// `port` is the one that the broker listens on. Looks up the advertised host's address, or this machine's:
// throws std::runtime_error with a sentence when there is none.
api::BrokerIdentity identity_of(const BrokerConfig& config, std::uint16_t port, std::string_view version);

// Why clients that ask these name servers, each a host:port, cannot reach the broker where it says it is;
// empty: nothing speaks against it.
std::string why_unreachable(const api::BrokerIdentity& identity,
                            const std::vector<std::string>& name_servers);

}  // namespace gantry::kernel
