#include "bench/loadgen/consumer.h"

namespace gantry::bench {
namespace {

constexpr std::uint16_t kPullMessage = 11;
constexpr std::uint16_t kHeartBeat = 34;
constexpr std::int32_t kNotifyConsumerIdsChanged = 40;
constexpr unsigned kCommitOffset = 1;
constexpr unsigned kSuspend = 2;
constexpr std::string_view kSubscriptionVersion = "1700000000000";

std::string subscription(std::string_view topic) {
  std::string out =
      R"({"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":)";
  out += kSubscriptionVersion;
  out += R"(,"tagsSet":[],"topic":")";
  out += topic;
  return out + "\"}";
}

}  // namespace

Command heartbeat(std::string_view client, std::string_view group, std::string_view topic) {
  std::string body = R"({"clientID":")";
  body += client;
  body +=
      R"(","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","consumeType":"CONSUME_PASSIVELY",)"
      R"("groupName":")";
  body += group;
  body += R"(","messageModel":"CLUSTERING","subscriptionDataSet":[)" + subscription(topic);
  body += R"(],"unitMode":false}],"producerDataSet":[]})";
  return {.code = kHeartBeat, .fields = {}, .body = std::move(body)};
}

Command pull_command(const Pull& pull) {
  const unsigned flags = (pull.offset > 0 ? kCommitOffset : 0U) | (pull.suspend.count() > 0 ? kSuspend : 0U);
  return {.code = kPullMessage,
          .fields = {{"consumerGroup", std::string(pull.group)},
                     {"topic", std::string(pull.topic)},
                     {"queueId", std::to_string(pull.queue)},
                     {"queueOffset", std::to_string(pull.offset)},
                     {"maxMsgNums", std::to_string(pull.most_messages)},
                     {"sysFlag", std::to_string(flags)},
                     {"commitOffset", std::to_string(pull.offset)},
                     {"suspendTimeoutMillis", std::to_string(pull.suspend.count())},
                     {"subVersion", std::string(kSubscriptionVersion)},
                     {"expressionType", "TAG"}},
          .body = {}};
}

bool is_change_of_consumers(const ReceivedFrame& frame) {
  return !frame.is_answer() && frame.code == kNotifyConsumerIdsChanged;
}

}  // namespace gantry::bench
