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
//   file.report_leftovers({&plugin_schema, &broker_schema}, report);  // of a file that has no tables:
//   Apache's apply_flags(broker_schema, broker, flags, origins, report); check_whole(broker_schema, broker,
//   "", origins, report);      // likewise for each plugin
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
  bool is_apaches() const { return format_ == FileFormat::properties; }

  // The names right below a table, as they are written: "ha" for [plugins.ha].
  std::vector<std::string> tables_in(std::string_view table) const;

  // Where [plugins.ha] stands; nullptr: there is no such table.
  const Place* place_of(std::string_view table) const;

  template <class Config>
  void fill(const Schema<Config>& schema, Config& config, std::string_view table, Origins& origins,
            Report& report) {
    const Part part{schema, &config};
    fill_parts({&part, 1}, table, origins, report);
  }

  // Several structs from one table: a key goes to the one that has an option of that name. `ignored` is for a
  // table of which not all options are known: keys of no part are left out in silence.
  //
  // A file of Apache's is one table, and every part takes from it what it knows, whatever `table` is: under
  // Apache's names and, with the table in front of it, its own (plugins.ha.mode). What it does not set has
  // Apache's default where one was declared.
  struct Part {
    const OptionSet& set;
    void* config;
  };
  enum class UnknownKeys : std::uint8_t { mistakes, ignored };
  void fill_parts(std::span<const Part> parts, std::string_view table, Origins& origins, Report& report,
                  UnknownKeys unknown = UnknownKeys::mistakes);

  // A table that may stand there, with all below it, though nothing is filled from it.
  void leave_out(std::string_view table) { left_out_.emplace(table); }

  // A table whose own tables are filled, should there be any: "plugins".
  void expect(std::string_view table) { expected_.emplace(table); }

  void report_unknown_tables(Report& report) const;

  // Keys of a file of Apache's that nothing was filled from, a line each: those without effect by the first
  // of these that knows them, the others with what is nearest.
  void report_leftovers(std::span<const OptionSet* const> sets, Report& report) const;

 private:
  void fill_from_properties(std::span<const Part> parts, std::string_view table, Origins& origins,
                            Report& report);
  bool is_left_out(std::string_view table) const;

  std::string source_;
  FileFormat format_ = FileFormat::toml;
  SourceFile content_;
  std::set<std::string, std::less<>> filled_;    // tables that a struct was filled from
  std::set<std::string, std::less<>> left_out_;  // tables that none is filled from, nor from those below
  std::set<std::string, std::less<>> expected_;
  std::set<std::size_t> taken_;  // entries of a file of Apache's
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
