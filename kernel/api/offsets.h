// How far each group has consumed each queue. In memory, written behind every few seconds and on stop: a
// crash costs at most one such interval, and never takes an offset further back than that.
//
// An offset goes forward only, except by reset(). Who finds none here knows that there is none.
#pragma once

#include "kernel/api/names.h"
#include "kernel/api/positions.h"
#include "kernel/api/table_version.h"

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace gantry::api {

// Any thread, none of it waits.
class Offsets {
 public:
  virtual ~Offsets() = default;

  // The next one to consume. nullopt: this group has never committed one for this queue.
  virtual std::optional<QueueOffset> committed(std::string_view group, std::string_view topic,
                                               QueueId queue) const = 0;
  // Of all queues that the group has committed for the topic.
  virtual std::map<QueueId, QueueOffset> committed(std::string_view group, std::string_view topic) const = 0;

  // False: it is behind the one that is there, which stays.
  virtual bool commit(const GroupName& group, const TopicName& topic, QueueId queue, QueueOffset next) = 0;
  // An operator's wish: may go back.
  virtual void reset(const GroupName& group, const TopicName& topic, QueueId queue, QueueOffset next) = 0;

  // Those that have committed anything.
  virtual std::vector<GroupName> groups() const = 0;
  virtual std::vector<TopicName> topics_of(std::string_view group) const = 0;
  virtual std::vector<GroupName> groups_of(std::string_view topic) const = 0;
  virtual void forget_group(std::string_view group) = 0;
  virtual void forget_topic(std::string_view topic) = 0;

  virtual TableVersion version() const = 0;
};

}  // namespace gantry::api
