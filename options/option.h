// One declared option: all that is known about it, in one place. Whatever an operator meets (the checks of a
// file, flags, --print-config, the reference page, changes by wire) is derived from this.
//
// Options are declared through options/schema.h; the builder below is what its option() returns:
//
//   schema.option("broker_expiry", &NamesrvConfig::broker_expiry)
//       .range(1s, 24h)
//       .changeable_by_wire()
//       .help("Silence after which a broker is taken out of all routes.");
#pragma once

#include "options/alias.h"
#include "options/value.h"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace gantry::options {

struct Option {
  std::string name;  // snake_case; the flag is the same with dashes
  Kind kind = Kind::text;
  std::string help;  // one line

  std::optional<Value> at_least, at_most;
  std::chrono::nanoseconds step{1};  // what a duration must be a multiple of: its member's unit
  std::vector<std::string> choices;
  bool may_be_empty = true;

  bool changeable = false;  // while running
  bool by_wire = false;     // by a request from the network, too
  bool secret = false;      // never printed, logged or sent

  std::string default_words;  // how a default that depends on the machine comes about
  std::vector<Alias> aliases;
  std::optional<Value>
      apache_default;                // what holds when a file of Apache's does not set it, if not the default
  std::string apache_default_words;  // likewise

  std::function<Value(const void* config)> get;
  std::function<void(void* config, const Value&)> set;  // the value has been checked

  std::string flag() const;  // "--broker-expiry"
};

// How a member's type is held as a Value.
template <class T>
struct Stored;

template <>
struct Stored<bool> {
  static constexpr Kind kind = Kind::boolean;
  static Value to(bool v) { return v; }
  static bool from(const Value& v) { return std::get<bool>(v); }
};

template <std::integral T>
struct Stored<T> {
  static constexpr Kind kind = Kind::integer;
  static Value to(T v) { return static_cast<std::int64_t>(v); }
  static T from(const Value& v) { return static_cast<T>(std::get<std::int64_t>(v)); }
};

template <std::integral Rep, class Period>
  requires(sizeof(Rep) >= sizeof(std::int64_t))
struct Stored<std::chrono::duration<Rep, Period>> {
  using T = std::chrono::duration<Rep, Period>;
  static constexpr Kind kind = Kind::duration;
  static Value to(T v) { return std::chrono::duration_cast<std::chrono::nanoseconds>(v); }
  static T from(const Value& v) {
    return std::chrono::duration_cast<T>(std::get<std::chrono::nanoseconds>(v));
  }
};

template <>
struct Stored<std::filesystem::path> {
  static constexpr Kind kind = Kind::path;
  static Value to(const std::filesystem::path& v) { return v.string(); }
  static std::filesystem::path from(const Value& v) { return std::get<std::string>(v); }
};

template <Kind K, class T>
struct StoredAsItIs {
  static constexpr Kind kind = K;
  static Value to(const T& v) { return v; }
  static T from(const Value& v) { return std::get<T>(v); }
};
template <>
struct Stored<ByteSize> : StoredAsItIs<Kind::size, ByteSize> {};
template <>
struct Stored<HostPort> : StoredAsItIs<Kind::host_port, HostPort> {};
template <>
struct Stored<std::string> : StoredAsItIs<Kind::text, std::string> {};
template <>
struct Stored<std::vector<std::string>> : StoredAsItIs<Kind::text_list, std::vector<std::string>> {};

// What may be changed by wire is decided by type: text, paths and addresses never are, so that no request can
// ever name a file, a command or a host.
template <class T>
concept SafeByWire =
    std::integral<T> || std::is_enum_v<T> || std::same_as<T, ByteSize> || requires { typename T::period; };

template <class T>
class OptionBuilder {
 public:
  explicit OptionBuilder(Option& option) : option_(option) {}

  OptionBuilder& help(std::string one_line) { return with(option_.help, std::move(one_line)); }

  // Both ends are accepted.
  OptionBuilder& range(T at_least, T at_most)
    requires std::totally_ordered<T> && (!std::is_enum_v<T>)
  {
    option_.at_least = Stored<T>::to(at_least);
    return with(option_.at_most, Stored<T>::to(at_most));
  }

  OptionBuilder& not_empty() { return with(option_.may_be_empty, false); }
  OptionBuilder& changeable() { return with(option_.changeable, true); }
  OptionBuilder& changeable_by_wire()
    requires SafeByWire<T>
  {
    option_.by_wire = true;
    return changeable();
  }
  OptionBuilder& secret() { return with(option_.secret, true); }

  // The member's default is computed when the program starts; reference pages tell these words instead.
  OptionBuilder& computed_default(std::string words) { return with(option_.default_words, std::move(words)); }

  OptionBuilder& apache(std::string name) { return apache(Alias::same(std::move(name))); }
  OptionBuilder& apache(Alias alias) {
    option_.aliases.push_back(std::move(alias));
    return *this;
  }

  // Who brings a file of Apache's means its defaults, too. `words` where it depends on the machine.
  OptionBuilder& default_with_apache(const T& value, std::string words = {})
    requires(!std::is_enum_v<T>)
  {
    option_.apache_default_words = std::move(words);
    return with(option_.apache_default, Value(Stored<T>::to(value)));
  }
  OptionBuilder& default_with_apache(std::string choice)
    requires std::is_enum_v<T>
  {
    return with(option_.apache_default, Value(std::move(choice)));
  }

 private:
  template <class Member, class V>
  OptionBuilder& with(Member& member, V&& value) {
    member = std::forward<V>(value);
    return *this;
  }

  Option& option_;
};

}  // namespace gantry::options
