#include "tests/fuzz/options_targets.h"

#include "logging/utf8.h"
#include "options/load.h"
#include "options/print.h"
#include "options/properties_text.h"
#include "options/wire.h"
#include "tests/fuzz/targets.h"
#include "tests/unit/options/sample_config.h"

#include <string>

namespace gantry::fuzz {
namespace {

using namespace options;

struct Read {
  SampleConfig config;
  Origins origins;
  Report report;
};

Read read_config(const Schema<SampleConfig>& schema, std::string text, const std::string& name) {
  Read read;
  auto file = ConfigFile::parse(std::move(text), name, schema, read.report);
  file.fill(schema, read.config, "", read.origins, read.report);
  for (const auto& table : file.tables_in("plugins")) {
    SampleConfig plugin;
    file.fill(schema, plugin, "plugins." + table, read.origins, read.report);
  }
  file.report_unknown_tables(read.report);
  for (const auto& mistake : read.report.mistakes)
    require(!mistake.text.empty() && logging::is_utf8(mistake.text), "a mistake is a sentence");
  return read;
}

void check_round_trip(const Schema<SampleConfig>& schema, const Read& read) {
  if (!read.report.ok()) return;
  auto expected = read.config;
  expected.token.clear();  // a secret is never printed
  const auto again = read_config(schema, print_config(schema, read.config, read.origins), "printed.toml");
  require(again.report.ok() && again.config == expected, "what is printed is read back");
}

void check_written_properties(const PropertiesText& parsed) {
  std::string written;
  for (const auto& property : parsed.properties) {
    if (!logging::is_utf8(property.key) || !logging::is_utf8(property.value)) return;
    append_property(written, property.key, property.value);
  }
  const auto again = parse_properties(written);
  require(again.mistakes.empty() && again.properties.size() == parsed.properties.size(),
          "what is written is read back");
  for (std::size_t i = 0; i < again.properties.size(); ++i)
    require(again.properties[i].key == parsed.properties[i].key &&
                again.properties[i].value == parsed.properties[i].value,
            "what is written is read back");
}

void check_wire(const Schema<SampleConfig>& schema, std::string_view text) {
  const SampleConfig before;
  const auto update = read_wire_update(schema, before, text);
  if (!update) {
    require(!update.error().text.empty(), "a refusal is a sentence");
    return;
  }
  for (const auto& option : schema.options())
    require(option.by_wire || option.get(&update->config) == option.get(&before),
            "nothing else is changed by wire");
  require(parse_properties(to_properties(schema, update->config)).mistakes.empty(),
          "an answer is properties text");
}

}  // namespace

void fuzz_config_toml(std::span<const char> input) {
  static const auto schema = sample_schema();
  check_round_trip(schema, read_config(schema, std::string(input.begin(), input.end()), "fuzz.toml"));
}

void fuzz_properties_text(std::span<const char> input) {
  static const auto schema = sample_schema();
  const std::string text(input.begin(), input.end());
  check_written_properties(parse_properties(text));
  check_round_trip(schema, read_config(schema, text, "fuzz.properties"));
  check_wire(schema, text);
}

}  // namespace gantry::fuzz
