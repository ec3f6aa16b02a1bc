// Every effective value and where it came from, as TOML that can be used as a configuration file.
#pragma once

#include "options/report.h"
#include "options/schema.h"

#include <string>
#include <string_view>

namespace gantry::options {

namespace untyped {
std::string print_config(const OptionSet& set, const void* config, const Origins& origins,
                         std::string_view table);
}

// broker_expiry = "2m"  # namesrv.toml:3
//
// With a table, under its [header]. A secret that was set is a comment without its value: what is read back
// lacks it rather than having a wrong one.
template <class Config>
std::string print_config(const Schema<Config>& schema, const Config& config, const Origins& origins,
                         std::string_view table = "") {
  return untyped::print_config(schema, &config, origins, table);
}

}  // namespace gantry::options
