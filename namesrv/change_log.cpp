#include "namesrv/change_log.h"

#include <algorithm>
#include <string>
#include <vector>

namespace gantry::namesrv {

namespace {

constexpr std::size_t kTopicsNamed = 5;

std::string_view message_of(BrokerEvent::Kind kind) {
  switch (kind) {
    case BrokerEvent::Kind::appeared:
      return "broker registered";
    case BrokerEvent::Kind::replaced:
      return "broker has another address";
    case BrokerEvent::Kind::renumbered:
      return "broker has another id";
    case BrokerEvent::Kind::gone:
      return "broker gone";
  }
  return "broker changed";
}

// The first few, so that a broker's ten thousand do not make a line of a megabyte.
std::string some_names(const std::vector<std::string>& topics) {
  std::string names;
  for (std::size_t i = 0; i < std::min(topics.size(), kTopicsNamed); ++i) {
    names += (i == 0 ? "" : ",") + topics[i];
  }
  return topics.size() > kTopicsNamed ? names + ",..." : names;
}

}  // namespace

void log_changes(logging::Logger& log, const Changes& changes, std::string_view why, std::string_view who) {
  for (const BrokerEvent& event : changes.brokers) {
    std::vector<logging::LogField> fields{
        {"broker", event.broker}, {"id", event.id}, {"address", event.address}, {"cluster", event.cluster}};
    if (!event.before.empty()) fields.emplace_back("before", event.before);
    fields.emplace_back("why", why);
    if (!who.empty()) fields.emplace_back("peer", who);
    log.log(logging::Level::info, message_of(event.kind), fields);
  }
  if (changes.topics_added + changes.topics_changed + changes.topics_removed == 0) return;
  std::vector<logging::LogField> fields{{"added", changes.topics_added},
                                        {"changed", changes.topics_changed},
                                        {"removed", changes.topics_removed}};
  const std::string names = some_names(changes.topics);
  fields.emplace_back("topics", names);
  fields.emplace_back("why", why);
  if (!who.empty()) fields.emplace_back("peer", who);
  log.log(logging::Level::info, "topics changed", fields);
}

}  // namespace gantry::namesrv
