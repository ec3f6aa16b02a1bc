#include "remoting/bodies/topic_config.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {
namespace {

constexpr std::string_view kTopicFilterTypes[] = {"SINGLE_TAG", "MULTI_TAG"};

}  // namespace

JsonEnum json_enum(TopicFilterType) {
  return {"SINGLE_TAG or MULTI_TAG", kTopicFilterTypes};
}

JsonFields TopicConfig::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&TopicConfig::order>("order"),
      json_field<&TopicConfig::perm>("perm"),
      json_field<&TopicConfig::read_queue_nums>("readQueueNums"),
      json_field<&TopicConfig::topic_filter_type>("topicFilterType"),
      json_field<&TopicConfig::topic_name>("topicName"),
      json_field<&TopicConfig::topic_sys_flag>("topicSysFlag"),
      json_field<&TopicConfig::write_queue_nums>("writeQueueNums"),
  };
  return kFields;
}

JsonFields TopicConfigSerializeWrapper::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&TopicConfigSerializeWrapper::data_version>("dataVersion"),
      json_field<&TopicConfigSerializeWrapper::topic_config_table>("topicConfigTable"),
  };
  return kFields;
}

}  // namespace gantry::remoting
