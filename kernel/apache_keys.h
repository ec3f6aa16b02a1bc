// Every key that a broker.conf of Apache 4.9 can have, and that is no option here: what has no effect and
// why, and what must not be passed over, because the broker would run as something else than was asked for.
#pragma once

#include "options/schema.h"

namespace gantry::kernel {

// BrokerConfig, NettyServerConfig and NettyClientConfig; of MessageStoreConfig what is not the store's own:
// replication, delays, pulls. A key that `set` has as an option's name by now is left out, and one that a
// plugin has counts as the plugin's.
void declare_apache_keys(options::OptionSet& set);

}  // namespace gantry::kernel
