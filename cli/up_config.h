// What `gantry up` takes on its command line. It needs none of it, and no file: what a configuration file of
// the broker's can say beside this is in docs/broker-options.md.
#pragma once

#include "kernel/broker_setup.h"
#include "namesrv/running_config.h"
#include "options/flags.h"
#include "options/schema.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace gantry::cli {

// The member initialisers are the defaults. All but namesrv_listen are options of the broker, under the same
// names, and stand here because they are what most people set, or have another default.
struct UpConfig {
  options::HostPort listen{"0.0.0.0", 10911};
  options::HostPort namesrv_listen{"0.0.0.0", 9876};
  std::string advertised_address;
  std::filesystem::path data_dir;  // ~/.gantry/up
  logging::Level log_level = logging::Level::warn;
  std::filesystem::path log_file;

  UpConfig();
};

options::Schema<UpConfig> up_schema();

// All that is configured of both. Not to be used unless report.ok().
struct UpSetup {
  kernel::BrokerSetup broker;
  options::Loaded<namesrv::NamesrvConfig> namesrv;
  options::Report report;  // of both
};

// Defaults, then the file, then flags. The file is one of the broker's; flags that are none of `up_schema()`
// are told as unknown.
UpSetup read_up_setup(const std::optional<std::filesystem::path>& file,
                      std::span<const options::FlagValue> flags);

}  // namespace gantry::cli
