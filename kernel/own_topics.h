// The topics and groups that a broker has from the start and does not ask an administrator for: Apache's, by
// their names, because clients and tools count on them.
//
// What is there already stays as it is, but for what an option decides:
//   - TBW102 is a model for new topics while auto_create_topics is on, and none while it is off; a
//     default_topic_queues that is not the default is its number of queues;
//   - the topics named for the cluster and for the broker can be used, or not, as cluster_topic and
//     broker_topic say.
// A topic that is needed no more is not taken away.
//
// Any thread.
#pragma once

#include "kernel/api/groups.h"
#include "kernel/api/topics.h"
#include "kernel/broker_config.h"
#include "logging/logger.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

inline constexpr std::string_view kAutoCreateTopic = "TBW102";
inline constexpr std::string_view kTraceTopic = "RMQ_SYS_TRACE_TOPIC";
inline constexpr std::string_view kOffsetMovedTopic = "OFFSET_MOVED_EVENT";

// And a group's name behind it.
inline constexpr std::string_view kRetryTopicPrefix = "%RETRY%";
inline constexpr std::string_view kDlqTopicPrefix = "%DLQ%";

// Where requests of one client to another get their replies.
std::string reply_topic(const BrokerConfig& config);

// Nobody makes, changes or deletes it by request.
bool is_system_topic(std::string_view topic, const BrokerConfig& config);
std::vector<std::string> system_topics(
    const BrokerConfig& config);  // by name; without those that a prefix makes

// What is in it comes from the broker alone: a client's message for it is refused.
bool is_closed_to_senders(std::string_view topic);

// The group is made when it is needed, also when auto_create_groups is off.
bool is_system_group(std::string_view group);

// Makes what is missing and corrects what options decide, all at once. `done`, on the thread that writes
// metadata or on this one, when all of it is on disk; what could not be written is logged and tried again by
// the next start.
void make_own_topics_and_groups(const BrokerConfig& config, api::Topics& topics, api::Groups& groups,
                                logging::Logger& log, std::function<void()> done);

}  // namespace gantry::kernel
