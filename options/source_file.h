// A configuration file taken apart: a list of entries with their places, whichever format it has.
// Internal to options/.
#pragma once

#include "options/read_value.h"
#include "options/report.h"

#include <string>
#include <string_view>
#include <vector>

namespace gantry::options {

struct Entry {
  std::string table;  // "plugins.ha"; empty: the top level
  std::string key;
  Raw raw;
  Place key_at;
  Place value_at;
};

struct Table {
  std::string name;
  Place at;
};

struct SourceFile {
  std::vector<Entry> entries;  // in the order of the file
  std::vector<Table> tables;   // likewise
};

// Goes on behind a line that is not TOML, so that one reading finds all mistakes. `source` names the file.
SourceFile parse_toml(std::string text, const std::string& source, Report& report);

// Values stay text. A key that comes again is a warning, and both entries are there.
SourceFile parse_properties_file(std::string_view text, const std::string& source, Report& report);

}  // namespace gantry::options
