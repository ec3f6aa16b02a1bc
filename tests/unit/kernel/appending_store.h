// A store in memory that takes messages: what handlers that send or wait for messages are tested with.
#pragma once

#include "tests/unit/kernel/some_store.h"

#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gantry::kernel {

class AppendingStore final : public SomeStore {
 public:
  // Messages that are appended are there at once, and told. With this set their promise is kept only by
  // keep_promises(), or broken.
  bool holds_promises = false;
  void keep_promises(const api::Result<void>& outcome = {}) {
    for (auto& burst : std::exchange(promised_, {})) burst->stored(outcome);
  }
  ByteSize largest = ByteSize::mib(4);
  std::optional<api::Refusal> takes_nothing;
  std::size_t bursts() const { return bursts_; }

  void append(std::unique_ptr<api::AppendBurst> burst) override {
    ++bursts_;
    std::vector<api::Appended> outcomes;
    std::list<std::string> topics;  // what the drafts say ends with written()
    std::vector<api::GrownQueue> grown;
    for (const api::Draft& draft : burst->drafts()) {
      const auto& why = takes_nothing ? takes_nothing : draft.refused();
      outcomes.push_back(why ? api::Appended{.refused = why} : put(draft.record));
      if (why) continue;
      grown.push_back({topics.emplace_back(draft.record.topic), api::QueueId{draft.record.queue_id},
                       outcomes.back().queue_offset + 1});
    }
    burst->written(outcomes, end());
    if (holds_promises)
      promised_.push_back(std::move(burst));
    else
      burst->stored({});
    for (const auto& watcher : watchers_) watcher(grown);
  }
  // A message of queue 0.
  void append_one(const std::string& topic, const std::string& body = {},
                  const std::string& properties = {}) {
    append(std::make_unique<One>(topic, body, properties));
  }

  std::shared_ptr<void> watch_queues(std::function<void(std::span<const api::GrownQueue>)> told) override {
    watchers_.push_back(std::move(told));
    const auto mine = std::prev(watchers_.end());
    return {&*mine, [this, mine](void*) { watchers_.erase(mine); }};
  }
  ByteSize largest_body() const override { return largest; }

 private:
  struct One final : api::AppendBurst {
    One(const std::string& topic, const std::string& body, const std::string& properties) {
      draft.record.topic = draft.keep(topic);
      draft.record.body = draft.keep(body);
      draft.record.properties = draft.keep(properties);
    }
    std::span<api::Draft> drafts() override { return {&draft, 1}; }
    void written(std::span<const api::Appended>, api::LogOffset) noexcept override {}
    void stored(const api::Result<void>&) noexcept override {}
    api::Draft draft;
  };

  std::vector<std::unique_ptr<api::AppendBurst>> promised_;
  std::size_t bursts_ = 0;
  std::list<std::function<void(std::span<const api::GrownQueue>)>> watchers_;
};

// A base before SomeServing, so that the store outlives what watches it.
struct WithStore {
  AppendingStore store;
};

}  // namespace gantry::kernel
