// Messages of many kinds, as StoreFiller.java sends them to Apache's broker.
#pragma once

#include "remoting/host_address.h"
#include "tests/interop/store/open_store.h"

namespace gantry::interop {

// `round` tells the messages of one call from those of another. `store_host` is the broker's address that ids
// will name.
void fill(OpenStore& store, int round, const remoting::HostAddress& store_host);

}  // namespace gantry::interop
