#include "options/flags.h"

#include "options/describe.h"

#include <CLI/CLI.hpp>

namespace gantry::options {

void add_flags(CLI::App& app, const OptionSet& set, std::vector<FlagValue>& given) {
  for (const auto& option : set.options()) {
    auto* flag = app.add_option_function<std::string>(
        option.flag(),
        [&given, &option](const std::string& text) {
          const bool stands_alone = text.empty() && option.kind == Kind::boolean;
          given.push_back({option.name, stands_alone ? "true" : text});
        },
        option.help);
    flag->type_name(type_words(option) + " [" + default_words(set, option) + "]")->take_last();
    if (option.kind == Kind::boolean) flag->expected(0, 1);
  }
}

}  // namespace gantry::options
