#include "kernel/topic_table.h"

#include "remoting/quoted.h"

namespace gantry::kernel {

using remoting::TopicFilterType;

remoting::TopicConfig to_wire(const api::Topic& topic) {
  return {.order = topic.order,
          .perm = topic.perm,
          .read_queue_nums = topic.read_queues,
          .topic_filter_type = topic.multi_tag ? TopicFilterType::multi_tag : TopicFilterType::single_tag,
          .topic_name = topic.name.str(),
          .topic_sys_flag = topic.sys_flag,
          .write_queue_nums = topic.write_queues};
}

// The version first: who is told of a topic that came in between is told of it again with the next version.
remoting::TopicConfigSerializeWrapper all_to_wire(const api::Topics& topics) {
  const auto version = topics.version();
  remoting::TopicConfigSerializeWrapper all{
      .data_version = {.counter = version.counter, .timestamp = version.changed_at}};
  for (const auto& topic : topics.all()) all.topic_config_table.emplace(topic->name.str(), to_wire(*topic));
  return all;
}

Result<api::Topic> from_wire(const remoting::TopicConfig& config) {
  auto name = api::TopicName::parse(config.topic_name);
  if (!name) return name.error();
  return api::Topic{.name = std::move(*name),
                    .read_queues = config.read_queue_nums,
                    .write_queues = config.write_queue_nums,
                    .perm = config.perm,
                    .order = config.order,
                    .sys_flag = config.topic_sys_flag,
                    .multi_tag = config.topic_filter_type == TopicFilterType::multi_tag};
}

std::string TopicCodec::encode(const api::Topic& topic) {
  return remoting::to_json(to_wire(topic));
}

Result<api::Topic> TopicCodec::decode(std::string_view key, std::string_view text) {
  remoting::TopicConfig config;
  std::string spoilt(text);
  if (const auto read = remoting::read_json(std::span<char>(spoilt), config); !read)
    return api::Refusal{.text = "topic " + remoting::quoted(key) + ": " + read.error().str()};
  if (config.topic_name != key)
    return api::Refusal{.text = "topic " + remoting::quoted(key) + " calls itself " +
                                remoting::quoted(config.topic_name)};
  return from_wire(config);
}

void TopicTable::put(api::Topic topic, api::Completion<void> done) {
  objects_.put(*writer_, std::move(topic), std::move(done), [this] { watchers_.tell(); });
}

void TopicTable::remove(const api::TopicName& name, api::Completion<void> done) {
  objects_.remove(*writer_, name, std::move(done), [this] { watchers_.tell(); });
}

}  // namespace gantry::kernel
