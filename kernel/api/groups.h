// The consumer groups of this broker: what an operator has set for each. Who is connected is not here. They
// live in memory; a change is on disk before it is told as done.
#pragma once

#include "kernel/api/completion.h"
#include "kernel/api/names.h"
#include "kernel/api/table_version.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace gantry::api {

struct Group {
  GroupName name;
  bool consume_enabled = true;
  bool consume_from_min = true;
  bool broadcast_enabled = true;
  std::int32_t retry_queues = 1;
  std::int32_t retry_max = 16;  // deliveries again, before the dead-letter topic
  std::int64_t broker_id = 0;
  std::int64_t broker_when_slow = 1;  // the id of the broker that a slow consumer is sent to
  bool tell_members = true;           // when members come and go

  bool operator==(const Group&) const = default;
};

// Any thread, none of it waits.
class Groups {
 public:
  virtual ~Groups() = default;

  // nullptr: there is none. What is returned never changes; a changed group is another object.
  virtual std::shared_ptr<const Group> find(std::string_view name) const = 0;
  virtual std::vector<std::shared_ptr<const Group>> all() const = 0;  // by name
  virtual std::size_t count() const { return all().size(); }
  virtual TableVersion version() const = 0;

  // Makes it or replaces it. Visible, and `done`, once it is on disk.
  virtual void put(Group group, Completion<void> done) = 0;
  // One that does not exist is no error. Its offsets stay; Offsets::forget_group() takes them out.
  virtual void remove(const GroupName& name, Completion<void> done) = 0;
};

}  // namespace gantry::api
