#include "kernel/group_table.h"

#include "remoting/quoted.h"

namespace gantry::kernel {

remoting::SubscriptionGroupConfig to_wire(const api::Group& group) {
  return {.broker_id = group.broker_id,
          .consume_broadcast_enable = group.broadcast_enabled,
          .consume_enable = group.consume_enabled,
          .consume_from_min_enable = group.consume_from_min,
          .group_name = group.name.str(),
          .notify_consumer_ids_changed_enable = group.tell_members,
          .retry_max_times = group.retry_max,
          .retry_queue_nums = group.retry_queues,
          .which_broker_when_consume_slowly = group.broker_when_slow};
}

Result<api::Group> from_wire(const remoting::SubscriptionGroupConfig& config) {
  auto name = api::GroupName::parse(config.group_name);
  if (!name) return name.error();
  return api::Group{.name = std::move(*name),
                    .consume_enabled = config.consume_enable,
                    .consume_from_min = config.consume_from_min_enable,
                    .broadcast_enabled = config.consume_broadcast_enable,
                    .retry_queues = config.retry_queue_nums,
                    .retry_max = config.retry_max_times,
                    .broker_id = config.broker_id,
                    .broker_when_slow = config.which_broker_when_consume_slowly,
                    .tell_members = config.notify_consumer_ids_changed_enable};
}

std::string GroupCodec::encode(const api::Group& group) {
  return remoting::to_json(to_wire(group));
}

Result<api::Group> GroupCodec::decode(std::string_view key, std::string_view text) {
  remoting::SubscriptionGroupConfig config;
  std::string spoilt(text);
  if (const auto read = remoting::read_json(std::span<char>(spoilt), config); !read)
    return api::Refusal{.text = "group " + remoting::quoted(key) + ": " + read.error().str()};
  if (config.group_name != key)
    return api::Refusal{.text = "group " + remoting::quoted(key) + " calls itself " +
                                remoting::quoted(config.group_name)};
  return from_wire(config);
}

}  // namespace gantry::kernel
