// How many bytes all connections of a process together may hold: partly received frames and unsent answers.
#pragma once

#include "remoting/byte_size.h"

#include <atomic>
#include <cstddef>

namespace gantry::remoting {

// Any thread. Connections report what they hold. Past 80 % of the limit, those that hold more than a little
// stop reading, and those that do not take what is sent to them are closed sooner; at the limit all stop
// reading.
class MemoryBudget {
 public:
  explicit MemoryBudget(ByteSize limit) : limit_(limit.bytes()) {}

  // What a connection may hold and go on while memory is short; it reads no more at once then.
  static constexpr std::size_t kLittle = 8 * 1024;

  void take(std::size_t bytes) { held_.fetch_add(bytes, std::memory_order_relaxed); }
  void give_back(std::size_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

  bool is_short() const { return held() > limit_ / 5 * 4; }
  bool is_used_up() const { return held() >= limit_; }
  std::size_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> held_{0};
};

}  // namespace gantry::remoting
