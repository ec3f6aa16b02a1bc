// How many bytes all connections of a process together may hold: partly received frames and unsent answers.
#pragma once

#include "remoting/byte_size.h"

#include <atomic>
#include <cstddef>

namespace gantry::remoting {

// Any thread. Connections report what they hold; when the sum passes 80 % of the limit they stop reading,
// and a receive buffer grows only while the sum stays within the limit.
class MemoryBudget {
 public:
  explicit MemoryBudget(ByteSize limit) : limit_(limit.bytes()) {}

  bool try_take(std::size_t bytes) {
    if (held_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_) return true;
    held_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }

  // For bytes that exist already and can only be reported, such as an answer.
  void take(std::size_t bytes) { held_.fetch_add(bytes, std::memory_order_relaxed); }
  void give_back(std::size_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

  bool is_short() const { return held() > limit_ / 5 * 4; }
  std::size_t held() const { return held_.load(std::memory_order_relaxed); }
  std::size_t limit() const { return limit_; }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> held_{0};
};

}  // namespace gantry::remoting
