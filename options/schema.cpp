#include "options/schema.h"

#include <algorithm>
#include <set>

namespace gantry::options {
namespace {

template <class Named>
auto find_named(const std::deque<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool is_snake_case(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_lower(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_lower(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

bool fits(const Alias& alias, Kind kind) {
  switch (alias.form) {
    case Alias::Form::units:
      return kind == Kind::duration && alias.unit.count() > 0;
    case Alias::Form::bytes:
      return kind == Kind::size;
    case Alias::Form::port:
      return kind == Kind::host_port;
    case Alias::Form::semicolons:
      return kind == Kind::text_list;
    case Alias::Form::items:
      return kind == Kind::integer && alias.item_bytes > 0;
    case Alias::Form::upgrade:
      return kind == Kind::choice && alias.words.size() == 1;
    case Alias::Form::same:
      break;
  }
  return alias.words.empty() || kind == Kind::choice;
}

// What is wrong with one declaration, looked at alone.
std::vector<std::string> mistakes_of(const OptionSet& set, const Option& option) {
  std::vector<std::string> found;
  if (!is_snake_case(option.name)) found.emplace_back("its name is not snake_case");
  if (option.help.empty()) found.emplace_back("it has no help");
  if (option.help.find('\n') != std::string::npos) found.emplace_back("its help is longer than a line");
  const auto value = set.default_of(option);
  if ((option.at_least && value < *option.at_least) || (option.at_most && value > *option.at_most))
    found.push_back("its default " + plain_text(value) + " is outside its range");
  if (const auto& with_apache = option.apache_default)
    if ((option.at_least && *with_apache < *option.at_least) ||
        (option.at_most && *with_apache > *option.at_most) ||
        (option.kind == Kind::choice && std::find(option.choices.begin(), option.choices.end(),
                                                  plain_text(*with_apache)) == option.choices.end()))
      found.push_back("its default with Apache's file " + plain_text(*with_apache) +
                      " is none of its values");
  if (option.kind == Kind::choice && plain_text(value).empty()) found.emplace_back("its default has no name");
  if (option.secret && option.by_wire) found.emplace_back("it is secret and could be changed by wire");
  for (const auto& alias : option.aliases)
    if (!fits(alias, option.kind))
      found.push_back("its Apache name " + alias.name + " has a form of another type");
  return found;
}

}  // namespace

bool WithoutEffect::is_same_here(std::string_view value) const {
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return std::find(same_here.begin(), same_here.end(), value) != same_here.end();
}

const Option* OptionSet::find(std::string_view name) const {
  return find_named(options_, name);
}

const WithoutEffect* OptionSet::find_without_effect(std::string_view apache_name) const {
  return find_named(without_effect_, apache_name);
}

OptionSet::AliasedOption OptionSet::find_alias(std::string_view apache_name) const {
  for (const auto& option : options_)
    for (const auto& alias : option.aliases)
      if (alias.name == apache_name) return {&option, &alias};
  return {};
}

std::vector<Complaint> OptionSet::check(const void* config) const {
  return check_ ? check_(config) : std::vector<Complaint>();
}

Option& OptionSet::add(std::string_view name, Kind kind) {
  Option& added = options_.emplace_back();
  added.name = name;
  added.kind = kind;
  return added;
}

std::vector<std::string> declaration_mistakes(const OptionSet& set) {
  std::vector<std::string> found;
  std::set<std::string_view> names;
  const auto take_name = [&](std::string_view name) {
    if (!names.insert(name).second) found.push_back(std::string(name) + ": declared twice");
  };
  for (const auto& option : set.options()) {
    take_name(option.name);
    for (const auto& alias : option.aliases) take_name(alias.name);
    for (const auto& mistake : mistakes_of(set, option)) found.push_back(option.name + ": " + mistake);
  }
  for (const auto& key : set.without_effect()) take_name(key.name);
  return found;
}

}  // namespace gantry::options
