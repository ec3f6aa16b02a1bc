// Whether the log takes messages, and if not, why: several things can close it, and each opens it again
// itself.
#pragma once

#include "kernel/api/refusal.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace gantry::store {

enum class Closed : std::uint8_t {
  not_open,      // before recovery, and when it stops
  sync_failed,   // nobody knows what is on the disk: for good, until a restart has looked
  write_failed,  // what stands behind the log's end must be made zeros first
  no_file,       // the log's next file cannot be made
  disk_full,     // over the level at which the operator wants no more messages
};
inline constexpr std::size_t kReasonsToClose = 5;

// What senders and the operator are told when the log could not be synced for this reason.
inline std::string after_failed_sync(const std::string& why) {
  return why +
         ". What of the last messages is on the disk is unknown: no more are taken until the broker has been "
         "started again, which finds out";
}

// Thread: any.
class WriteGate {
 public:
  WriteGate() { close(Closed::not_open, "the store is not open yet"); }

  bool open() const { return closed_.load(std::memory_order_acquire) == 0; }
  bool closed_by(Closed why) const { return (closed_.load(std::memory_order_acquire) & bit(why)) != 0; }

  // `text` goes to the sender: what is wrong, and what would help. True: it was not closed by this before.
  bool close(Closed why, std::string text) {
    const std::lock_guard lock(mutex_);
    texts_[static_cast<std::size_t>(why)] = std::move(text);
    return (closed_.fetch_or(bit(why), std::memory_order_acq_rel) & bit(why)) == 0;
  }
  bool reopen(Closed why) {
    return (closed_.fetch_and(~bit(why), std::memory_order_acq_rel) & bit(why)) != 0;
  }

  // Why it is closed; the first reason of several.
  api::Refusal refusal() const {
    const std::lock_guard lock(mutex_);
    const std::uint32_t closed = closed_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < kReasonsToClose; ++i) {
      if ((closed & (1u << i)) != 0) return {remoting::ResponseCode::service_not_available, texts_[i]};
    }
    return {remoting::ResponseCode::service_not_available,
            "the store takes messages again: send it once more"};
  }

 private:
  static constexpr std::uint32_t bit(Closed why) { return 1u << static_cast<std::uint32_t>(why); }

  std::atomic<std::uint32_t> closed_{0};
  mutable std::mutex mutex_;
  std::array<std::string, kReasonsToClose> texts_;  // guarded by mutex_
};

}  // namespace gantry::store
