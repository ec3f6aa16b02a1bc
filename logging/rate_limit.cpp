#include "logging/rate_limit.h"

#include <utility>

namespace gantry::logging {

RateLimit::RateLimit(Logger& log, unsigned per_second, Now now)
    : log_(log), per_second_(per_second), now_(std::move(now)) {
}

RateLimit::~RateLimit() {
  const std::lock_guard lock(mutex_);
  tell_held_back();
}

void RateLimit::log(Level level, std::string_view message, Logger::Fields fields) {
  if (!log_.enabled(level)) return;
  const std::lock_guard lock(mutex_);
  const auto now = now_();
  if (now >= second_ends_) {
    tell_held_back();
    second_ends_ = now + std::chrono::seconds(1);
    written_ = 0;
  }
  if (written_ < per_second_) {
    ++written_;
    log_.log(level, message, fields);
    return;
  }
  if (held_back_++ == 0) {
    held_back_level_ = level;
    held_back_message_ = message;
  }
}

void RateLimit::flush() {
  const std::lock_guard lock(mutex_);
  if (now_() >= second_ends_) tell_held_back();
}

void RateLimit::tell_held_back() {
  if (held_back_ == 0) return;
  log_.log(held_back_level_, "more like this were not logged",
           {{"like", held_back_message_}, {"count", held_back_}});
  held_back_ = 0;
}

}  // namespace gantry::logging
