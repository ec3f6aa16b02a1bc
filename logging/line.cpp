#include "logging/line.h"

#include "logging/escape.h"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

namespace gantry::logging {
namespace {

using std::chrono::nanoseconds;

constexpr std::array<std::string_view, 4> kHumanLevels{"DEBUG ", "INFO  ", "WARN  ", "ERROR "};

template <class Number>
void append_number(std::string& out, Number number) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  out.append(buffer, end);
}

void append_time(std::string& out, std::chrono::system_clock::time_point time, bool local,
                 const char* date_format) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  local ? localtime_r(&seconds, &parts) : gmtime_r(&seconds, &parts);
  char buffer[40];
  out.append(buffer, std::strftime(buffer, sizeof buffer, date_format, &parts));
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time - whole).count();
  out += '.';
  for (const auto digit : {millis / 100, millis / 10 % 10, millis % 10})
    out += static_cast<char>('0' + digit);
}

// A measured time: at most three decimals of the largest unit that it reaches.
void append_duration(std::string& out, nanoseconds duration) {
  struct Unit {
    nanoseconds size;
    std::string_view name;
  };
  static constexpr std::array<Unit, 4> kUnits{{{std::chrono::seconds(1), "s"},
                                               {std::chrono::milliseconds(1), "ms"},
                                               {std::chrono::microseconds(1), "us"},
                                               {nanoseconds(1), "ns"}}};
  const auto amount = std::abs(static_cast<double>(duration.count()));
  const Unit* unit = kUnits.data();
  while (unit != &kUnits.back() && amount < static_cast<double>(unit->size.count())) ++unit;
  const double rounded =
      std::round(static_cast<double>(duration.count()) / static_cast<double>(unit->size.count()) * 1000) /
      1000;
  if (duration.count() == 0)
    out += "0s";
  else {
    char buffer[64];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, rounded, std::chars_format::fixed).ptr);
    out += unit->name;
  }
}

void append_bytes(std::string& out, std::uint64_t count) {
  static constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; unit + 1 < kUnits.size() && count != 0 && count % 1024 == 0; ++unit) count /= 1024;
  append_number(out, count);
  out += kUnits[unit];
}

bool stands_without_quotes(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\') return false;
  return !text.empty();
}

void append_quoted(std::string& out, std::string_view text, BadBytes bad_bytes) {
  out += '"';
  append_escaped(out, text, bad_bytes, true);
  out += '"';
}

struct HumanValue {
  std::string& out;
  void operator()(bool v) const { out += v ? "true" : "false"; }
  void operator()(std::int64_t v) const { append_number(out, v); }
  void operator()(std::uint64_t v) const { append_number(out, v); }
  void operator()(double v) const { append_number(out, v); }
  void operator()(nanoseconds v) const { append_duration(out, v); }
  void operator()(Bytes v) const { append_bytes(out, v.count); }
  void operator()(std::string_view v) const {
    if (stands_without_quotes(v))
      append_escaped(out, v, BadBytes::as_hex, false);
    else
      append_quoted(out, v, BadBytes::as_hex);
  }
};

struct JsonValue {
  std::string& out;
  void operator()(bool v) const { out += v ? "true" : "false"; }
  void operator()(std::int64_t v) const { append_number(out, v); }
  void operator()(std::uint64_t v) const { append_number(out, v); }
  void operator()(double v) const {
    if (std::isfinite(v))
      append_number(out, v);
    else
      out += "null";
  }
  void operator()(nanoseconds v) const { append_number(out, static_cast<double>(v.count()) / 1e9); }
  void operator()(Bytes v) const { append_number(out, v.count); }
  void operator()(std::string_view v) const { append_quoted(out, v, BadBytes::as_replacement); }
};

// A field must not hide one of the line's own members from whoever parses it.
std::string json_name(const LogField& field) {
  std::string name(field.name);
  if (std::holds_alternative<nanoseconds>(field.value)) name += "_seconds";
  if (std::holds_alternative<Bytes>(field.value)) name += "_bytes";
  for (const std::string_view own : {"time", "level", "logger", "message"})
    if (name == own) return "field_" + name;
  return name;
}

}  // namespace

void append_human(std::string& out, const Line& line) {
  append_time(out, line.time, true, "%Y-%m-%d %H:%M:%S");
  out += ' ';
  out += kHumanLevels[static_cast<std::size_t>(line.level)];
  if (!line.part.empty()) {
    append_escaped(out, line.part, BadBytes::as_hex, false);
    out += ": ";
  }
  append_escaped(out, line.message, BadBytes::as_hex, false);
  std::string_view gap = "  ";
  for (const auto& field : line.fields) {
    out += gap;
    append_escaped(out, field.name, BadBytes::as_hex, false);
    out += '=';
    append_value(out, field.value);
    gap = " ";
  }
}

void append_value(std::string& out, const FieldValue& value) {
  std::visit(HumanValue{out}, value);
}

void append_json(std::string& out, const Line& line) {
  out += "{\"time\":\"";
  append_time(out, line.time, false, "%Y-%m-%dT%H:%M:%S");
  out += "Z\",\"level\":\"";
  out += level_name(line.level);
  out += "\",\"logger\":";
  std::string logger(line.program);
  if (!line.part.empty()) (logger += '.') += line.part;
  append_quoted(out, logger, BadBytes::as_replacement);
  out += ",\"message\":";
  append_quoted(out, line.message, BadBytes::as_replacement);
  for (const auto& field : line.fields) {
    out += ',';
    append_quoted(out, json_name(field), BadBytes::as_replacement);
    out += ':';
    std::visit(JsonValue{out}, field.value);
  }
  out += '}';
}

}  // namespace gantry::logging
