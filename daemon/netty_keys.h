// Keys of Apache's that say how its servers use Netty and TLS, and that mean nothing here. Every program that
// reads a file of Apache's knows them.
#pragma once

#include "options/schema.h"

namespace gantry::daemon {

// The rest of NettyServerConfig and TlsSystemConfig of Apache 4.9, beside what declare_listener_options()
// has. Clients are told what Apache tells them.
void declare_netty_keys(options::OptionSet& set);

}  // namespace gantry::daemon
