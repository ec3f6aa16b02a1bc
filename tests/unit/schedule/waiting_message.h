// A message as it waits in the schedule's topic, for tests.
#pragma once

#include "plugins/schedule/delay_levels.h"
#include "remoting/message_record.h"

#include <cstdint>
#include <string>

namespace gantry::schedule {

// Its properties belong to it; the record that it gives does not outlive it.
struct WaitingMessage {
  std::string body = "hello";
  std::int32_t level = 1;
  std::string topic = "T";
  std::int32_t queue = 0;
  std::string more_properties;  // "TAGS\x01a"

  remoting::MessageRecord record() {
    properties = "DELAY\x01" + std::to_string(level) + "\x02" + more_properties +
                 (more_properties.empty() ? "" : "\x02") + "REAL_TOPIC\x01" + topic + "\x02REAL_QID\x01" +
                 std::to_string(queue);
    return {.queue_id = api::number(queue_of(level)),
            .flag = 7,
            .born_timestamp = 1234,
            .born_host = remoting::HostAddress::v4({192, 0, 2, 7}, 4711),
            .store_host = remoting::HostAddress::v4({192, 0, 2, 2}, 10911),
            .reconsume_times = 2,
            .body = body,
            .topic = kScheduleTopic,
            .properties = properties};
  }
  std::string properties;
};

}  // namespace gantry::schedule
