#include "kernel/apache_keys.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::kernel {
namespace {

using options::OptionSet;
using options::WithoutEffect;

// A key, and Apache's default, which clients are told who ask for the configuration.
struct Key {
  const char* name;
  const char* told;
};

class Declaring {
 public:
  explicit Declaring(OptionSet& set) : set_(set) {}

  template <std::size_t N>
  void without_effect(std::string_view why, const Key (&keys)[N]) {
    for (const auto& [name, told] : keys) add({.name = name, .why = std::string(why), .told = told});
  }

  // Keys that are in files of other versions, or in files alone.
  template <std::size_t N>
  void untold(std::string_view why, const char* const (&names)[N]) {
    for (const char* name : names) add({.name = name, .why = std::string(why), .told = std::nullopt});
  }

  // Any other value is a mistake.
  void only(Key key, std::string_view otherwise) {
    add({.name = key.name,
         .why = {},
         .told = key.told,
         .same_here = {key.told},
         .otherwise = std::string(otherwise)});
  }
  void only_false(const char* untold, std::string_view otherwise) {
    add({.name = untold, .why = {}, .told = {}, .same_here = {"false"}, .otherwise = std::string(otherwise)});
  }

  void refused_by_wire(Key key, std::string_view why) {
    add({.name = key.name, .why = std::string(why), .told = key.told, .refused_by_wire = true});
  }

 private:
  void add(WithoutEffect key) {
    if (set_.find_alias(key.name).option == nullptr) set_.without_effect(std::move(key));
  }

  OptionSet& set_;
};

void roles_and_modes(Declaring& keys) {
  keys.only(
      {"brokerRole", "ASYNC_MASTER"},
      "needs a plugin that replicates, and none is enabled that has brokerRole; without one a broker is an "
      "ASYNC_MASTER");
  keys.only({"enableDLegerCommitLog", "false"},
            "DLedger's log is another format, which this broker neither reads nor writes; write false");
  keys.only({"aclEnable", "false"},
            "needs a plugin that has access rules, and none is enabled that has aclEnable; with false "
            "everybody may "
            "do everything");
  keys.only({"messageStorePlugIn", ""},
            "is for classes in Java; a plugin of this broker has a table, [plugins.NAME], in a TOML file");
  keys.only({"brokerPermission", "6"},
            "a broker that is only read from, or only written to, is not to be had; write 6, which is both");
  keys.only({"useTLS", "false"}, "name servers are spoken to without TLS; write false");
  keys.only({"enableLmq", "false"}, "there are no light queues (LMQ) here; write false");
  keys.only({"enableMultiDispatch", "false"},
            "a message is in one queue here, not in several (multi-dispatch); write false");

  keys.without_effect("it belongs to enableDLegerCommitLog", {{"dLegerGroup", ""},
                                                              {"dLegerPeers", ""},
                                                              {"dLegerSelfId", ""},
                                                              {"preferredLeaderId", ""},
                                                              {"storePathDLedgerCommitLog", ""},
                                                              {"isEnableBatchPush", "false"}});
  keys.without_effect("it belongs to enableLmq", {{"maxLmqConsumeQueueNum", "20000"}});
}

void replication(Declaring& keys) {
  keys.without_effect("no plugin that replicates is enabled", {{"haListenPort", "10912"},
                                                               {"haMasterAddress", ""},
                                                               {"haSendHeartbeatInterval", "5000"},
                                                               {"haHousekeepingInterval", "20000"},
                                                               {"haTransferBatchSize", "32768"},
                                                               {"haSlaveFallbehindMax", "268435456"},
                                                               {"offsetCheckInSlave", "false"},
                                                               {"brokerIP2", ""}});
}

void threads_and_queues(Declaring& keys) {
  keys.without_effect("requests are served by the I/O threads: see io_threads",
                      {{"sendMessageThreadPoolNums", "4"},
                       {"putMessageFutureThreadPoolNums", "4"},
                       {"pullMessageThreadPoolNums", "24"},
                       {"processReplyMessageThreadPoolNums", "24"},
                       {"queryMessageThreadPoolNums", "12"},
                       {"adminBrokerThreadPoolNums", "16"},
                       {"clientManageThreadPoolNums", "32"},
                       {"consumerManageThreadPoolNums", "32"},
                       {"heartbeatThreadPoolNums", "4"},
                       {"endTransactionThreadPoolNums", "16"}});
  keys.without_effect("requests wait in no queue: see unanswered_limit",
                      {{"sendThreadPoolQueueCapacity", "10000"},
                       {"putThreadPoolQueueCapacity", "10000"},
                       {"pullThreadPoolQueueCapacity", "100000"},
                       {"replyThreadPoolQueueCapacity", "10000"},
                       {"queryThreadPoolQueueCapacity", "20000"},
                       {"clientManagerThreadPoolQueueCapacity", "1000000"},
                       {"consumerManagerThreadPoolQueueCapacity", "1000000"},
                       {"heartbeatThreadPoolQueueCapacity", "50000"},
                       {"endTransactionPoolQueueCapacity", "100000"}});
  keys.without_effect("what waits too long for the disk is refused by the store, and nothing else waits",
                      {{"brokerFastFailureEnable", "true"},
                       {"waitTimeMillsInSendQueue", "200"},
                       {"waitTimeMillsInPullQueue", "5000"},
                       {"waitTimeMillsInHeartbeatQueue", "31000"},
                       {"waitTimeMillsInTransactionQueue", "3000"}});
}

void topics_and_consumers(Declaring& keys) {
  keys.without_effect(
      "what lies on the disk is answered like what lies in memory",
      {{"maxTransferBytesOnMessageInDisk", "65536"}, {"maxTransferCountOnMessageInDisk", "8"}});
  keys.without_effect("it says how Apache's broker answers out of Java's memory",
                      {{"transferMsgByHeap", "true"}, {"diskFallRecorded", "true"}});
  keys.without_effect("the query says how many messages it wants", {{"defaultQueryMaxNum", "32"}});
  keys.without_effect(
      "slow consumers are served like all others",
      {{"disableConsumeIfConsumerReadSlowly", "false"}, {"consumerFallbehindThreshold", "17179869184"}});
  keys.without_effect("consumers of a group are always told when one comes or goes",
                      {{"notifyConsumerIdsChangedEnable", "true"}});
  keys.without_effect("offsets have no history", {{"flushConsumerOffsetHistoryInterval", "60000"}});
  keys.without_effect("messages are taken from the start on", {{"startAcceptSendRequestTimeStamp", "0"}});
  keys.without_effect("it does nothing in Apache's broker either",
                      {{"highSpeedMode", "false"}, {"maxDelayTime", "40"}, {"filterServerNums", "0"}});
}

void features_of_plugins(Declaring& keys) {
  keys.without_effect("delays are a plugin's, and none is enabled that has it",
                      {{"messageDelayLevel", "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h"},
                       {"flushDelayOffsetInterval", "10000"},
                       {"enableScheduleMessageStats", "true"},
                       {"enableScheduleAsyncDeliver", "false"},
                       {"scheduleAsyncDeliverMaxPendingLimit", "2000"},
                       {"scheduleAsyncDeliverMaxResendNum2Blocked", "3"}});
  keys.without_effect("transactions are a plugin's, and none is enabled that has it",
                      {{"transactionTimeOut", "6000"},
                       {"transactionCheckMax", "15"},
                       {"transactionCheckInterval", "60000"},
                       {"rejectTransactionMessage", "false"}});
  keys.without_effect(
      "SQL92 is a plugin's, and none is enabled that has it: consumers that ask for it are refused",
      {{"enablePropertyFilter", "false"},
       {"enableCalcFilterBitMap", "false"},
       {"expectConsumerNumUseFilter", "32"},
       {"maxErrorRateOfBloomFilter", "20"},
       {"filterDataCleanTimeSpan", "86400000"}});
}

void surroundings(Declaring& keys) {
  keys.refused_by_wire({"rocketmqHome", ""}, "there is no installation directory");
  keys.refused_by_wire({"configBlackList", "configBlackList;brokerConfigPath"},
                       "what may change by wire is a fixed list");
  keys.refused_by_wire({"brokerConfigPath", ""}, "the file is named with --config");
  keys.without_effect("name servers are those of namesrvAddr",
                      {{"fetchNamesrvAddrByAddressServer", "false"}});
  keys.without_effect(
      "a registration is sent whenever something has changed, and compressed when it is large",
      {{"compressedRegister", "false"}, {"forceRegister", "true"}});
  keys.without_effect("it belongs to Alibaba's cloud", {{"commercialEnable", "true"},
                                                        {"commercialTimerCount", "1"},
                                                        {"commercialTransCount", "1"},
                                                        {"commercialBigCount", "1"},
                                                        {"commercialBaseCount", "1"}});
  keys.without_effect("figures are written for Prometheus: see metrics_file",
                      {{"enableDetailStat", "true"}, {"autoDeleteUnusedStats", "false"}});
  keys.without_effect("see log_file", {{"isolateLogEnable", "false"}});
  keys.without_effect("connections to name servers need no setting",
                      {{"clientWorkerThreads", "4"},
                       {"clientCallbackExecutorThreads", "4"},
                       {"clientOnewaySemaphoreValue", "65535"},
                       {"clientAsyncSemaphoreValue", "65535"},
                       {"connectTimeoutMillis", "3000"},
                       {"channelNotActiveInterval", "60000"},
                       {"clientChannelMaxIdleTimeSeconds", "120"},
                       {"clientSocketSndBufSize", "0"},
                       {"clientSocketRcvBufSize", "0"},
                       {"clientPooledByteBufAllocatorEnable", "false"},
                       {"clientCloseSocketIfTimeout", "true"}});
}

// What people's files have all the same.
void other_versions(Declaring& keys) {
  keys.untold("Apache's broker no longer has it, and transactions are a plugin's",
              {"checkTransactionMessageEnable"});
  keys.untold("it is RocketMQ 5's", {"timerWheelEnable",
                                     "timerMaxDelaySec",
                                     "timerPrecisionMs",
                                     "transactionCheckMaxTimeInMs",
                                     "enableControllerMode",
                                     "controllerAddr",
                                     "enableNameServerAddressResolve",
                                     "enableIncrementalTopicCreation",
                                     "generateConfigForScaleOutEnable",
                                     "enableNotifyAfterPopOrderLockRelease",
                                     "autoMessageVersionOnTopicLen",
                                     "litePullMessageEnable",
                                     "popPollingSize",
                                     "enableSlaveActingMaster",
                                     "enableBrokerContainer",
                                     "totalReplicas",
                                     "inSyncReplicas",
                                     "minInSyncReplicas",
                                     "allAckInSyncStateSet",
                                     "storeType",
                                     "rocksdbCQDoubleWriteEnable",
                                     "metricsExporterType",
                                     "metricsPromExporterPort"});
  for (const char* name : {"authenticationEnabled", "authorizationEnabled"})
    keys.only_false(name, "needs a plugin that has access rules; with false everybody may do everything");
}

}  // namespace

void declare_apache_keys(OptionSet& set) {
  Declaring keys(set);
  roles_and_modes(keys);
  replication(keys);
  threads_and_queues(keys);
  topics_and_consumers(keys);
  features_of_plugins(keys);
  surroundings(keys);
  other_versions(keys);
}

}  // namespace gantry::kernel
