// What topics and groups have in common: immutable objects by name in memory, written through by the metadata
// writer. A change is seen by readers once it is durable, never before.
//
// Thread: any for find(), all(), version(), put() and remove(). The rest is for the writer's thread, and for
// the start before there is one.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/names.h"
#include "kernel/entry_table.h"
#include "kernel/metadata_writer.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace gantry::kernel {

// Codec: kSpace, encode(const T&) and decode(key, text) -> Result<T>; T has a name.
template <class T, class Codec>
class NamedTable {
 public:
  using Object = std::shared_ptr<const T>;

  explicit NamedTable(const api::Clock& clock) : clock_(clock) {}

  Object find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = objects_.find(name);
    return found == objects_.end() ? nullptr : found->second;
  }

  std::vector<Object> all() const {
    std::vector<Object> objects;
    {
      const std::shared_lock lock(mutex_);
      objects.reserve(objects_.size());
      for (const auto& [name, object] : objects_) objects.push_back(object);
    }
    std::ranges::sort(objects, {}, [](const Object& object) -> const auto& { return object->name; });
    return objects;
  }

  std::size_t count() const {
    const std::shared_lock lock(mutex_);
    return objects_.size();
  }

  api::TableVersion version() const {
    const std::shared_lock lock(mutex_);
    return version_;
  }

  // `changed` runs on the writer's thread once it is visible.
  void put(MetadataWriter& writer, T value, api::Completion<void> done, std::function<void()> changed = {}) {
    auto object = std::make_shared<const T>(std::move(value));
    change(writer, object->name.str(), object, std::move(done), std::move(changed));
  }
  template <class Name>
  void remove(MetadataWriter& writer, const Name& name, api::Completion<void> done,
              std::function<void()> changed = {}) {
    change(writer, name.str(), nullptr, std::move(done), std::move(changed));
  }

  // The memory alone: what was read from disk, or came from the broker that is followed.
  static Result<Object> decode(std::string_view key, std::string_view text) {
    auto read = Codec::decode(key, text);
    if (!read) return read.error();
    return Object(std::make_shared<const T>(std::move(*read)));
  }
  void set(const std::string& name, Object object) {
    const std::unique_lock lock(mutex_);
    object ? static_cast<void>(objects_[name] = std::move(object)) : static_cast<void>(objects_.erase(name));
  }
  void set_version(api::TableVersion version) {
    const std::unique_lock lock(mutex_);
    version_ = version;
  }

 private:
  // nullptr: it is taken out.
  void change(MetadataWriter& writer, std::string name, Object object, api::Completion<void> done,
              std::function<void()> changed) {
    struct Change {
      std::string name;
      Object object;
      std::optional<api::TableVersion> version;  // that it made; none: there was nothing to take out
    };
    auto change = std::make_shared<Change>(Change{std::move(name), std::move(object), std::nullopt});
    writer.post({.write = [this, change](EntryTable& entries) -> Result<void> {
                   if (change->object) {
                     if (auto put = entries.put(Codec::kSpace, change->name, Codec::encode(*change->object));
                         !put)
                       return put;
                   } else {
                     const auto removed = entries.remove(Codec::kSpace, change->name);
                     if (!removed) return removed.error();
                     if (*removed == EntryTable::Effect::none) return {};
                   }
                   const auto version = entries.next_version(Codec::kSpace, date_ms(clock_));
                   if (!version) return version.error();
                   change->version = *version;
                   return {};
                 },
                 .settle =
                     [this, change, changed = std::move(changed)](MetadataWriter::Job::Outcome outcome) {
                       if (outcome != MetadataWriter::Job::Outcome::kept || !change->version) return;
                       set(change->name, change->object);
                       set_version(*change->version);
                       if (changed) changed();
                     },
                 .done = std::move(done)});
  }

  const api::Clock& clock_;
  mutable std::shared_mutex mutex_;
  // Guarded by mutex_. Looked into for each message: one of std's would follow a chain of other names.
  boost::unordered_flat_map<std::string, Object, api::NameHash, api::NameEqual> objects_;
  api::TableVersion version_;  // guarded by mutex_
};

}  // namespace gantry::kernel
