#include "options/properties_text.h"
#include "options/quote.h"
#include "options/source_file.h"

#include <map>

namespace gantry::options {

SourceFile parse_properties_file(std::string_view text, const std::string& source, Report& report) {
  auto parsed = parse_properties(text);
  for (const auto& mistake : parsed.mistakes)
    report.mistakes.push_back(
        {{source, mistake.line, mistake.column},
         {},
         "\\u stands before something else than four hexadecimal digits; write \\\\u for a "
         "backslash and a u"});
  SourceFile file;
  std::map<std::string, int> seen_in_line;
  for (auto& [key, value, line, column] : parsed.properties) {
    const Place at{source, line, column};
    const auto [earlier, is_first] = seen_in_line.emplace(key, line);
    if (!is_first) {
      report.warnings.push_back({at,
                                 {},
                                 in_quotes_if_needed(key) + ": was set in line " +
                                     std::to_string(earlier->second) + " already; this one counts"});
      earlier->second = line;
    }
    file.entries.push_back({"", std::move(key), {std::move(value), false}, at, at});
  }
  return file;
}

}  // namespace gantry::options
