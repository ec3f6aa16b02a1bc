// How many topics, or groups, there may be. Those on their way to the disk count, too: a client that names
// new ones faster than the disk takes them would have made any number by then.
//
// For a moment one may count twice, on its way and in the table: then another is refused too early, and never
// taken too late. Thread: any.
#pragma once

#include "kernel/api/refusal.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::kernel {

struct PlacesLimit {
  std::size_t most = 100'000;
  std::string_view things;  // "topics"
  std::string_view option;  // "max_topics"
};

// Table: api::Topics or api::Groups.
template <class Table>
class Places {
 public:
  Places(const Table& table, const PlacesLimit& limit) : table_(table), limit_(limit) {}
  Places(const Places&) = delete;

  // Empty: there is one left. Asked by a plan, that holds until the plan's place is given back.
  std::string why_none() const {
    const std::size_t on_the_way = taken_.load();  // first: what comes into the table meanwhile counts twice
    const std::size_t count = table_.count() + on_the_way;
    if (count < limit_.most) return {};
    return "this broker has " + std::to_string(count) + " " + std::string(limit_.things) + ", and " +
           std::to_string(limit_.most) + " are allowed (" + std::string(limit_.option) + ")";
  }

  // A plan that succeeds takes a place, whether it asked or not. One plan at a time, so that two who find one
  // left do not both take it. give_back() once its entry is in the table, or has failed.
  template <class Plan>
  auto take_with(const Plan& plan) {
    const std::lock_guard lock(planning_);
    auto planned = plan();
    if (planned) ++taken_;
    return planned;
  }
  void give_back() { --taken_; }

  // Given back with its last copy.
  using Place = std::shared_ptr<void>;
  api::Result<Place> take() {
    const std::lock_guard lock(planning_);
    if (std::string why = why_none(); !why.empty()) return api::Refusal{.text = std::move(why)};
    ++taken_;
    return Place(this, [this](void*) { give_back(); });
  }

 private:
  const Table& table_;
  const PlacesLimit limit_;
  std::mutex planning_;
  std::atomic<std::size_t> taken_{0};  // grows with planning_ locked
};

}  // namespace gantry::kernel
