#include "options/load.h"

#include "options/nearest.h"
#include "options/quote.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace gantry::options {
namespace {

constexpr std::uintmax_t kLargestFile = 1 << 20;

using Part = ConfigFile::Part;
using UnknownKeys = ConfigFile::UnknownKeys;

std::vector<std::string_view> names_of(std::span<const Part> parts) {
  std::vector<std::string_view> names;
  for (const auto& part : parts)
    for (const auto& option : part.set.options()) names.emplace_back(option.name);
  return names;
}

// Every key that means something in a file of Apache's.
std::vector<std::string_view> apache_names_of(std::span<const OptionSet* const> sets) {
  std::vector<std::string_view> names;
  for (const auto* set : sets) {
    for (const auto& option : set->options())
      for (const auto& alias : option.aliases) names.emplace_back(alias.name);
    for (const auto& key : set->without_effect()) names.emplace_back(key.name);
  }
  return names;
}

std::string nearest_words(std::string_view name, const std::vector<std::string_view>& names) {
  const auto near = nearest(name, names);
  return near.empty() ? "" : "; nearest is " + std::string(near);
}

// How Apache's key is called in TOML.
std::string unknown_in_toml(std::span<const Part> parts, std::string_view table, std::string_view key) {
  for (const auto& part : parts) {
    if (const auto [option, alias] = part.set.find_alias(key); option != nullptr)
      return ": unknown option; Apache's " + std::string(key) + " is called " + option->name + " here";
    if (const auto* without = part.set.find_without_effect(key))
      return ": unknown option; Apache's " + std::string(key) + " has no effect here (" +
             (without->why.empty() ? without->otherwise : without->why) + ")";
  }
  const auto near = nearest_words(key, names_of(parts));
  const bool in_help = near.empty() && table.empty();
  return ": unknown option" + (in_help ? "; --help lists those that exist" : near);
}

bool is_inside(std::string_view table, std::string_view outer) {
  return table.size() > outer.size() && table.starts_with(outer) && table[outer.size()] == '.';
}

// What Apache's broker takes to the letter, and nobody means. Empty: nothing.
std::string_view why_not_meant(std::string_view text) {
  if (text.find(" #") != std::string_view::npos || text.find("\t#") != std::string_view::npos)
    return "what stands behind # belongs to the value here; put the comment into a line of its own";
  if (text.find("${") != std::string_view::npos)
    return "nothing is put in for ${...} here; write what is meant";
  return {};
}

// Fills structs from entries of one table.
class Filling {
 public:
  Filling(std::span<const Part> parts, std::string_view table, Origins& origins, Report& report,
          UnknownKeys unknown = UnknownKeys::mistakes)
      : parts_(parts), table_(table), origins_(origins), report_(report), unknown_(unknown) {}

  void take_toml(const Entry& entry) {
    const auto name = full_name(table_, entry.key);
    for (const auto& part : parts_) {
      if (const auto* option = part.set.find(entry.key))
        return settle(part, *option, name, entry.raw, read_value(*option, entry.raw), entry.key_at,
                      entry.value_at);
    }
    if (unknown_ == UnknownKeys::ignored) return;
    report_.mistakes.push_back(
        {entry.key_at, name, in_quotes_if_needed(name) + unknown_in_toml(parts_, table_, entry.key)});
  }

  // False: no part has an option of that name.
  bool take_property(const Entry& entry) {
    bool taken = false;
    for (const auto& part : parts_) taken = take_property(part, entry) || taken;
    return taken;
  }

  void set_apache_defaults(const std::string& source) {
    for (const auto& part : parts_) {
      for (const auto& option : part.set.options()) {
        if (!option.apache_default) continue;
        option.set(part.config, *option.apache_default);
        origins_.set(full_name(table_, option.name), {source + ", Apache's default", 0, 0});
      }
    }
  }

  void take_flag(const FlagValue& flag) {
    for (const auto& part : parts_) {
      if (const auto* option = part.set.find(flag.option)) {
        const Place at{"flag " + option->flag(), 0, 0};
        const Raw raw{flag.text, false};
        return settle(part, *option, option->name, raw, read_value(*option, raw), at, at);
      }
    }
    report_.mistakes.push_back({{"flag"}, flag.option, flag.option + ": unknown option"});
  }

 private:
  // False: the part has no such option.
  bool take_property(const Part& part, const Entry& entry) {
    const auto& text = std::get<std::string>(entry.raw.value);
    const auto key = in_quotes_if_needed(entry.key);
    if (const auto [option, alias] = part.set.find_alias(entry.key); option != nullptr) {
      const auto why = why_not_meant(text);
      const auto value = why.empty() ? read_alias(*option, *alias, text, option->get(part.config))
                                     : ReadValue(BadValue{std::string(why)});
      settle(part, *option, key, entry.raw, value, entry.key_at, entry.value_at);
    } else if (const auto* own = find_own(part, entry.key)) {
      settle(part, *own, key, entry.raw, read_value(*own, entry.raw), entry.key_at, entry.value_at);
    } else {
      return false;
    }
    return true;
  }

  const Option* find_own(const Part& part, std::string_view key) const {
    if (table_.empty()) return part.set.find(key);
    const bool is_below = is_inside(key, table_);
    return is_below ? part.set.find(key.substr(table_.size() + 1)) : nullptr;
  }

  void settle(const Part& part, const Option& option, std::string_view key, const Raw& raw,
              const ReadValue& value, const Place& key_at, const Place& value_at) {
    const auto name = full_name(table_, option.name);
    if (!value) {
      report_.mistakes.push_back({value_at, name, value_sentence(option, key, raw, value.error())});
      return;
    }
    option.set(part.config, *value);
    origins_.set(name, key_at);
  }

  std::span<const Part> parts_;
  std::string_view table_;
  Origins& origins_;
  Report& report_;
  UnknownKeys unknown_;
};

std::string why_not(std::string_view text, const WithoutEffect& key) {
  const auto why = why_not_meant(text);
  return why.empty() ? key.otherwise : std::string(why);
}

std::optional<std::string> read_whole(const std::filesystem::path& path, std::string& why) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return why = "is a directory", std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return why = std::strerror(errno), std::nullopt;
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return why = std::strerror(errno), std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestFile) return why = "is larger than 1MiB", std::nullopt;
  return text;
}

}  // namespace

ConfigFile ConfigFile::read(const std::filesystem::path& path, const OptionSet& top, Report& report) {
  std::string why;
  auto text = read_whole(path, why);
  if (text) return parse(std::move(*text), path.string(), top, report);
  report.mistakes.push_back({{path.string(), 0, 0}, {}, "cannot be read: " + why});
  return {};
}

ConfigFile ConfigFile::parse(std::string text, const std::string& name, const OptionSet& top,
                             Report& report) {
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  ConfigFile file;
  file.source_ = name;
  file.format_ = format_of(name, text, top);
  file.content_ = file.format_ == FileFormat::toml ? parse_toml(std::move(text), name, report)
                                                   : parse_properties_file(text, name, report);
  return file;
}

std::vector<std::string> ConfigFile::tables_in(std::string_view table) const {
  std::vector<std::string> names;
  for (const auto& candidate : content_.tables) {
    if (!table.empty() && !is_inside(candidate.name, table)) continue;
    const auto rest = table.empty() ? candidate.name : candidate.name.substr(table.size() + 1);
    if (rest.find('.') == std::string::npos) names.push_back(rest);
  }
  return names;
}

const Place* ConfigFile::place_of(std::string_view table) const {
  const auto found = std::find_if(content_.tables.begin(), content_.tables.end(),
                                  [&](const Table& candidate) { return candidate.name == table; });
  return found == content_.tables.end() ? nullptr : &found->at;
}

void ConfigFile::fill_parts(std::span<const Part> parts, std::string_view table, Origins& origins,
                            Report& report, UnknownKeys unknown) {
  filled_.emplace(table);
  if (is_apaches()) {
    fill_from_properties(parts, table, origins, report);
    if (unknown == UnknownKeys::ignored) return;
    std::vector<const OptionSet*> sets;
    for (const auto& part : parts) sets.push_back(&part.set);
    return report_leftovers(sets, report);
  }
  Filling filling(parts, table, origins, report, unknown);
  for (const auto& entry : content_.entries)
    if (entry.table == table) filling.take_toml(entry);
  for (const auto& name : tables_in(table)) {
    if (std::none_of(parts.begin(), parts.end(), [&](const Part& part) { return part.set.find(name); }))
      continue;
    const auto full = full_name(table, name);
    report.mistakes.push_back({*place_of(full), full, full + ": is a table here; write " + full + " = ..."});
    filled_.insert(full);
  }
}

// A key that changes what another one says comes behind it, wherever it stands.
void ConfigFile::fill_from_properties(std::span<const Part> parts, std::string_view table, Origins& origins,
                                      Report& report) {
  Filling filling(parts, table, origins, report);
  filling.set_apache_defaults(source_);
  const auto is_upgrade = [&](const Entry& entry) {
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
      const auto* alias = part.set.find_alias(entry.key).alias;
      return alias != nullptr && alias->form == Alias::Form::upgrade;
    });
  };
  for (const bool upgrades : {false, true}) {
    for (std::size_t i = 0; i < content_.entries.size(); ++i) {
      const auto& entry = content_.entries[i];
      if (is_upgrade(entry) == upgrades && filling.take_property(entry)) taken_.insert(i);
    }
  }
}

void ConfigFile::report_leftovers(std::span<const OptionSet* const> sets, Report& report) const {
  if (!is_apaches()) return;
  const auto names = apache_names_of(sets);
  for (std::size_t i = 0; i < content_.entries.size(); ++i) {
    if (taken_.contains(i)) continue;
    const auto& entry = content_.entries[i];
    const auto key = in_quotes_if_needed(entry.key);
    const WithoutEffect* without = nullptr;
    for (const auto* set : sets)
      if (without == nullptr) without = set->find_without_effect(entry.key);
    const auto& text = std::get<std::string>(entry.raw.value);
    if (without == nullptr)
      report.warnings.push_back(
          {entry.key_at, {}, key + ": unknown option, ignored" + nearest_words(entry.key, names)});
    else if (without->is_same_here(text))
      continue;
    else if (without->otherwise.empty())
      report.warnings.push_back({entry.key_at, {}, key + ": has no effect here: " + without->why});
    else
      report.mistakes.push_back(
          {entry.value_at, {}, key + " = " + in_quotes_if_needed(text) + ": " + why_not(text, *without)});
  }
}

bool ConfigFile::is_left_out(std::string_view table) const {
  return std::any_of(left_out_.begin(), left_out_.end(), [&](std::string_view left_out) {
    return left_out == table || is_inside(table, left_out);
  });
}

void ConfigFile::report_unknown_tables(Report& report) const {
  std::vector<std::string_view> known(expected_.begin(), expected_.end());
  for (const auto& table : filled_)
    if (!table.empty()) known.emplace_back(table);
  std::vector<std::string_view> unknown;
  for (const auto& [name, at] : content_.tables) {
    const auto is_known = [&](std::string_view table) { return table == name || is_inside(table, name); };
    const auto is_told = [&](std::string_view table) { return is_inside(name, table); };
    if (is_left_out(name) || std::any_of(known.begin(), known.end(), is_known)) continue;
    if (std::any_of(unknown.begin(), unknown.end(), is_told)) continue;
    unknown.emplace_back(name);
    const auto near = known.empty() ? "; all options stand at the top level" : nearest_words(name, known);
    report.mistakes.push_back({at, name, "[" + shortened(name) + "]: unknown table" + near});
  }
  // Keys beside the tables that structs were filled from, as in [plugins] itself.
  for (const auto& entry : content_.entries) {
    const auto is_told = [&](std::string_view table) {
      return table == entry.table || is_inside(entry.table, table);
    };
    if (filled_.contains(entry.table) || is_left_out(entry.table) ||
        std::any_of(unknown.begin(), unknown.end(), is_told))
      continue;
    const auto name = full_name(entry.table, entry.key);
    report.mistakes.push_back({entry.key_at, name, in_quotes_if_needed(name) + ": unknown option"});
  }
}

void untyped::apply_flags(const OptionSet& set, void* config, std::span<const FlagValue> flags,
                          Origins& origins, Report& report) {
  const Part part{set, config};
  Filling filling({&part, 1}, "", origins, report);
  for (const auto& flag : flags) filling.take_flag(flag);
}

void untyped::check_whole(const OptionSet& set, const void* config, std::string_view table,
                          const Origins& origins, Report& report) {
  for (const auto& complaint : set.check(config)) {
    const auto name = full_name(table, complaint.option);
    if (report.blames(name)) continue;
    const auto* at = origins.find(name);
    report.mistakes.push_back({at ? *at : Place(), name, name + ": " + complaint.text});
  }
}

}  // namespace gantry::options
