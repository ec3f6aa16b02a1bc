// How the program says what happened: one event, one call, one line.
//
//   log.warn("broker silent, removed", {{"broker", addr}, {"silent", 125s}});
//
// The message is what happened and never contains a value; the values are fields, so that a log can be
// searched and counted by event. Both may come from outside: a Logger writes control characters escaped.
// Any thread may call everything. Nothing fails: a log that cannot be written is the Logger's own trouble.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace gantry::logging {

enum class Level : std::uint8_t {
  debug,  // for who looks for a fault; off in production
  info,   // what an operator wants to find in yesterday's log
  warn,   // works on, but someone should look
  error,  // something was lost or refused that should not have been
};

inline constexpr std::array<std::pair<std::string_view, Level>, 4> kLevelNames{
    {{"debug", Level::debug}, {"info", Level::info}, {"warn", Level::warn}, {"error", Level::error}}};

constexpr std::string_view level_name(Level level) {
  return kLevelNames[static_cast<std::size_t>(level)].first;
}

// A number of bytes, told apart from other numbers so that it is written with its unit.
struct Bytes {
  std::uint64_t count;
};

using FieldValue = std::variant<bool, std::int64_t, std::uint64_t, double, std::chrono::nanoseconds, Bytes,
                                std::string_view>;

// A view of one named value; it lives as long as what it was made from, which is the call.
// Made from text, numbers, bool, chrono durations, and sizes (whatever has bytes(), such as ByteSize).
struct LogField {
  constexpr LogField(std::string_view field, bool v) : name(field), value(v) {}
  template <std::integral T>
  constexpr LogField(std::string_view field, T v) : name(field), value(widened(v)) {}
  template <std::floating_point T>
  constexpr LogField(std::string_view field, T v) : name(field), value(static_cast<double>(v)) {}
  template <class Rep, class Period>
  constexpr LogField(std::string_view field, std::chrono::duration<Rep, Period> v)
      : name(field), value(std::chrono::duration_cast<std::chrono::nanoseconds>(v)) {}
  template <class T>
    requires requires(const T& size) {
      { size.bytes() } -> std::same_as<std::uint64_t>;
    }
  constexpr LogField(std::string_view field, const T& v) : name(field), value(Bytes{v.bytes()}) {}
  constexpr LogField(std::string_view field, const char* v) : name(field), value(std::string_view(v)) {}
  template <class T>
    requires std::convertible_to<const T&, std::string_view>
  constexpr LogField(std::string_view field, const T& v) : name(field), value(std::string_view(v)) {}

  std::string_view name;  // snake_case, without a unit: the JSON form appends it
  FieldValue value;

 private:
  template <std::integral T>
  static constexpr FieldValue widened(T v) {
    if constexpr (std::signed_integral<T>)
      return static_cast<std::int64_t>(v);
    else
      return static_cast<std::uint64_t>(v);
  }
};

class Logger {
 public:
  virtual ~Logger() = default;

  // Ask only before work that exists for the log's sake; log() asks by itself.
  virtual bool enabled(Level level) const = 0;

  // A logger for one part of the program, whose lines carry its name. Where they go, and from which level
  // on, stays this one's business; the child may outlive it.
  virtual std::unique_ptr<Logger> named(std::string_view part) const = 0;

  using Fields = std::initializer_list<LogField>;

  void log(Level level, std::string_view message, std::span<const LogField> fields) {
    if (enabled(level)) write(level, message, fields);
  }
  void log(Level level, std::string_view message, Fields fields = {}) {
    log(level, message, std::span<const LogField>(fields.begin(), fields.size()));
  }
  void debug(std::string_view message, Fields fields = {}) { log(Level::debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) { log(Level::info, message, fields); }
  void warn(std::string_view message, Fields fields = {}) { log(Level::warn, message, fields); }
  void error(std::string_view message, Fields fields = {}) { log(Level::error, message, fields); }

 private:
  virtual void write(Level level, std::string_view message, std::span<const LogField> fields) = 0;
};

}  // namespace gantry::logging
