// One queue of one topic at one broker: an element of bodies, and the key of tables in them.
#pragma once

#include "remoting/json_struct.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace gantry::remoting {

// Ordered as Java does: by topic, then broker, then queue.
struct MessageQueue {
  std::string topic{};
  std::string broker_name{};
  std::int32_t queue_id = 0;

  static JsonFields json_fields();
  auto operator<=>(const MessageQueue&) const = default;
};

}  // namespace gantry::remoting

template <>
struct std::hash<gantry::remoting::MessageQueue> {
  std::size_t operator()(const gantry::remoting::MessageQueue& queue) const noexcept {
    const std::hash<std::string> of_text;
    const auto id = static_cast<std::uint32_t>(queue.queue_id);
    return (of_text(queue.topic) * 31 + of_text(queue.broker_name)) * 31 + id;
  }
};
