// Keeps one copy of byte strings that are equal. The routes of topics that lie on the same brokers with the
// same queues are equal, since a route does not name its topic: ten thousand of them are often a handful.
//
// What nobody holds any more is forgotten. Thread: its owner's lock.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gantry::namesrv {

class SharedBytes {
 public:
  std::shared_ptr<const std::string> get(std::string_view bytes) {
    const std::size_t hash = std::hash<std::string_view>{}(bytes);
    const auto [first, last] = known_.equal_range(hash);
    for (auto at = first; at != last; ++at) {
      if (auto held = at->second.lock(); held && *held == bytes) return held;
    }
    if (known_.size() >= sweep_at_) sweep();
    auto made = std::make_shared<const std::string>(bytes);
    known_.emplace(hash, made);
    return made;
  }

  std::size_t remembered() const { return known_.size(); }  // held or not yet forgotten

 private:
  static constexpr std::size_t kSweepAtLeast = 64;

  void sweep() {
    std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(kSweepAtLeast, known_.size() * 2);
  }

  std::unordered_multimap<std::size_t, std::weak_ptr<const std::string>> known_;
  std::size_t sweep_at_ = kSweepAtLeast;
};

}  // namespace gantry::namesrv
