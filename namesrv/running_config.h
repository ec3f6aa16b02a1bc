// The configuration that holds now, and what requests changed in it while the server ran.
//
// Accepted changes are kept in wire-config.toml in the data directory, which is read at start like a second
// configuration file: it overrides the first, and flags override both. Its name is fixed; a request cannot
// choose where anything is written.
#pragma once

#include "disk/files.h"
#include "namesrv/config.h"
#include "options/load.h"
#include "options/wire.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace gantry::namesrv {

std::filesystem::path wire_config_file(const NamesrvConfig& config);

// Defaults, then the configuration file, then what requests changed, then flags.
options::Loaded<NamesrvConfig> load_config(const options::Schema<NamesrvConfig>& schema,
                                           const std::optional<std::filesystem::path>& file,
                                           std::span<const options::FlagValue> flags);

// Why a change was not made, for the answer.
struct ConfigRefusal {
  bool not_allowed = false;  // the option is none that requests may change; else the value or the disk
  std::string text;
};
[[noreturn]] void throw_exception_from_error(const ConfigRefusal& error, const boost::source_location& where);

// Thread: update() for one thread at a time that may wait for the disk; all else for any.
class RunningConfig {
 public:
  // What the running server does about a change. On update()'s thread, after now() shows it.
  using Apply = std::function<void(const NamesrvConfig& config)>;

  // Schema and files outlive this. `origins` tell which options a request had changed before.
  RunningConfig(disk::Files& files, const options::Schema<NamesrvConfig>& schema, NamesrvConfig config,
                const options::Origins& origins);

  std::shared_ptr<const NamesrvConfig> now() const;

  void at_change(Apply apply) { apply_ = std::move(apply); }

  // `properties` is a request's body. All of it is done, or nothing; on disk before it counts.
  boost::system::result<options::WireOutcome, ConfigRefusal> update(std::string_view properties);

  // What a request for the configuration is answered.
  std::string for_clients() const { return config_for_clients(schema_, *now()); }

 private:
  std::string text_of(const NamesrvConfig& config, const std::set<std::string>& changed) const;

  disk::Files& files_;
  const options::Schema<NamesrvConfig>& schema_;
  const std::filesystem::path file_;
  std::set<std::string> changed_;  // options that the file holds; update()'s thread only
  Apply apply_;
  mutable std::mutex mutex_;  // of the pointer
  std::shared_ptr<const NamesrvConfig> config_;
};

}  // namespace gantry::namesrv
