#include "plugins/store-mmap/checkpointer.h"

#include "plugins/store-mmap/planted.h"

#include <algorithm>

namespace gantry::store {
namespace {

constexpr std::size_t kMoments = 64;

}  // namespace

void Checkpointer::start_at(const Checkpoint& checkpoint) {
  times_ = checkpoint.claims ? checkpoint.times : CheckpointTimes{};  // or they may be torn
  claims_ = checkpoint.claims.value_or(Claims{});
  claims_are_written_ = false;
}

IoResult<void> Checkpointer::lower(api::LogOffset end) {
  const std::lock_guard lock(mutex_);
  if (claims_.queues_to <= end && claims_.flushed_to <= end) return {};
  Claims lower = claims_;
  lower.queues_to = std::min(lower.queues_to, end);
  lower.flushed_to = std::min(lower.flushed_to, end);
  lower.clean = false;
  if (auto written = file_.write(times_, lower); !written) return written;
  claims_ = lower;
  claimed_.store(std::min(lower.queues_to, lower.flushed_to).value, std::memory_order_release);
  return {};
}

IoResult<void> Checkpointer::write(bool clean) {
  const std::lock_guard lock(mutex_);
  const std::int64_t visible = parts_.positions.visible.load(std::memory_order_acquire);
  // The time first: what comes behind `written` was stored then or later.
  const std::int64_t stored_at = parts_.newest_stored_at() - 1;
  moments_.push_back({parts_.positions.written.load(std::memory_order_acquire), stored_at});
  if (moments_.size() > kMoments) moments_.pop_front();

  if (auto written = parts_.queues.write_behind(); !written) return written;
  // Not what a power cut may take from the log: recovery would have to give up entries that are claimed.
  const std::int64_t flushed = planted(Planted::checkpoint_ahead_of_log)
                                   ? visible
                                   : parts_.positions.flushed.load(std::memory_order_acquire);
  const Claims claims{.queues_to = {std::min(visible, flushed)},
                      .flushed_to = {flushed},
                      .index = parts_.index(),
                      .clean = clean};
  if (claims_are_written_ && claims == claims_) return {};
  if (!planted(Planted::checkpoint_ahead_of_queues)) {
    if (auto synced = parts_.queues.sync(); !synced) return synced;
  }
  if (clean) {
    if (auto noted = parts_.queues.note_ends(); !noted) return noted;
  }
  CheckpointTimes times = times_;
  times.log = stored_before(claims.flushed_to.value, times.log);
  times.queues = stored_before(claims.queues_to.value, times.queues);
  if (auto written = file_.write(times, claims); !written) return written;
  times_ = times;
  claims_ = claims;
  claims_are_written_ = true;
  claimed_.store(std::min(claims.queues_to, claims.flushed_to).value, std::memory_order_release);
  return {};
}

// A time by which every message stored is before that position.
std::int64_t Checkpointer::stored_before(std::int64_t position, std::int64_t known) const {
  for (const Moment& moment : moments_) {
    if (moment.position <= position) known = std::max(known, moment.stored_at);
  }
  return known;
}

}  // namespace gantry::store
