// What a broker says about itself when it registers. Views: valid during the call that takes them.
#pragma once

#include "remoting/bodies/data_version.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gantry::namesrv {

using ConnectionId = std::uint64_t;

inline constexpr std::int64_t kMasterId = 0;

// Which state of its topics a broker registered with; equal versions mean equal topics.
using remoting::DataVersion;

struct QueueSettings {
  std::int32_t read_queues = 0;
  std::int32_t write_queues = 0;
  std::int32_t perm = 0;
  std::int32_t sys_flag = 0;
  bool operator==(const QueueSettings&) const = default;
};

struct TopicQueues {
  std::string_view topic;
  QueueSettings queues;
};

// Tells a registration's body from others without keeping it. Zero: no body was seen.
struct BodyFingerprint {
  std::uint64_t hash = 0;
  std::uint64_t size_and_form = 0;
  bool operator==(const BodyFingerprint&) const = default;
};

struct Registration {
  std::string_view cluster;
  std::string_view broker;
  std::int64_t id = kMasterId;
  std::string_view address;
  std::string_view ha_address;
  ConnectionId connection = 0;
  BodyFingerprint body;
};

struct RegistrationBody {
  DataVersion version;
  std::span<const TopicQueues> topics;
  std::optional<std::span<const std::string>> filter_servers;  // absent: as they were; empty: none any more
};

}  // namespace gantry::namesrv
