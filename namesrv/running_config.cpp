#include "namesrv/running_config.h"

#include <stdexcept>
#include <system_error>
#include <utility>

namespace gantry::namesrv {

namespace {

using Schema = options::Schema<NamesrvConfig>;

void fill_from(const std::filesystem::path& file, const Schema& schema,
               options::Loaded<NamesrvConfig>& loaded) {
  auto read = options::ConfigFile::read(file, schema, loaded.report);
  read.fill(schema, loaded.config, "", loaded.origins, loaded.report);
  read.report_unknown_tables(loaded.report);
}

// Where the data directory is, when a flag has the last word.
std::filesystem::path wire_config_file_of(const Schema& schema, NamesrvConfig config,
                                          std::span<const options::FlagValue> flags) {
  options::Origins origins;
  options::Report report;
  options::apply_flags(schema, config, flags, origins, report);
  return wire_config_file(config);
}

}  // namespace

std::filesystem::path wire_config_file(const NamesrvConfig& config) {
  return config.data_dir / "wire-config.toml";
}

options::Loaded<NamesrvConfig> load_config(const Schema& schema,
                                           const std::optional<std::filesystem::path>& file,
                                           std::span<const options::FlagValue> flags) {
  options::Loaded<NamesrvConfig> loaded;
  if (file) fill_from(*file, schema, loaded);
  const auto wire_file = wire_config_file_of(schema, loaded.config, flags);
  std::error_code unseen;
  if (std::filesystem::exists(wire_file, unseen)) fill_from(wire_file, schema, loaded);
  options::apply_flags(schema, loaded.config, flags, loaded.origins, loaded.report);
  options::check_whole(schema, loaded.config, "", loaded.origins, loaded.report);
  return loaded;
}

void throw_exception_from_error(const ConfigRefusal& error, const boost::source_location& /*where*/) {
  throw std::runtime_error(error.text);
}

RunningConfig::RunningConfig(disk::Files& files, const Schema& schema, NamesrvConfig config,
                             const options::Origins& origins)
    : files_(files), schema_(schema), file_(wire_config_file(config)) {
  for (const auto& option : schema.options()) {
    const options::Place* place = origins.find(option.name);
    if (place != nullptr && place->source == file_.string()) changed_.insert(option.name);
  }
  config_ = std::make_shared<const NamesrvConfig>(std::move(config));
}

std::shared_ptr<const NamesrvConfig> RunningConfig::now() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

boost::system::result<options::WireOutcome, ConfigRefusal> RunningConfig::update(
    std::string_view properties) {
  auto update = options::read_wire_update(schema_, *now(), properties);
  if (!update) {
    return ConfigRefusal{update.error().why == options::WireRefusal::Why::not_by_wire, update.error().text};
  }
  if (update->changes.empty()) return static_cast<options::WireOutcome&&>(*update);

  std::set<std::string> changed = changed_;
  for (const auto& change : update->changes) changed.insert(change.option);
  if (const auto kept = disk::replace_file(files_, file_, text_of(update->config, changed)); !kept) {
    return ConfigRefusal{false, kept.error().text};
  }
  changed_ = std::move(changed);
  const auto config = std::make_shared<const NamesrvConfig>(std::move(update->config));
  {
    const std::lock_guard lock(mutex_);
    config_ = config;
  }
  if (apply_) apply_(*config);
  return static_cast<options::WireOutcome&&>(*update);
}

std::string RunningConfig::text_of(const NamesrvConfig& config, const std::set<std::string>& changed) const {
  std::string text =
      "# Written by gantry-namesrv: what requests changed while it ran. It overrides the configuration "
      "file;\n"
      "# flags override it. Delete a line to go back to the file's value at the next start.\n";
  for (const auto& option : schema_.options()) {
    if (changed.contains(option.name))
      text += option.name + " = " + options::toml_text(option.get(&config)) + "\n";
  }
  return text;
}

}  // namespace gantry::namesrv
