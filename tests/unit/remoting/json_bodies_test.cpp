#include "tests/unit/remoting/json_bodies.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

// What RemotingSerializable of rocketmq-common 4.9.7 (fastjson 1.2.69) makes of each body: all members set,
// no two numbers alike.
constexpr std::string_view kApache497 = R"(
TopicRouteData {"brokerDatas":[{"brokerAddrs":{1700000000015:"value"},"brokerName":"brokerName","cluster":"cluster"}],"filterServerTable":{"key":["element"]},"orderTopicConf":"orderTopicConf","queueDatas":[{"brokerName":"brokerName","perm":13,"readQueueNums":11,"topicSysFlag":14,"writeQueueNums":12}]}
ClusterInfo {"brokerAddrTable":{"key":{"brokerAddrs":{1700000000011:"value"},"brokerName":"brokerName","cluster":"cluster"}},"clusterAddrTable":{"key":["element"]}}
HeartbeatData {"clientID":"clientID","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST","consumeType":"CONSUME_PASSIVELY","groupName":"groupName","messageModel":"CLUSTERING","subscriptionDataSet":[{"classFilterMode":true,"codeSet":[11],"expressionType":"expressionType","subString":"subString","subVersion":1700000000012,"tagsSet":["element"],"topic":"topic"}],"unitMode":true}],"producerDataSet":[{"groupName":"groupName"}]}
RegisterBrokerBody {"filterServerList":["element"],"topicConfigSerializeWrapper":{"dataVersion":{"counter":16,"timestamp":1700000000015},"topicConfigTable":{"key":{"order":true,"perm":13,"readQueueNums":11,"topicFilterType":"MULTI_TAG","topicName":"topicName","topicSysFlag":14,"writeQueueNums":12}}}}
TopicConfig {"order":true,"perm":13,"readQueueNums":11,"topicFilterType":"MULTI_TAG","topicName":"topicName","topicSysFlag":14,"writeQueueNums":12}
TopicConfigSerializeWrapper {"dataVersion":{"counter":16,"timestamp":1700000000015},"topicConfigTable":{"key":{"order":true,"perm":13,"readQueueNums":11,"topicFilterType":"MULTI_TAG","topicName":"topicName","topicSysFlag":14,"writeQueueNums":12}}}
SubscriptionGroupConfig {"brokerId":1700000000013,"consumeBroadcastEnable":false,"consumeEnable":false,"consumeFromMinEnable":false,"groupName":"groupName","notifyConsumerIdsChangedEnable":false,"retryMaxTimes":12,"retryQueueNums":11,"whichBrokerWhenConsumeSlowly":1700000000014}
SubscriptionGroupWrapper {"dataVersion":{"counter":16,"timestamp":1700000000015},"subscriptionGroupTable":{"key":{"brokerId":1700000000013,"consumeBroadcastEnable":false,"consumeEnable":false,"consumeFromMinEnable":false,"groupName":"groupName","notifyConsumerIdsChangedEnable":false,"retryMaxTimes":12,"retryQueueNums":11,"whichBrokerWhenConsumeSlowly":1700000000014}}}
ConsumerOffsetSerializeWrapper {"offsetTable":{"key":{11:1700000000012}}}
LockBatchRequestBody {"clientId":"clientId","consumerGroup":"consumerGroup","mqSet":[{"brokerName":"brokerName","queueId":11,"topic":"topic"}]}
LockBatchResponseBody {"lockOKMQSet":[{"brokerName":"brokerName","queueId":11,"topic":"topic"}]}
ConsumeStats {"consumeTps":15.5,"offsetTable":{{"brokerName":"brokerName","queueId":11,"topic":"topic"}:{"brokerOffset":1700000000012,"consumerOffset":1700000000013,"lastTimestamp":1700000000014}}}
TopicStatsTable {"offsetTable":{{"brokerName":"brokerName","queueId":11,"topic":"topic"}:{"lastUpdateTimestamp":1700000000014,"maxOffset":1700000000013,"minOffset":1700000000012}}}
ConsumeStatsList {"brokerAddr":"brokerAddr","consumeStatsList":[{"key":[{"consumeTps":15.5,"offsetTable":{{"brokerName":"brokerName","queueId":11,"topic":"topic"}:{"brokerOffset":1700000000012,"consumerOffset":1700000000013,"lastTimestamp":1700000000014}}}]}],"totalDiff":1700000000016}
ConsumerConnection {"connectionSet":[{"clientAddr":"clientAddr","clientId":"clientId","language":"CPP","version":11}],"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":{"key":{"classFilterMode":true,"codeSet":[12],"expressionType":"expressionType","subString":"subString","subVersion":1700000000013,"tagsSet":["element"],"topic":"topic"}}}
ProducerConnection {"connectionSet":[{"clientAddr":"clientAddr","clientId":"clientId","language":"CPP","version":11}]}
ProducerTableInfo {"data":{"key":[{"clientId":"clientId","language":"CPP","lastUpdateTimestamp":1700000000012,"remoteIP":"remoteIP","version":11}]}}
KVTable {"table":{"key":"value"}}
TopicList {"brokerAddr":"brokerAddr","topicList":["element"]}
GroupList {"groupList":["element"]}
ResetOffsetBody {"offsetTable":{{"brokerName":"brokerName","queueId":11,"topic":"topic"}:1700000000012}}
ResetOffsetBodyForC {"offsetTable":[{"brokerName":"brokerName","offset":1700000000012,"queueId":11,"topic":"topic"}]}
GetConsumerStatusBody {"consumerTable":{"key":{{"brokerName":"brokerName","queueId":13,"topic":"topic"}:1700000000014}},"messageQueueTable":{{"brokerName":"brokerName","queueId":11,"topic":"topic"}:1700000000012}}
CheckClientRequestBody {"clientId":"clientId","group":"group","subscriptionData":{"classFilterMode":true,"codeSet":[11],"expressionType":"expressionType","subString":"subString","subVersion":1700000000012,"tagsSet":["element"],"topic":"topic"}}
BrokerStatsData {"statsDay":{"avgpt":19.5,"sum":1700000000017,"tps":18.5},"statsHour":{"avgpt":16.5,"sum":1700000000014,"tps":15.5},"statsMinute":{"avgpt":13.5,"sum":1700000000011,"tps":12.5}}
QueryCorrectionOffsetBody {"correctionOffsets":{11:1700000000012}}
QueryConsumeTimeSpanBody {"consumeTimeSpanSet":[{"consumeTimeStamp":1700000000014,"consumeTimeStampStr":"2023-11-14#22:13:20:014","delayTime":1700000000015,"maxTimeStamp":1700000000013,"maxTimeStampStr":"2023-11-14#22:13:20:013","messageQueue":{"brokerName":"brokerName","queueId":11,"topic":"topic"},"minTimeStamp":1700000000012,"minTimeStampStr":"2023-11-14#22:13:20:012"}]}
QueryConsumeQueueResponseBody {"filterData":"filterData","maxQueueIndex":1700000000016,"minQueueIndex":1700000000017,"queueData":[{"bitMap":"bitMap","eval":true,"extendDataJson":"extendDataJson","msg":"msg","physicOffset":1700000000013,"physicSize":14,"tagsCode":1700000000015}],"subscriptionData":{"classFilterMode":true,"codeSet":[11],"expressionType":"expressionType","subString":"subString","subVersion":1700000000012,"tagsSet":["element"],"topic":"topic"}}
ConsumeMessageDirectlyResult {"autoCommit":false,"consumeResult":"CR_LATER","order":true,"remark":"remark","spentTimeMills":1700000000011}
OffsetMovedEvent {"consumerGroup":"consumerGroup","messageQueue":{"brokerName":"brokerName","queueId":11,"topic":"topic"},"offsetNew":1700000000013,"offsetRequest":1700000000012}
ConsumerRunningInfo {"jstack":"jstack","mqTable":{{"brokerName":"brokerName","queueId":13,"topic":"topic"}:{"cachedMsgCount":17,"cachedMsgMaxOffset":1700000000016,"cachedMsgMinOffset":1700000000015,"cachedMsgSizeInMiB":18,"commitOffset":1700000000014,"droped":true,"lastConsumeTimestamp":1700000000025,"lastLockTimestamp":1700000000023,"lastPullTimestamp":1700000000024,"locked":true,"transactionMsgCount":21,"transactionMsgMaxOffset":1700000000020,"transactionMsgMinOffset":1700000000019,"tryUnlockTimes":1700000000022}},"properties":{"PROP":"v"},"statusTable":{"key":{"consumeFailedMsgs":1700000000031,"consumeFailedTPS":30.5,"consumeOKTPS":29.5,"consumeRT":28.5,"pullRT":26.5,"pullTPS":27.5}},"subscriptionSet":[{"classFilterMode":true,"codeSet":[11],"expressionType":"expressionType","subString":"subString","subVersion":1700000000012,"tagsSet":["element"],"topic":"topic"}]}
DelayOffsetSerializeWrapper {"offsetTable":{11:1700000000012}}
KVConfigSerializeWrapper {"configTable":{"key":{"key":"value"}}}
GetConsumerListByGroupResponseBody {"consumerIdList":["element"]}
DataVersion {"counter":12,"timestamp":1700000000011}
)";

// The same of rocketmq-remoting 5.3.3 (fastjson 1.2.83), where it differs.
constexpr std::string_view kApache533 = R"(
TopicRouteData {"brokerDatas":[{"brokerAddrs":{1700000000015:"value"},"brokerName":"brokerName","cluster":"cluster","enableActingMaster":true,"zoneName":"zoneName"}],"filterServerTable":{"key":["element"]},"orderTopicConf":"orderTopicConf","queueDatas":[{"brokerName":"brokerName","perm":13,"readQueueNums":11,"topicSysFlag":14,"writeQueueNums":12}],"topicQueueMappingByBroker":{"key":{"bname":"bname","currIdMap":{18:19},"dirty":true,"epoch":1700000000017,"scope":"scope","topic":"topic","totalQueues":16}}}
ClusterInfo {"brokerAddrTable":{"key":{"brokerAddrs":{1700000000011:"value"},"brokerName":"brokerName","cluster":"cluster","enableActingMaster":true,"zoneName":"zoneName"}},"clusterAddrTable":{"key":["element"]}}
HeartbeatData {"clientID":"clientID","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST","consumeType":"CONSUME_PASSIVELY","groupName":"groupName","messageModel":"CLUSTERING","subscriptionDataSet":[{"classFilterMode":true,"codeSet":[11],"expressionType":"expressionType","subString":"subString","subVersion":1700000000012,"tagsSet":["element"],"topic":"topic"}],"unitMode":true}],"heartbeatFingerprint":13,"producerDataSet":[{"groupName":"groupName"}],"withoutSub":true}
RegisterBrokerBody {"filterServerList":["element"],"topicConfigSerializeWrapper":{"dataVersion":{"counter":36,"stateVersion":1700000000034,"timestamp":1700000000035},"mappingDataVersion":{"counter":29,"stateVersion":1700000000027,"timestamp":1700000000028},"topicConfigTable":{"key":{"attributes":{"key":"value"},"order":true,"perm":32,"readQueueNums":30,"topicFilterType":"MULTI_TAG","topicName":"topicName","topicSysFlag":33,"writeQueueNums":31}},"topicQueueMappingDetailMap":{"key":{"bname":"bname","currIdMap":{25:26},"dirty":true,"epoch":1700000000024,"hostedQueues":{15:[{"bname":"bname","endOffset":1700000000020,"gen":16,"logicOffset":1700000000018,"queueId":17,"startOffset":1700000000019,"timeOfEnd":1700000000022,"timeOfStart":1700000000021}]},"scope":"scope","topic":"topic","totalQueues":23}},"topicQueueMappingInfoMap":{"key":{"bname":"bname","currIdMap":{13:14},"dirty":true,"epoch":1700000000012,"scope":"scope","topic":"topic","totalQueues":11}}}}
TopicConfig {"attributes":{"key":"value"},"order":true,"perm":13,"readQueueNums":11,"topicFilterType":"MULTI_TAG","topicName":"topicName","topicSysFlag":14,"writeQueueNums":12}
TopicConfigSerializeWrapper {"dataVersion":{"counter":17,"stateVersion":1700000000015,"timestamp":1700000000016},"topicConfigTable":{"key":{"attributes":{"key":"value"},"order":true,"perm":13,"readQueueNums":11,"topicFilterType":"MULTI_TAG","topicName":"topicName","topicSysFlag":14,"writeQueueNums":12}}}
ConsumerOffsetSerializeWrapper {"dataVersion":{"counter":15,"stateVersion":1700000000013,"timestamp":1700000000014},"offsetTable":{"key":{11:1700000000012}}}
LockBatchRequestBody {"clientId":"clientId","consumerGroup":"consumerGroup","mqSet":[{"brokerName":"brokerName","queueId":11,"topic":"topic"}],"onlyThisBroker":true}
ConsumeStats {"consumeTps":16.5,"offsetTable":{{"brokerName":"brokerName","queueId":11,"topic":"topic"}:{"brokerOffset":1700000000012,"consumerOffset":1700000000013,"lastTimestamp":1700000000015,"pullOffset":1700000000014}}}
TopicStatsTable {"offsetTable":{{"brokerName":"brokerName","queueId":12,"topic":"topic"}:{"lastUpdateTimestamp":1700000000015,"maxOffset":1700000000014,"minOffset":1700000000013}},"topicPutTps":11.5}
ConsumeStatsList {"brokerAddr":"brokerAddr","consumeStatsList":[{"key":[{"consumeTps":16.5,"offsetTable":{{"brokerName":"brokerName","queueId":11,"topic":"topic"}:{"brokerOffset":1700000000012,"consumerOffset":1700000000013,"lastTimestamp":1700000000015,"pullOffset":1700000000014}}}]}],"totalDiff":1700000000017,"totalInflightDiff":1700000000018}
CheckClientRequestBody {"clientId":"clientId","group":"group","namespace":"namespace","subscriptionData":{"classFilterMode":true,"codeSet":[11],"expressionType":"expressionType","subString":"subString","subVersion":1700000000012,"tagsSet":["element"],"topic":"topic"}}
ConsumerRunningInfo {"jstack":"jstack","mqPopTable":{{"brokerName":"brokerName","queueId":26,"topic":"topic"}:{"droped":true,"lastPopTimestamp":1700000000028,"waitAckCount":27}},"mqTable":{{"brokerName":"brokerName","queueId":13,"topic":"topic"}:{"cachedMsgCount":17,"cachedMsgMaxOffset":1700000000016,"cachedMsgMinOffset":1700000000015,"cachedMsgSizeInMiB":18,"commitOffset":1700000000014,"droped":true,"lastConsumeTimestamp":1700000000025,"lastLockTimestamp":1700000000023,"lastPullTimestamp":1700000000024,"locked":true,"transactionMsgCount":21,"transactionMsgMaxOffset":1700000000020,"transactionMsgMinOffset":1700000000019,"tryUnlockTimes":1700000000022}},"properties":{"PROP":"v"},"statusTable":{"key":{"consumeFailedMsgs":1700000000034,"consumeFailedTPS":33.5,"consumeOKTPS":32.5,"consumeRT":31.5,"pullRT":29.5,"pullTPS":30.5}},"subscriptionSet":[{"classFilterMode":true,"codeSet":[11],"expressionType":"expressionType","subString":"subString","subVersion":1700000000012,"tagsSet":["element"],"topic":"topic"}],"userConsumerInfo":{"key":"value"}}
DataVersion {"counter":13,"stateVersion":1700000000011,"timestamp":1700000000012}
)";

// What section 5 of the protocol's description shows, as 4.9.7 and its clients write it.
constexpr std::string_view kDocumented = R"(
TopicRouteData {"brokerDatas":[{"brokerAddrs":{"0":"10.0.0.1:10911","1":"10.0.0.2:10911"},"brokerName":"broker-a","cluster":"DefaultCluster"}],"filterServerTable":{},"orderTopicConf":"broker-a:8;broker-b:8","queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":8,"topicSysFlag":0,"writeQueueNums":8}]}
HeartbeatData {"clientID":"10.0.0.9@4711","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY","groupName":"g1","messageModel":"CLUSTERING","subscriptionDataSet":[{"classFilterMode":false,"codeSet":[2598919],"expressionType":"TAG","subString":"TagA","subVersion":1700000000000,"tagsSet":["TagA"],"topic":"TopicA"},{"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":1700000000001,"tagsSet":[],"topic":"%RETRY%g1"}],"unitMode":false}],"producerDataSet":[{"groupName":"CLIENT_INNER_PRODUCER"},{"groupName":"pg1"}]}
RegisterBrokerBody {"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":3,"timestamp":1700000000000},"topicConfigTable":{"TopicA":{"order":false,"perm":6,"readQueueNums":8,"topicFilterType":"SINGLE_TAG","topicName":"TopicA","topicSysFlag":0,"writeQueueNums":8}}}}
SubscriptionGroupWrapper {"dataVersion":{"counter":1,"timestamp":1700000000000},"subscriptionGroupTable":{"g1":{"brokerId":0,"consumeBroadcastEnable":true,"consumeEnable":true,"consumeFromMinEnable":true,"groupName":"g1","notifyConsumerIdsChangedEnable":true,"retryMaxTimes":16,"retryQueueNums":1,"whichBrokerWhenConsumeSlowly":1}}}
ConsumerOffsetSerializeWrapper {"offsetTable":{"TopicA@g1":{0:123,1:99}}}
DelayOffsetSerializeWrapper {"offsetTable":{1:10,2:5}}
ClusterInfo {"brokerAddrTable":{"broker-a":{"brokerAddrs":{"0":"10.0.0.1:10911"},"brokerName":"broker-a","cluster":"DefaultCluster"}},"clusterAddrTable":{"DefaultCluster":["broker-a"]}}
LockBatchRequestBody {"clientId":"10.0.0.9@4711","consumerGroup":"g1","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"TopicA"}]}
LockBatchResponseBody {"lockOKMQSet":[]}
ConsumeStats {"consumeTps":12.5,"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"TopicA"}:{"brokerOffset":10,"consumerOffset":8,"lastTimestamp":1700000000000}}}
TopicStatsTable {"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"TopicA"}:{"lastUpdateTimestamp":1700000000000,"maxOffset":10,"minOffset":0}}}
ConsumerConnection {"connectionSet":[{"clientAddr":"10.0.0.9:51234","clientId":"10.0.0.9@4711","language":"JAVA","version":409}],"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":{}}
ProducerTableInfo {"data":{"pg1":[{"clientId":"10.0.0.9@4711","language":"JAVA","lastUpdateTimestamp":1700000000000,"remoteIP":"10.0.0.9:51234","version":409}]}}
GetConsumerListByGroupResponseBody {"consumerIdList":["cid1","cid2"]}
KVTable {"table":{"k":"v"}}
TopicList {"topicList":["a","b"]}
GroupList {"groupList":["g1"]}
ResetOffsetBody {"offsetTable":{{"brokerName":"b","queueId":0,"topic":"t"}:8}}
ResetOffsetBodyForC {"offsetTable":[{"brokerName":"b","offset":8,"queueId":0,"topic":"t"}]}
GetConsumerStatusBody {"consumerTable":{"cid":{{"brokerName":"b","queueId":0,"topic":"t"}:8}},"messageQueueTable":{}}
BrokerStatsData {"statsDay":{"avgpt":0.0,"sum":0,"tps":0.0},"statsHour":{"avgpt":0.0,"sum":0,"tps":0.0},"statsMinute":{"avgpt":0.0,"sum":0,"tps":0.0}}
QueryCorrectionOffsetBody {"correctionOffsets":{0:9}}
ConsumeMessageDirectlyResult {"autoCommit":true,"consumeResult":"CR_SUCCESS","order":false,"spentTimeMills":3}
KVConfigSerializeWrapper {"configTable":{"ns":{"k":"v"}}}
)";

struct Sample {
  std::string name;
  std::string text;
};

std::vector<Sample> samples(std::string_view table) {
  std::vector<Sample> all;
  for (auto rest = table.substr(1); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    const auto space = line.find(' ');
    all.push_back({std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
    rest.remove_prefix(line.size() + 1);
  }
  return all;
}

const JsonBody& body_of(const std::string& name) {
  const auto* const body = std::find_if(std::begin(kJsonBodies), std::end(kJsonBodies),
                                        [&](const JsonBody& candidate) { return candidate.name == name; });
  EXPECT_NE(body, std::end(kJsonBodies)) << name;
  return *body;
}

// Apache writes broker ids bare and we quote them, as all clients read; and of a time span it writes each
// time a second time as text, which nothing reads.
std::string as_we_write_it(std::string text) {
  for (const std::string_view key : {"\"brokerAddrs\":{"}) {
    for (std::size_t at = 0; (at = text.find(key, at)) != std::string::npos;) {
      at += key.size();
      if (text[at] == '"') continue;
      text.insert(at, 1, '"');
      text.insert(text.find(':', at), 1, '"');
    }
  }
  for (const std::string_view key :
       {"\"consumeTimeStampStr\"", "\"maxTimeStampStr\"", "\"minTimeStampStr\""}) {
    const auto at = text.find(key);
    if (at == std::string::npos) continue;
    const auto end = text.find_first_of(",}", at);
    text.erase(at - 1, end - at + 1);
  }
  return text;
}

TEST(JsonBodies, has_a_sample_of_each) {
  const auto all = samples(kApache497);
  for (const auto& body : kJsonBodies)
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const Sample& sample) {
      return sample.name == body.name;
    })) << body.name;
}

TEST(JsonBodies, are_written_as_apache_writes_them) {
  for (const auto& [name, text] : samples(kApache497))
    EXPECT_EQ(body_of(name).rewrite(text).value(), as_we_write_it(text)) << name;
}

TEST(JsonBodies, are_written_as_documented) {
  for (const auto& [name, text] : samples(kDocumented))
    EXPECT_EQ(body_of(name).rewrite(text).value(), text) << name;
}

TEST(JsonBodies, of_later_versions_lose_only_what_4x_does_not_know) {
  for (const auto& [name, text] : samples(kApache533)) {
    const auto rewritten = body_of(name).rewrite(text);
    ASSERT_TRUE(rewritten.has_value()) << name << ": " << rewritten.error().str();
    EXPECT_TRUE(body_of(name).same(text, *rewritten)) << name;
    EXPECT_LT(rewritten->size(), text.size() + 4) << name;
  }
}

TEST(JsonBodies, may_be_empty_objects) {
  for (const auto& body : kJsonBodies) {
    const auto rewritten = body.rewrite("{}");
    ASSERT_TRUE(rewritten.has_value()) << body.name;
    EXPECT_TRUE(body.same("{}", *rewritten)) << body.name;
  }
}

TEST(JsonBodies, cut_anywhere_are_errors) {
  for (const auto& [name, text] : samples(kApache497))
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_FALSE(body_of(name).rewrite(text.substr(0, size)).has_value())
          << name << ' ' << text.substr(0, size);
    }
}

TEST(JsonBodies, with_any_byte_changed_are_errors_or_stay_the_same_when_rewritten) {
  for (const auto& [name, text] : samples(kApache497)) {
    const auto& body = body_of(name);
    for (std::size_t at = 0; at < text.size(); ++at)
      for (const char c : {'"', '{', '}', '[', ']', ',', ':', '\\', '0', 'x', '\0', '\xFF'}) {
        std::string changed = text;
        changed[at] = c;
        if (const auto once = body.rewrite(changed)) {
          EXPECT_TRUE(body.same(changed, *once)) << name << ' ' << changed;
        }
      }
  }
}

}  // namespace
}  // namespace gantry::remoting
