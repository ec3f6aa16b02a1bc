// What a log line looks like, without a newline at its end. Pure functions; internal to logging/.
//
//   human: 2026-11-24 10:12:13.123 WARN  remoting: connection closed  peer=127.0.0.1:5123 silent=120s
//   JSON:  {"time":"2026-11-24T09:12:13.123Z","level":"warn","logger":"namesrv.remoting",
//           "message":"connection closed","peer":"127.0.0.1:5123","silent_seconds":120}
//
// Human time is local, JSON time is UTC. Text is data: nothing in it can end the line, move a terminal's
// cursor or pass for another field. Control characters are written as \n or \u001b, bytes that are not UTF-8
// as \xff (in JSON as U+FFFD), and in the human form a value with spaces, quotes or '=' stands in quotes. In
// JSON durations are numbers of seconds and sizes numbers of bytes, and the field's name says so.
#pragma once

#include "logging/logger.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace gantry::logging {

struct Line {
  std::chrono::system_clock::time_point time;
  Level level;
  std::string_view program;
  std::string_view part;  // empty: the program's own logger
  std::string_view message;
  std::span<const LogField> fields;
};

void append_human(std::string& out, const Line& line);
void append_json(std::string& out, const Line& line);

// One value as the human form writes it.
void append_value(std::string& out, const FieldValue& value);

}  // namespace gantry::logging
