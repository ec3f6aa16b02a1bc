// Key-values of a test, in memory. As with the broker's, a change is seen by reads, and its outcome told,
// only once it is "on disk": when the test calls write().
#pragma once

#include "kernel/api/key_values.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::api::testing {

// One thread: the test's.
class MemoryKeyValues final : public KeyValues {
 public:
  static constexpr std::size_t kLongestKey = 1024;
  static constexpr std::size_t kLongestValue = 1024 * 1024;

  std::optional<std::string> get(std::string_view key) const override {
    const auto found = written_.find(key);
    return found == written_.end() ? std::nullopt : std::optional(found->second);
  }

  void scan(std::string_view prefix,
            const std::function<bool(std::string_view key, std::string_view value)>& each) const override {
    for (auto at = written_.lower_bound(prefix); at != written_.end() && at->first.starts_with(prefix); ++at)
      if (!each(at->first, at->second)) return;
  }

  void change(std::vector<KeyValueChange> changes, Completion<void> done) override {
    waiting_.push_back({std::move(changes), std::move(done)});
  }

  // Writes what waits. False: there was nothing.
  bool write() {
    const bool any = !waiting_.empty();
    while (!waiting_.empty()) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      if (auto why = why_not(next.changes)) {
        next.done.fail(*std::move(why));
        continue;
      }
      for (auto& [key, value] : next.changes) {
        if (value)
          written_.insert_or_assign(std::move(key), *std::move(value));
        else
          written_.erase(key);
      }
      next.done.succeed();
    }
    return any;
  }

  // As a process that is killed: what waits never comes to the disk.
  void lose() { waiting_.clear(); }

  // The disk is full, or whatever `why` says: changes fail until refuse({}).
  void refuse(std::optional<Refusal> why) { refusing_ = std::move(why); }

 private:
  struct Change {
    std::vector<KeyValueChange> changes;
    Completion<void> done;
  };

  std::optional<Refusal> why_not(const std::vector<KeyValueChange>& changes) const {
    for (const auto& [key, value] : changes) {
      if (key.size() > kLongestKey)
        return Refusal{.text = "a key has " + std::to_string(key.size()) + " bytes, 1024 are allowed"};
      if (value && value->size() > kLongestValue)
        return Refusal{.text =
                           "a value has " + std::to_string(value->size()) + " bytes, 1048576 are allowed"};
    }
    return refusing_;
  }

  std::map<std::string, std::string, std::less<>> written_;
  std::deque<Change> waiting_;
  std::optional<Refusal> refusing_;
};

}  // namespace gantry::api::testing
