// A name that an option has in Apache's properties files, and how the value is written there.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gantry::options {

struct Alias {
  enum class Form : std::uint8_t {
    same,        // as behind our own flag, and choices by `words`
    units,       // a whole number of `unit`, for durations
    bytes,       // a whole number of bytes, for sizes
    port,        // the port of a host:port
    semicolons,  // a list, with these between its texts
    items,       // a number of bytes, for a number of things of `item_bytes` each
    upgrade,     // true makes the first of `words` of the option's value the second, false nothing
  };

  std::string name;
  Form form = Form::same;
  std::chrono::nanoseconds unit{0};
  std::vector<std::pair<std::string, std::string>> words;  // Apache's word, ours
  bool told = true;  // whether Apache tells it when asked for its configuration by wire
  std::int64_t item_bytes = 1;
  std::int64_t items_up_to = 0;  // numbers that are no greater were meant to count things, not bytes

  static Alias same(std::string name) { return {std::move(name), Form::same, {}, {}, true}; }
  static Alias units(std::string name, std::chrono::nanoseconds unit) {
    return {std::move(name), Form::units, unit, {}, true};
  }
  static Alias bytes(std::string name) { return {std::move(name), Form::bytes, {}, {}, true}; }
  static Alias port(std::string name) { return {std::move(name), Form::port, {}, {}, true}; }
  static Alias semicolons(std::string name) { return {std::move(name), Form::semicolons, {}, {}, true}; }
  static Alias choice(std::string name, std::vector<std::pair<std::string, std::string>> words) {
    return {std::move(name), Form::same, {}, std::move(words), true};
  }
  static Alias items(std::string name, std::int64_t item_bytes, std::int64_t items_up_to = 0) {
    return {std::move(name), Form::items, {}, {}, true, item_bytes, items_up_to};
  }
  static Alias upgrade(std::string name, std::string from, std::string to) {
    return {std::move(name), Form::upgrade, {}, {{std::move(from), std::move(to)}}, true};
  }
  Alias not_told() && {
    told = false;
    return std::move(*this);
  }
};

}  // namespace gantry::options
