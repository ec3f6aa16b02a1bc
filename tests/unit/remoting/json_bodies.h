// Every JSON body of the protocol (what only occurs inside one is not listed), for tests and fuzzing of what
// must hold for all of them.
#pragma once

#include "remoting/bodies/broker_stats.h"
#include "remoting/bodies/check_client.h"
#include "remoting/bodies/connections.h"
#include "remoting/bodies/consume_directly.h"
#include "remoting/bodies/consume_queue_dump.h"
#include "remoting/bodies/consume_stats.h"
#include "remoting/bodies/consume_time_span.h"
#include "remoting/bodies/consumer_list.h"
#include "remoting/bodies/consumer_running_info.h"
#include "remoting/bodies/consumer_status.h"
#include "remoting/bodies/data_version.h"
#include "remoting/bodies/group_list.h"
#include "remoting/bodies/heartbeat.h"
#include "remoting/bodies/kv_table.h"
#include "remoting/bodies/lock.h"
#include "remoting/bodies/offset_moved.h"
#include "remoting/bodies/offsets.h"
#include "remoting/bodies/register_broker.h"
#include "remoting/bodies/reset_offset.h"
#include "remoting/bodies/route.h"
#include "remoting/bodies/subscription_group.h"
#include "remoting/bodies/topic_config.h"
#include "remoting/bodies/topic_list.h"
#include "remoting/bodies/topic_stats.h"
#include "remoting/json_struct.h"

#include <span>
#include <string>
#include <string_view>

namespace gantry::remoting {

struct JsonBody {
  std::string_view name;
  // Read, and written again.
  JsonResult<std::string> (*rewrite)(std::string text);
  // Whether two texts, both of which can be read, say the same.
  bool (*same)(std::string left, std::string right);
};

template <JsonStruct T>
constexpr JsonBody json_body(std::string_view name) {
  return {name,
          [](std::string text) -> JsonResult<std::string> {
            T body;
            if (auto read = read_json(text, body); !read) return read.error();
            return to_json(body);
          },
          [](std::string left, std::string right) {
            T a;
            T b;
            return read_json(left, a).has_value() && read_json(right, b).has_value() && a == b;
          }};
}

#define GANTRY_JSON_BODY(type) json_body<type>(#type)
inline constexpr JsonBody kJsonBodies[] = {
    GANTRY_JSON_BODY(BrokerStatsData),
    GANTRY_JSON_BODY(CheckClientRequestBody),
    GANTRY_JSON_BODY(ClusterInfo),
    GANTRY_JSON_BODY(ConsumeMessageDirectlyResult),
    GANTRY_JSON_BODY(ConsumeStats),
    GANTRY_JSON_BODY(ConsumeStatsList),
    GANTRY_JSON_BODY(ConsumerConnection),
    GANTRY_JSON_BODY(ConsumerOffsetSerializeWrapper),
    GANTRY_JSON_BODY(ConsumerRunningInfo),
    GANTRY_JSON_BODY(DataVersion),
    GANTRY_JSON_BODY(DelayOffsetSerializeWrapper),
    GANTRY_JSON_BODY(GetConsumerListByGroupResponseBody),
    GANTRY_JSON_BODY(GetConsumerStatusBody),
    GANTRY_JSON_BODY(GroupList),
    GANTRY_JSON_BODY(HeartbeatData),
    GANTRY_JSON_BODY(KVConfigSerializeWrapper),
    GANTRY_JSON_BODY(KVTable),
    GANTRY_JSON_BODY(LockBatchRequestBody),
    GANTRY_JSON_BODY(LockBatchResponseBody),
    GANTRY_JSON_BODY(OffsetMovedEvent),
    GANTRY_JSON_BODY(ProducerConnection),
    GANTRY_JSON_BODY(ProducerTableInfo),
    GANTRY_JSON_BODY(QueryConsumeQueueResponseBody),
    GANTRY_JSON_BODY(QueryConsumeTimeSpanBody),
    GANTRY_JSON_BODY(QueryCorrectionOffsetBody),
    GANTRY_JSON_BODY(RegisterBrokerBody),
    GANTRY_JSON_BODY(ResetOffsetBody),
    GANTRY_JSON_BODY(ResetOffsetBodyForC),
    GANTRY_JSON_BODY(SubscriptionGroupConfig),
    GANTRY_JSON_BODY(SubscriptionGroupWrapper),
    GANTRY_JSON_BODY(TopicConfig),
    GANTRY_JSON_BODY(TopicConfigSerializeWrapper),
    GANTRY_JSON_BODY(TopicList),
    GANTRY_JSON_BODY(TopicRouteData),
    GANTRY_JSON_BODY(TopicStatsTable),
};
#undef GANTRY_JSON_BODY

}  // namespace gantry::remoting
