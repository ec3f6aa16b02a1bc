#include "remoting/bodies/route.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields QueueData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&QueueData::broker_name>("brokerName"),
      json_field<&QueueData::perm>("perm"),
      json_field<&QueueData::read_queue_nums>("readQueueNums"),
      json_field<&QueueData::topic_sys_flag>("topicSysFlag"),
      json_field<&QueueData::write_queue_nums>("writeQueueNums"),
  };
  return kFields;
}

JsonFields BrokerData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&BrokerData::broker_addrs>("brokerAddrs"),
      json_field<&BrokerData::broker_name>("brokerName"),
      json_field<&BrokerData::cluster>("cluster"),
  };
  return kFields;
}

JsonFields TopicRouteData::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&TopicRouteData::broker_datas>("brokerDatas"),
      json_field<&TopicRouteData::filter_server_table>("filterServerTable"),
      json_field<&TopicRouteData::order_topic_conf>("orderTopicConf"),
      json_field<&TopicRouteData::queue_datas>("queueDatas"),
  };
  return kFields;
}

JsonFields ClusterInfo::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ClusterInfo::broker_addr_table>("brokerAddrTable"),
      json_field<&ClusterInfo::cluster_addr_table>("clusterAddrTable"),
  };
  return kFields;
}

}  // namespace gantry::remoting
