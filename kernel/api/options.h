// A plugin's options: a plain struct whose initialisers are the defaults, and a schema that says of each what
// it takes and what it is for. From that come the checks of the config file, --describe-plugin, and the
// reference page.
//
//   struct HelloConfig {
//     std::string greeting = "hello";
//     std::chrono::milliseconds pause{0};
//   };
//
//   api::Schema<HelloConfig> hello_options() {
//     api::Schema<HelloConfig> schema;
//     schema.option("greeting", &HelloConfig::greeting).not_empty().changeable().help("What is answered.");
//     schema.option("pause", &HelloConfig::pause).range(0ms, 10s).help("Silence before the answer.");
//     return schema;
//   }
//
// In the broker's file they stand under [plugins.<name>]; durations are written "3s", sizes "16MiB". What a
// member may be: bool, integers, std::chrono durations, ByteSize, HostPort, std::string,
// std::filesystem::path, std::vector<std::string>, and enums with a list of names.
#pragma once

#include "options/schema.h"
#include "remoting/byte_size.h"

namespace gantry::api {

using gantry::ByteSize;
using options::Alias;      // a name that the option has in a broker.conf of Apache's
using options::Complaint;  // what Schema::check_whole() returns: an option, what is wrong and what would be
                           // right
using options::HostPort;
using options::OptionSet;
using options::Schema;

// Of a plugin that has none.
struct NoConfig {};

}  // namespace gantry::api
