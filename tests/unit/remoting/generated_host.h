// rapidcheck's generator of host addresses: both families, ports that records may hold though no socket can.
#pragma once

#include "remoting/host_address.h"

#include <rapidcheck.h>

template <>
struct rc::Arbitrary<gantry::remoting::HostAddress> {
  static Gen<gantry::remoting::HostAddress> arbitrary() {
    using gantry::remoting::HostAddress;
    const auto port = gen::oneOf(gen::inRange(0, 65536), gen::arbitrary<std::int32_t>());
    return gen::oneOf(gen::apply(&HostAddress::v4, gen::arbitrary<HostAddress::V4Bytes>(), port),
                      gen::apply(&HostAddress::v6, gen::arbitrary<HostAddress::V6Bytes>(), port));
  }
};
