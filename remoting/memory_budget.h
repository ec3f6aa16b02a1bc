// How many bytes all connections of a process together may hold: partly received frames and unsent answers.
#pragma once

#include "remoting/byte_size.h"

#include <atomic>
#include <cstddef>

namespace gantry::remoting {

// Any thread. Connections report what they hold beyond the little that each may hold beside the budget.
//
// A frame grows past that little only once the budget has promised memory for the whole of it. So whoever
// holds a part of the memory can finish, and whoever waits for memory holds none of it: none waits for
// another that waits. A frame is promised memory below 80 % of the limit, if it fits: large ones and small
// ones alike.
//
// Past 80 %, and while anybody waits for such a promise, memory is short: connections with unsent answers
// read no more requests, and those that do not take what is sent to them, or do not go on sending what memory
// was promised for, are closed sooner. Past the limit nobody begins anything.
class MemoryBudget {
 public:
  explicit MemoryBudget(ByteSize limit) : limit_(limit.bytes()) {}

  // What each connection may hold beside the budget; while memory is short it reads no more at once.
  static constexpr std::size_t kLittle = 8 * 1024;
  static std::size_t counted(std::size_t holds) { return holds > kLittle ? holds - kLittle : 0; }

  void take(std::size_t bytes) { held_.fetch_add(bytes, std::memory_order_relaxed); }
  void give_back(std::size_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

  // All that one frame is still going to hold, or nothing of it.
  bool take_for_frame(std::size_t bytes) {
    auto before = held();
    do {
      if (before > plenty() || bytes > limit_ - before) return false;
    } while (!held_.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
    return true;
  }

  // While it exists, somebody waits for take_for_frame() to say yes.
  class Waiting {
   public:
    explicit Waiting(MemoryBudget& budget) : budget_(budget) { ++budget_.waiting_; }
    ~Waiting() { --budget_.waiting_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    MemoryBudget& budget_;
  };

  bool is_short() const { return held() > plenty() || waiting_.load(std::memory_order_relaxed) != 0; }
  bool is_used_up() const { return held() > limit_; }
  std::size_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  std::size_t plenty() const { return limit_ / 5 * 4; }

  const std::size_t limit_;
  std::atomic<std::size_t> held_{0};
  std::atomic<std::size_t> waiting_{0};
};

}  // namespace gantry::remoting
