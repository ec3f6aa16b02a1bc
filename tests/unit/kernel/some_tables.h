// Topics, groups and offsets in memory: a change is done, and told, at once.
#pragma once

#include "kernel/api/groups.h"
#include "kernel/api/offsets.h"
#include "kernel/api/topics.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
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

class SomeOffsets final : public api::Offsets {
 public:
  std::optional<api::QueueOffset> committed(std::string_view group, std::string_view topic,
                                            api::QueueId queue) const override {
    const std::lock_guard lock(mutex_);
    const auto there = offsets_.find({std::string(group), std::string(topic), queue});
    if (there == offsets_.end()) return std::nullopt;
    return there->second;
  }
  std::map<api::QueueId, api::QueueOffset> committed(std::string_view group,
                                                     std::string_view topic) const override {
    const std::lock_guard lock(mutex_);
    std::map<api::QueueId, api::QueueOffset> all;
    for (const auto& [key, offset] : offsets_)
      if (std::get<0>(key) == group && std::get<1>(key) == topic) all.emplace(std::get<2>(key), offset);
    return all;
  }
  bool commit(const api::GroupName& group, const api::TopicName& topic, api::QueueId queue,
              api::QueueOffset next) override {
    const std::lock_guard lock(mutex_);
    const auto [there, is_new] = offsets_.try_emplace({group.str(), topic.str(), queue}, next);
    if (next < there->second) return false;
    there->second = next;
    return true;
  }
  void reset(const api::GroupName& group, const api::TopicName& topic, api::QueueId queue,
             api::QueueOffset next) override {
    const std::lock_guard lock(mutex_);
    offsets_[{group.str(), topic.str(), queue}] = next;
  }
  std::vector<api::GroupName> groups() const override {
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    for (const auto& [key, offset] : offsets_) names.insert(std::get<0>(key));
    return as_names<api::GroupName>(names);
  }
  std::vector<api::TopicName> topics_of(std::string_view group) const override {
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    for (const auto& [key, offset] : offsets_)
      if (std::get<0>(key) == group) names.insert(std::get<1>(key));
    return as_names<api::TopicName>(names);
  }
  std::vector<api::GroupName> groups_of(std::string_view topic) const override {
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    for (const auto& [key, offset] : offsets_)
      if (std::get<1>(key) == topic) names.insert(std::get<0>(key));
    return as_names<api::GroupName>(names);
  }
  void forget_group(std::string_view group) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(offsets_, [&](const auto& entry) { return std::get<0>(entry.first) == group; });
  }
  void forget_topic(std::string_view topic) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(offsets_, [&](const auto& entry) { return std::get<1>(entry.first) == topic; });
  }
  api::TableVersion version() const override { return {}; }

 private:
  template <class Name>
  static std::vector<Name> as_names(const std::set<std::string>& texts) {
    std::vector<Name> names;
    for (const auto& text : texts) names.push_back(Name::parse(text).value());
    return names;
  }

  using Key = std::tuple<std::string, std::string, api::QueueId>;  // group, topic
  mutable std::mutex mutex_;
  std::map<Key, api::QueueOffset> offsets_;  // guarded by mutex_
};

using SomeGroups = SomeTable<api::Groups, api::Group, api::GroupName>;

}  // namespace gantry::kernel
