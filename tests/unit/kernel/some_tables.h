// Topics and groups in memory: a change is done, and told, at once.
#pragma once

#include "kernel/api/groups.h"
#include "kernel/api/topics.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::kernel {

template <class Table, class Entry, class Name>
class SomeTable : public Table {
 public:
  std::shared_ptr<const Entry> find(std::string_view name) const override {
    const std::lock_guard lock(mutex_);
    const auto there = entries_.find(name);
    return there == entries_.end() ? nullptr : there->second;
  }
  std::vector<std::shared_ptr<const Entry>> all() const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const Entry>> found;
    for (const auto& [name, entry] : entries_) found.push_back(entry);
    return found;
  }
  api::TableVersion version() const override {
    const std::lock_guard lock(mutex_);
    return version_;
  }
  void put(Entry entry, api::Completion<void> done) override {
    change([&] { entries_[entry.name.str()] = std::make_shared<const Entry>(entry); });
    done.succeed();
  }
  void remove(const Name& name, api::Completion<void> done) override {
    change([&] { entries_.erase(name.str()); });
    done.succeed();
  }

 protected:
  std::function<void()> told_;

 private:
  template <class Change>
  void change(const Change& what) {
    {
      const std::lock_guard lock(mutex_);
      what();
      version_ = {.changed_at = 1700, .counter = version_.counter + 1};
    }
    if (told_) told_();
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Entry>, std::less<>> entries_;  // guarded by mutex_
  api::TableVersion version_;                                                 // guarded by mutex_
};

struct SomeTopics final : SomeTable<api::Topics, api::Topic, api::TopicName> {
  std::shared_ptr<void> watch(std::function<void()> told) override {
    told_ = std::move(told);
    return {this, [](void* self) { static_cast<SomeTopics*>(self)->told_ = nullptr; }};
  }
};
using SomeGroups = SomeTable<api::Groups, api::Group, api::GroupName>;

}  // namespace gantry::kernel
