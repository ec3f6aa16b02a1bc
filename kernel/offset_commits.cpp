#include "kernel/offset_commits.h"

namespace gantry::kernel {

OffsetCommits::Outcome OffsetCommits::commit(const Commit& commit, By by) {
  if (commit.next > commit.end) return Outcome::past_the_end;
  if (offsets_.commit(commit.group, commit.topic, commit.queue, commit.next)) return Outcome::taken;
  if (by != By::tool && !was_sent_there(commit)) return Outcome::behind;
  offsets_.reset(commit.group, commit.topic, commit.queue, commit.next);
  return Outcome::taken_back;
}

void OffsetCommits::sent_to(std::string_view group, std::string_view topic, api::QueueId queue,
                            api::QueueOffset where) {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  forget_old(now);
  Key key(group, topic, queue);
  if (sent_.size() >= settings_.most_sent && !sent_.contains(key)) return;
  sent_.insert_or_assign(std::move(key), Sent{where, now + settings_.patience});
}

// Once: what comes later may be of a consumer that has gone on from there.
bool OffsetCommits::was_sent_there(const Commit& commit) {
  const std::lock_guard lock(mutex_);
  if (sent_.empty()) return false;
  const auto there = sent_.find(Key(commit.group.view(), commit.topic.view(), commit.queue));
  if (there == sent_.end() || there->second.where != commit.next) return false;
  const bool in_time = clock_.now() < there->second.until;
  sent_.erase(there);
  return in_time;
}

// All of them, and seldom: whoever has many of them made pays for few such looks.
void OffsetCommits::forget_old(std::chrono::steady_clock::time_point now) {
  if (now < look_again_) return;
  std::erase_if(sent_, [now](const auto& entry) { return entry.second.until <= now; });
  look_again_ = now + settings_.patience / 8;
}

}  // namespace gantry::kernel
