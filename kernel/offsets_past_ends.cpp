#include "kernel/offsets_past_ends.h"

#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {
namespace {

struct PastEnd {
  api::GroupName group;
  api::TopicName topic;
  api::QueueId queue;
  api::QueueOffset stands;
  api::QueueOffset end;
};

std::vector<PastEnd> all_past_ends(const OffsetTable& offsets, const api::MessageStore& store) {
  std::vector<PastEnd> found;
  offsets.for_each([&](std::string_view group, std::string_view topic, const OffsetRow& row) {
    for (const auto& [number, offset] : row.queues) {
      const api::QueueId queue{number};
      const auto range = store.range(topic, queue);
      if (!range || offset <= range->end.value) continue;
      found.push_back({api::GroupName::parse(group).value(),
                       api::TopicName::parse(topic).value(),
                       queue,
                       {offset},
                       range->end});
    }
  });
  return found;
}

}  // namespace

void set_back_past_ends(OffsetTable& offsets, const api::MessageStore& store, logging::Logger& log) {
  for (const PastEnd& one : all_past_ends(offsets, store)) {
    offsets.reset(one.group, one.topic, one.queue, one.end);
    log.warn("a group had consumed messages that the store lost; it goes on with the next that come",
             {{"group", one.group.str()},
              {"topic", one.topic.str()},
              {"queue", number(one.queue)},
              {"from", one.stands.value},
              {"to", one.end.value}});
  }
}

}  // namespace gantry::kernel
