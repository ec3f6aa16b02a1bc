// Finds a consume queue by topic and number. It is asked for every message by whoever holds the append lock,
// so looking up takes no lock and no memory. Queues are only ever added.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/consume_queue.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace gantry::store {

class QueueTable {
 public:
  QueueTable() { grow(); }

  // nullptr: it was not added, or just now. Thread: any.
  ConsumeQueue* find(std::string_view topic, api::QueueId id) const {
    const std::uint64_t hash = hash_of(topic, id);
    const Slots& slots = *current_.load(std::memory_order_acquire);
    for (std::size_t i = hash & slots.mask;; i = (i + 1) & slots.mask) {
      ConsumeQueue* queue = slots.slots[i].queue.load(std::memory_order_acquire);
      if (queue == nullptr) return nullptr;
      if (slots.slots[i].hash == hash && queue->id() == id && queue->topic() == topic) return queue;
    }
  }

  // Whether there are so many queues that a burst should say first which it will look up: they come from
  // memory all at once then, not one after the other.
  bool worth_expecting() const { return current_.load(std::memory_order_acquire)->slots.size() > kFewSlots; }
  // The first step, for each; what it returns is for the second. Thread: any.
  std::uint64_t expect(std::string_view topic, api::QueueId id) const {
    const std::uint64_t hash = hash_of(topic, id);
    const Slots& slots = *current_.load(std::memory_order_acquire);
    __builtin_prefetch(&slots.slots[hash & slots.mask]);
    return hash;
  }
  void expect_queue(std::uint64_t hash) const {
    const Slots& slots = *current_.load(std::memory_order_acquire);
    if (const auto* queue = slots.slots[hash & slots.mask].queue.load(std::memory_order_acquire))
      queue->prefetch();
  }

  // It is not in yet. Thread: one at a time.
  void add(ConsumeQueue* queue) {
    if ((used_ + 1) * 2 > current_.load(std::memory_order_relaxed)->slots.size()) grow();
    ++used_;
    put(*all_.back(), hash_of(queue->topic(), queue->id()), queue);
  }

 private:
  static constexpr std::size_t kFewSlots = 4096;  // with their queues they fit the processor's cache

  struct Slot {
    std::uint64_t hash = 0;  // written before the queue, and never again
    std::atomic<ConsumeQueue*> queue{nullptr};
  };
  struct Slots {
    explicit Slots(std::size_t size) : slots(size), mask(size - 1) {}
    std::vector<Slot> slots;
    const std::size_t mask;
  };

  static std::uint64_t hash_of(std::string_view topic, api::QueueId id) {
    constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15U;
    const std::uint64_t mixed =
        (std::hash<std::string_view>()(topic) ^ static_cast<std::uint32_t>(number(id))) * kMix;
    return mixed ^ (mixed >> 32U);
  }

  static void put(Slots& slots, std::uint64_t hash, ConsumeQueue* queue) {
    std::size_t i = hash & slots.mask;
    while (slots.slots[i].queue.load(std::memory_order_relaxed) != nullptr) i = (i + 1) & slots.mask;
    slots.slots[i].hash = hash;
    slots.slots[i].queue.store(queue, std::memory_order_release);
  }

  void grow() {
    constexpr std::size_t kLeast = 64;
    auto larger = std::make_unique<Slots>(all_.empty() ? kLeast : all_.back()->slots.size() * 2);
    if (!all_.empty()) {
      for (const Slot& slot : all_.back()->slots) {
        if (auto* queue = slot.queue.load(std::memory_order_relaxed)) put(*larger, slot.hash, queue);
      }
    }
    all_.push_back(std::move(larger));
    current_.store(all_.back().get(), std::memory_order_release);
  }

  // The smaller ones before it are kept: somebody may be looking into them.
  std::vector<std::unique_ptr<Slots>> all_;
  std::atomic<const Slots*> current_{nullptr};
  std::size_t used_ = 0;
};

}  // namespace gantry::store
