// All that is configured of one broker, read in one go: its own options, its plugins and theirs.
#pragma once

#include "kernel/broker_config.h"
#include "kernel/plugin_choice.h"
#include "options/load.h"
#include "remoting/json_writer.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gantry::kernel {

// Not to be used unless report.ok().
struct BrokerSetup {
  BrokerConfig config;
  std::vector<ChosenPlugin> plugins;  // in the order in which they are brought up
  options::Origins origins;
  options::Report report;
};

// Loads the plugins that the file enables and those of `standard`, and runs nothing of them but the checks of
// their options.
BrokerSetup read_setup(const options::Schema<BrokerConfig>& schema,
                       const std::optional<std::filesystem::path>& file,
                       std::span<const options::FlagValue> flags, const StandardPlugins& standard = {});

PluginSearch search_of(const BrokerConfig& config);

// Every value in effect and where it came from, as a configuration file.
std::string print_setup(const options::Schema<BrokerConfig>& schema, const BrokerSetup& setup);

// A JSON Schema of a whole configuration file with these plugins in it. Other plugins' tables may stand there
// too, and are not looked into.
std::string json_schema(const options::Schema<BrokerConfig>& schema,
                        std::span<const LoadedPlugin* const> plugins);

// Of one plugin's table.
std::string json_schema(const LoadedPlugin& plugin);

}  // namespace gantry::kernel
