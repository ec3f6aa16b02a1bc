// All options of one plain struct. The struct's member initialisers are the defaults; the program reads the
// struct and never asks for an option by name.
//
//   struct ScheduleConfig {
//     std::chrono::hours longest_delay{24 * 40};
//     ByteSize wheel_memory = ByteSize::mib(8);
//   };
//
//   Schema<ScheduleConfig> schedule_schema() {
//     Schema<ScheduleConfig> schema;
//     schema.option("longest_delay", &ScheduleConfig::longest_delay).range(1h, 24h * 366).help("...");
//     schema.option("wheel_memory", &ScheduleConfig::wheel_memory).help("...");
//     return schema;
//   }
//
// A schema is made once at start-up, on one thread, and only read after that, by any thread.
#pragma once

#include "options/option.h"

#include <concepts>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::options {

// One thing that is wrong with a configuration as a whole, told where `option` was set.
struct Complaint {
  std::string option;
  std::string text;  // what is wrong and what would be right
};

// A key that Apache's files may have and that changes nothing here.
struct WithoutEffect {
  std::string name;
  std::string why;                  // "threads: see io_threads"
  std::optional<std::string> told;  // what clients are told who ask for the configuration
  bool refused_by_wire = false;     // Apache refuses to change it by wire, and so do we
  std::vector<std::string>
      same_here{};          // values that ask for what happens here anyway: nothing is said of them
  std::string otherwise{};  // what would be right instead of any other value; empty: those are harmless, too

  bool is_same_here(std::string_view value) const;
};

// A schema without its struct's type: what everything derived from declarations works on.
class OptionSet {
 public:
  const std::deque<Option>& options() const { return options_; }
  const std::deque<WithoutEffect>& without_effect() const { return without_effect_; }

  // nullptr: there is none of that name.
  const Option* find(std::string_view name) const;
  const WithoutEffect* find_without_effect(std::string_view apache_name) const;
  struct AliasedOption {
    const Option* option = nullptr;
    const Alias* alias = nullptr;
  };
  AliasedOption find_alias(std::string_view apache_name) const;

  Value default_of(const Option& option) const { return option.get(defaults_.get()); }
  std::vector<Complaint> check(const void* config) const;

  // Declares a key without effect.
  void without_effect(WithoutEffect key) { without_effect_.push_back(std::move(key)); }

 protected:
  OptionSet() = default;

  Option& add(std::string_view name, Kind kind);

  std::deque<Option> options_;  // a builder refers to its option while others are added
  std::deque<WithoutEffect> without_effect_;
  std::shared_ptr<const void> defaults_;
  std::function<std::vector<Complaint>(const void*)> check_;
};

template <class Config>
class Schema : public OptionSet {
 public:
  Schema() { defaults_ = std::make_shared<const Config>(); }

  // The member may be one of a struct that Config derives from.
  template <class T, class Part>
    requires(!std::is_enum_v<T> && std::derived_from<Config, Part>)
  OptionBuilder<T> option(std::string_view name, T Part::* member) {
    Option& added = add(name, Stored<T>::kind);
    added.get = [member](const void* c) { return Stored<T>::to(static_cast<const Config*>(c)->*member); };
    added.set = [member](void* c, const Value& v) { static_cast<Config*>(c)->*member = Stored<T>::from(v); };
    if constexpr (Stored<T>::kind == Kind::integer) limit_to_type<T>(added);
    if constexpr (Stored<T>::kind == Kind::duration) added.step = std::chrono::nanoseconds(T(1));
    return OptionBuilder<T>(added);
  }

  // `names` is a range of pairs (name, enumerator) and outlives the schema: a constant.
  template <class E, class Part, class Names>
    requires(std::is_enum_v<E> && std::derived_from<Config, Part>)
  OptionBuilder<E> option(std::string_view name, E Part::* member, const Names& names) {
    Option& added = add(name, Kind::choice);
    for (const auto& [word, enumerator] : names) added.choices.emplace_back(word);
    added.get = [member, &names](const void* c) {
      for (const auto& [word, enumerator] : names)
        if (enumerator == static_cast<const Config*>(c)->*member) return Value(std::string(word));
      return Value(std::string());
    };
    added.set = [member, &names](void* c, const Value& v) {
      for (const auto& [word, enumerator] : names)
        if (word == std::get<std::string>(v)) static_cast<Config*>(c)->*member = enumerator;
    };
    return OptionBuilder<E>(added);
  }

  // A temporary list of names would be gone before the schema is used.
  template <class E, class Part, class Names>
    requires(std::is_enum_v<E> && std::derived_from<Config, Part>)
  OptionBuilder<E> option(std::string_view name, E Part::* member, const Names&& names) = delete;

  // What only the whole can tell. Must be a pure function: it runs for --check-config and for each change by
  // wire, on a copy.
  void check_whole(std::function<std::vector<Complaint>(const Config&)> check) {
    check_ = [check = std::move(check)](const void* config) {
      return check(*static_cast<const Config*>(config));
    };
  }

 private:
  template <class T>
  static void limit_to_type(Option& option) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    option.at_least = Value(static_cast<std::int64_t>(std::numeric_limits<T>::min()));
    option.at_most = Value(std::in_range<std::int64_t>(std::numeric_limits<T>::max())
                               ? static_cast<std::int64_t>(std::numeric_limits<T>::max())
                               : kMost);
  }
};

// Mistakes of the declaration itself: a name that is taken or not snake_case, no help, a default outside its
// own range, a secret that could be changed by wire. Empty for a sound one. Each program tests its own schema
// with this; a host of plugins asks before it uses a plugin's.
std::vector<std::string> declaration_mistakes(const OptionSet& set);

}  // namespace gantry::options
