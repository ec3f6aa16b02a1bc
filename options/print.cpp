#include "options/print.h"

#include "options/quote.h"

namespace gantry::options {

std::string untyped::print_config(const OptionSet& set, const void* config, const Origins& origins,
                                  std::string_view table) {
  std::string out;
  if (!table.empty()) out += "[" + std::string(table) + "]\n";
  for (const auto& option : set.options()) {
    const auto value = option.get(config);
    const auto shown = option.secret ? "*** (secret)" : toml_text(value);
    // A file's name is data: escaped it cannot end the comment.
    const auto origin = escaped(origins.of(full_name(table, option.name)));
    out += (option.secret ? "# " : "") + option.name + " = " + shown + "  # " + origin + "\n";
  }
  return out;
}

}  // namespace gantry::options
