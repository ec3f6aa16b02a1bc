#include "options/change.h"

#include "options/nearest.h"
#include "options/read_value.h"

#include <stdexcept>

#include <boost/throw_exception.hpp>

namespace gantry::options {
namespace {

Change change_of(const Option& option, const Value& from, const Value& to) {
  if (option.secret) return {option.name, "***", "***"};
  return {option.name, toml_text(from), toml_text(to)};
}

std::string unknown_option(const OptionSet& set, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& option : set.options()) names.emplace_back(option.name);
  const auto near = nearest(name, names);
  return std::string(name) + ": unknown option" +
         (near.empty() ? std::string() : "; nearest is " + std::string(near));
}

boost::system::result<void, RefusedChange> check(const OptionSet& set, const void* config) {
  const auto complaints = set.check(config);
  if (complaints.empty()) return {};
  return RefusedChange{complaints.front().option + ": " + complaints.front().text};
}

}  // namespace

void throw_exception_from_error(const RefusedChange& refused, const boost::source_location& where) {
  boost::throw_with_location(std::runtime_error(refused.text), where);
}

boost::system::result<Change, RefusedChange> change_option(const OptionSet& set, void* config,
                                                           std::string_view name, std::string_view text) {
  const auto* option = set.find(name);
  if (option == nullptr) return RefusedChange{unknown_option(set, name)};
  if (!option->changeable)
    return RefusedChange{option->name +
                         ": cannot change while running; set it in the configuration "
                         "file and restart"};
  const Raw raw{std::string(text), false};
  const auto value = read_value(*option, raw);
  if (!value) return RefusedChange{value_sentence(*option, option->name, raw, value.error())};
  const auto before = option->get(config);
  option->set(config, *value);
  if (auto sound = check(set, config); !sound) return sound.error();
  return change_of(*option, before, *value);
}

Differences differences(const OptionSet& set, const void* running, const void* fresh) {
  Differences found;
  for (const auto& option : set.options()) {
    const auto from = option.get(running);
    const auto to = option.get(fresh);
    if (from == to) continue;
    (option.changeable ? found.changeable : found.by_restart).push_back(change_of(option, from, to));
  }
  return found;
}

boost::system::result<void, RefusedChange> take_changeable(const OptionSet& set, void* config,
                                                           const void* fresh) {
  for (const auto& option : set.options())
    if (option.changeable) option.set(config, option.get(fresh));
  return check(set, config);
}

}  // namespace gantry::options
