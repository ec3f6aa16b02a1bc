// The topics of this broker. They live in memory; a change is on disk before it is told as done.
#pragma once

#include "kernel/api/completion.h"
#include "kernel/api/names.h"
#include "kernel/api/table_version.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace gantry::api {

struct Topic {
  TopicName name;
  std::int32_t read_queues = 8;
  std::int32_t write_queues = 8;
  std::int32_t perm = 6;  // 4 readable, 2 writable, 1 inherited by topics made after its model
  bool order = false;
  std::int32_t sys_flag = 0;  // 1 of a unit, 2 subscribed to by units
  bool multi_tag = false;     // Apache's topicFilterType; stored and told, nothing else

  bool readable() const { return (perm & 4) != 0; }
  bool writable() const { return (perm & 2) != 0; }
  bool operator==(const Topic&) const = default;
};

// Any thread, none of it waits.
class Topics {
 public:
  virtual ~Topics() = default;

  // nullptr: there is none. What is returned never changes; a changed topic is another object.
  virtual std::shared_ptr<const Topic> find(std::string_view name) const = 0;
  virtual std::vector<std::shared_ptr<const Topic>> all() const = 0;  // by name
  virtual std::size_t count() const { return all().size(); }
  virtual TableVersion version() const = 0;

  // Makes it or replaces it. Visible, and `done`, once it is on disk.
  virtual void put(Topic topic, Completion<void> done) = 0;
  // One that does not exist is no error.
  virtual void remove(const TopicName& name, Completion<void> done) = 0;

  // `told` runs on a background thread after each change, until the returned object is destroyed.
  [[nodiscard]] virtual std::shared_ptr<void> watch(std::function<void()> told) = 0;
};

}  // namespace gantry::api
