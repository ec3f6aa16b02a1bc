// The topics of a broker, as it stores them (topics.json), registers them, and gives them to slaves (21).
#pragma once

#include "remoting/bodies/data_version.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <string>

namespace gantry::remoting {

enum class TopicFilterType : std::uint8_t { single_tag = 0, multi_tag = 1 };
JsonEnum json_enum(TopicFilterType);

struct TopicConfig {
  bool order = false;
  std::int32_t perm = 6;
  std::int32_t read_queue_nums = 16;
  TopicFilterType topic_filter_type = TopicFilterType::single_tag;
  std::string topic_name{};
  std::int32_t topic_sys_flag = 0;
  std::int32_t write_queue_nums = 16;

  static JsonFields json_fields();
  bool operator==(const TopicConfig&) const = default;
};

struct TopicConfigSerializeWrapper {
  DataVersion data_version{};
  std::map<std::string, TopicConfig> topic_config_table{};

  static JsonFields json_fields();
  bool operator==(const TopicConfigSerializeWrapper&) const = default;
};

}  // namespace gantry::remoting
