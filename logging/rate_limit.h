// Keeps a line that outsiders can provoke from filling the log.
//
//   RateLimit refused{log, 5, clock};   // one object for each kind of line, where it is written
//   refused.warn("frame refused", {{"peer", peer}, {"reason", reason}});
//
// At most `per_second` lines are written in a second that begins with the first of them. What was held back
// is counted, and told in one line ("more like this were not logged", like, count) before the next line that
// is written, by flush(), or at the end of this object. Any thread.
#pragma once

#include "logging/logger.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

namespace gantry::logging {

class RateLimit {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  // `log` outlives this object.
  RateLimit(Logger& log, unsigned per_second, Now now);
  ~RateLimit();
  RateLimit(const RateLimit&) = delete;
  RateLimit& operator=(const RateLimit&) = delete;

  void log(Level level, std::string_view message, Logger::Fields fields = {});
  void info(std::string_view message, Logger::Fields fields = {}) { log(Level::info, message, fields); }
  void warn(std::string_view message, Logger::Fields fields = {}) { log(Level::warn, message, fields); }

  // Tells what was held back in a second that is over; for a timer of the owner, so that it is told even
  // when nothing more comes.
  void flush();

 private:
  void tell_held_back();  // with mutex_ held

  Logger& log_;
  const unsigned per_second_;
  const Now now_;

  std::mutex mutex_;
  std::chrono::steady_clock::time_point second_ends_{std::chrono::steady_clock::time_point::min()};
  unsigned written_ = 0;
  std::uint64_t held_back_ = 0;
  Level held_back_level_ = Level::info;
  std::string held_back_message_;
};

}  // namespace gantry::logging
