#include "options/wire.h"

#include "options/properties_text.h"
#include "options/quote.h"
#include "options/read_value.h"

namespace gantry::options {
namespace {

using Why = WireRefusal::Why;

struct Target {
  const Option* option = nullptr;
  const Alias* alias = nullptr;  // nullptr: under our own name
};

Target target_of(const OptionSet& set, std::string_view key) {
  if (const auto [option, alias] = set.find_alias(key); option != nullptr) return {option, alias};
  return {set.find(key), nullptr};
}

WireRefusal refusal(Why why, const std::string& key, const std::string& text) {
  return {why, key, text};
}

// Before any value is looked at: which keys a request names decides whether it is allowed at all.
boost::system::result<void, WireRefusal> check_allowed(const OptionSet& set,
                                                       const std::vector<Property>& wanted) {
  for (const auto& [key, value, line, column] : wanted) {
    const auto* option = target_of(set, key).option;
    const auto* without = set.find_without_effect(key);
    if (without != nullptr && without->refused_by_wire)
      return refusal(Why::not_by_wire, key, key + " cannot be changed by wire");
    if (option != nullptr && !option->by_wire)
      return refusal(Why::not_by_wire, key,
                     key + " cannot be changed by wire; set " + option->name +
                         " in the server's configuration file and restart it");
    if (option == nullptr && without != nullptr && !without->otherwise.empty() &&
        !without->is_same_here(value))
      return refusal(Why::bad_value, key,
                     key + " = " + in_quotes_if_needed(value) + ": " + without->otherwise);
  }
  return {};
}

}  // namespace

boost::system::result<WireOutcome, WireRefusal> untyped::apply_wire_text(const OptionSet& set, void* config,
                                                                         std::string_view properties) {
  const auto parsed = parse_properties(properties);
  if (!parsed.mistakes.empty())
    return refusal(Why::bad_text, {},
                   "line " + std::to_string(parsed.mistakes.front().line) +
                       ": \\u stands before something else than four hexadecimal digits");
  if (auto allowed = check_allowed(set, parsed.properties); !allowed) return allowed.error();

  WireOutcome outcome;
  for (const auto& [key, text, line, column] : parsed.properties) {
    const auto [option, alias] = target_of(set, key);
    if (option == nullptr) {
      outcome.ignored.push_back(key);
      continue;
    }
    const auto before = option->get(config);
    const auto value = alias ? read_alias(*option, *alias, text, before) : read_value(*option, {text, false});
    if (!value)
      return refusal(Why::bad_value, key, value_sentence(*option, key, {text, false}, value.error()));
    if (*value == before) continue;
    option->set(config, *value);
    outcome.changes.push_back({option->name, key, plain_text(before), plain_text(*value)});
  }
  const auto complaints = set.check(config);
  if (!outcome.changes.empty() && !complaints.empty())
    return refusal(Why::bad_value, complaints.front().option,
                   complaints.front().option + ": " + complaints.front().text);
  return outcome;
}

std::string untyped::to_properties(const OptionSet& set, const void* config,
                                   std::map<std::string, std::string> more) {
  for (const auto& option : set.options())
    for (const auto& alias : option.aliases)
      if (alias.told && !option.secret) more.emplace(alias.name, alias_text(alias, option.get(config)));
  for (const auto& key : set.without_effect())
    if (key.told) more.emplace(key.name, *key.told);
  std::string out;
  for (const auto& [key, value] : more) append_property(out, key, value);
  return out;
}

}  // namespace gantry::options
