// Reads a configuration: defaults, then a file, then flags, each overriding the one before. All mistakes are
// found in one go; none throws.
//
// A program with one struct calls load(). One with plugins reads the file once and fills a struct for each:
//
//   auto file = ConfigFile::read(path, broker_schema, report);
//   file.fill(broker_schema, broker, "", origins, report);
//   for (const auto& name : file.tables_in("plugins")) ...;       // load that plugin
//   file.fill(plugin_schema, plugin, "plugins.ha", origins, report);
//   file.report_unknown_tables(report);                           // those that nobody filled a struct from
//   apply_flags(broker_schema, broker, flags, origins, report);
//   check_whole(broker_schema, broker, "", origins, report);      // likewise for each plugin
//
// At start-up, on one thread.
#pragma once

#include "options/file_format.h"
#include "options/report.h"
#include "options/schema.h"
#include "options/source_file.h"

#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::options {

// What stood behind a flag; options/flags.h collects them.
struct FlagValue {
  std::string option;
  std::string text;
};

class ConfigFile {
 public:
  // A file that cannot be read is a mistake in the report, and this is empty then. `top` is the schema of the
  // top level, which tells Apache's files from our own.
  static ConfigFile read(const std::filesystem::path& path, const OptionSet& top, Report& report);
  static ConfigFile parse(std::string text, const std::string& name, const OptionSet& top, Report& report);

  FileFormat format() const { return format_; }

  // The names right below a table, as they are written: "ha" for [plugins.ha].
  std::vector<std::string> tables_in(std::string_view table) const;

  template <class Config>
  void fill(const Schema<Config>& schema, Config& config, std::string_view table, Origins& origins,
            Report& report) {
    fill_untyped(schema, &config, table, origins, report);
  }

  void report_unknown_tables(Report& report) const;

 private:
  void fill_untyped(const OptionSet& set, void* config, std::string_view table, Origins& origins,
                    Report& report);

  FileFormat format_ = FileFormat::toml;
  SourceFile content_;
  std::set<std::string, std::less<>> filled_;  // tables that a struct was filled from
};

// The same without the struct's type.
namespace untyped {
void apply_flags(const OptionSet& set, void* config, std::span<const FlagValue> flags, Origins& origins,
                 Report& report);
void check_whole(const OptionSet& set, const void* config, std::string_view table, const Origins& origins,
                 Report& report);
}  // namespace untyped

template <class Config>
void apply_flags(const Schema<Config>& schema, Config& config, std::span<const FlagValue> flags,
                 Origins& origins, Report& report) {
  untyped::apply_flags(schema, &config, flags, origins, report);
}

// Complaints about options that a mistake is known of already are left out.
template <class Config>
void check_whole(const Schema<Config>& schema, const Config& config, std::string_view table,
                 const Origins& origins, Report& report) {
  untyped::check_whole(schema, &config, table, origins, report);
}

template <class Config>
struct Loaded {
  Config config;  // not to be used unless report.ok()
  Origins origins;
  Report report;
};

template <class Config>
Loaded<Config> load(const Schema<Config>& schema, const std::optional<std::filesystem::path>& path,
                    std::span<const FlagValue> flags = {}) {
  Loaded<Config> loaded;
  auto& [config, origins, report] = loaded;
  if (path) {
    auto file = ConfigFile::read(*path, schema, report);
    file.fill(schema, config, "", origins, report);
    file.report_unknown_tables(report);
  }
  apply_flags(schema, config, flags, origins, report);
  check_whole(schema, config, "", origins, report);
  return loaded;
}

}  // namespace gantry::options
