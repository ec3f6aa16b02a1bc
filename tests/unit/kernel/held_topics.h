// Topics in memory whose changes are on disk when the test says so, or never.
#pragma once

#include "tests/unit/kernel/some_tables.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gantry::kernel {

struct HeldTopics final : api::Topics {
  std::shared_ptr<const api::Topic> find(std::string_view name) const override { return there.find(name); }
  std::vector<std::shared_ptr<const api::Topic>> all() const override { return there.all(); }
  api::TableVersion version() const override { return there.version(); }
  void put(api::Topic topic, api::Completion<void> done) override {
    puts.push_back(topic.name.str());
    held.emplace_back([this, topic] { there.put(topic, nobody()); }, std::move(done));
  }
  void remove(const api::TopicName& name, api::Completion<void> done) override {
    held.emplace_back([this, name] { there.remove(name, nobody()); }, std::move(done));
  }
  std::shared_ptr<void> watch(std::function<void()> told) override { return there.watch(std::move(told)); }

  // The oldest change that waits.
  void keep_one() {
    auto [change, done] = take();
    change();
    done.succeed();
  }
  void fail_one(const std::string& why) { take().second.fail({.text = why}); }

  static api::Completion<void> nobody() {
    return api::Completion<void>([](const api::Result<void>&) {});
  }

  SomeTopics there;
  std::vector<std::string> puts;
  std::deque<std::pair<std::function<void()>, api::Completion<void>>> held;

 private:
  std::pair<std::function<void()>, api::Completion<void>> take() {
    auto oldest = std::move(held.front());
    held.pop_front();
    return oldest;
  }
};

}  // namespace gantry::kernel
