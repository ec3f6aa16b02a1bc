#include "tests/fuzz/request_targets.h"

#include "logging/utf8.h"
#include "remoting/message_batch.h"
#include "remoting/quoted.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/targets.h"
#include "tests/unit/kernel/appending_store.h"
#include "tests/unit/kernel/some_serving.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gantry::fuzz {
namespace {

using namespace std::chrono_literals;
using access::testing::AskingConnection;
using Question = AskingConnection::Question;
using Fields = AskingConnection::Fields;
using remoting::RequestCode;

// One request of each kind, as clients and tools send it.
struct Example {
  int code;
  Fields fields{};
  std::string body{};
};

std::string two_messages() {
  std::string body;
  for (const char* text : {"one", "two"}) {
    remoting::append_batch_item(body, {.body = text, .properties = "KEYS\x01k\x02"}).value();
  }
  return body;
}

const Fields kLong{{"producerGroup", "p"},
                   {"topic", "T"},
                   {"defaultTopic", "TBW102"},
                   {"defaultTopicQueueNums", "4"},
                   {"queueId", "0"},
                   {"sysFlag", "0"},
                   {"bornTimestamp", "17"},
                   {"flag", "5"},
                   {"properties",
                    "TAGS\x01"
                    "A\x02KEYS\x01k\x02UNIQ_KEY\x01u\x02"
                    "DELAY\x01"
                    "3"},
                   {"reconsumeTimes", "0"},
                   {"unitMode", "false"},
                   {"batch", "false"},
                   {"maxReconsumeTimes", "16"}};
const Fields kShort{{"a", "p"},    {"b", "T"}, {"c", "TBW102"},       {"d", "4"}, {"e", "1"},     {"f", "0"},
                    {"g", "17"},   {"h", "0"}, {"i", "WAIT\x01true"}, {"j", "0"}, {"k", "false"}, {"l", "16"},
                    {"m", "false"}};

Fields with(Fields fields, const Fields& changed) {
  for (const auto& [name, value] : changed)
    for (auto& [field, old] : fields)
      if (field == name) old = value;
  return fields;
}

Fields pull(const char* flags, const char* from) {
  return {{"consumerGroup", "g"},     {"topic", "T"},
          {"queueId", "0"},           {"queueOffset", from},
          {"maxMsgNums", "32"},       {"sysFlag", flags},
          {"commitOffset", "1"},      {"suspendTimeoutMillis", "15000"},
          {"subscription", "A || B"}, {"subVersion", "0"},
          {"expressionType", "TAG"}};
}

const std::vector<Example>& examples() {
  static const Fields of_queue{{"topic", "T"}, {"queueId", "0"}};
  static const Fields of_topic{{"topic", "T"}};
  static const Fields of_group{{"consumerGroup", "g"}};
  static const Fields in_both{{"consumerGroup", "g"},       {"topic", "T"},        {"queueId", "0"},
                              {"commitOffset", "1"},        {"timestamp", "1000"}, {"boundaryType", "lower"},
                              {"setZeroIfNotFound", "true"}};
  static const std::string heartbeat =
      R"({"clientID":"c","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",)"
      R"("consumeType":"CONSUME_PASSIVELY","groupName":"g","messageModel":"CLUSTERING",)"
      R"("subscriptionDataSet":[{"classFilterMode":false,"codeSet":[65],"expressionType":"TAG",)"
      R"("subString":"A || B","subVersion":1,"tagsSet":["A","B"],"topic":"T"}],"unitMode":false}],)"
      R"("producerDataSet":[{"groupName":"p"}]})";
  static const std::string locks =
      R"({"clientId":"c","consumerGroup":"g","mqSet":[{"brokerName":"broker-a","queueId":0,"topic":"T"}]})";
  static const std::string check =
      R"({"clientId":"c","group":"g","subscriptionData":{"expressionType":"TAG","subString":"A","topic":"T"}})";
  static const Fields new_topic{
      {"topic", "U"}, {"defaultTopic", "TBW102"},        {"readQueueNums", "4"}, {"writeQueueNums", "4"},
      {"perm", "6"},  {"topicFilterType", "SINGLE_TAG"}, {"topicSysFlag", "0"},  {"order", "false"}};
  static const Fields back{
      {"offset", "0"},      {"group", "g"},        {"delayLevel", "0"},        {"originMsgId", "x"},
      {"originTopic", "T"}, {"unitMode", "false"}, {"maxReconsumeTimes", "16"}};
  static const Fields reply = with(kShort, {{"b", "c_REPLY_TOPIC"},
                                            {"i",
                                             "REPLY_TO_CLIENT\x01"
                                             "c\x02"
                                             "CORRELATION_ID\x01"
                                             "7\x02"
                                             "TTL\x01"
                                             "3000"}});
  static const Fields long_reply =
      with(kLong, {{"topic", "c_REPLY_TOPIC"}, {"properties", reply.at(8).second}});
  static const Fields by_key{{"topic", "T"},
                             {"key", "k"},
                             {"maxNum", "32"},
                             {"beginTimestamp", "0"},
                             {"endTimestamp", "9223372036854775807"}};
  static const Fields clone{{"srcGroup", "g"}, {"destGroup", "g2"}, {"topic", "T"}, {"offline", "true"}};
  static const Fields client{{"clientID", "c"}, {"producerGroup", "p"}, {"consumerGroup", "g"}};
  static const std::string group = R"({"groupName":"g","retryQueueNums":1,"retryMaxTimes":16})";
  static const std::vector<Example> all{
      {10, kLong, "hello"},
      {310, kShort, "hello"},
      {320, with(kShort, {{"m", "true"}}), two_messages()},
      {10, with(kLong, {{"topic", "made by use"}, {"batch", "true"}}), two_messages()},
      {36, back},
      {324, long_reply, "the answer"},
      {325, reply, "the answer"},
      {11, pull("7", "0")},
      {11, pull("6", "9")},
      {361, pull("4", "0")},
      {34, {}, heartbeat},
      {35, client},
      {38, of_group},
      {46, {}, check},
      {41, {}, locks},
      {42, {}, locks},
      {14, in_both},
      {15, in_both},
      {29, in_both},
      {30, of_queue},
      {31, of_queue},
      {32, of_queue},
      {208, {{"consumerGroup", "g"}, {"topic", "T"}}},
      {314, clone},
      {12, by_key},
      {12, with(by_key, {{"key", "u"}, {"maxNum", "0"}})},
      {33, {{"offset", "0"}}},
      {17, new_topic},
      {21, {}},
      {202, of_topic},
      {215, of_topic},
      {300, of_topic},
      {305, {}},
      {351, of_topic},
      {43, {}},
      {200, {}, group},
      {201, {}},
      {203, of_group},
      {204, {{"consumerGroup", "g"}, {"producerGroup", "p"}}},
      {207, {{"groupName", "g"}, {"removeOffset", "true"}}},
      {105, of_topic},   // not a broker's
      {9999, of_topic},  // nobody's
  };
  return all;
}

const std::array kValues{"",
                         "0",
                         "-1",
                         "1",
                         "32",
                         "2147483647",
                         "-2147483648",
                         "2147483648",
                         "9223372036854775807",
                         "-9223372036854775808",
                         "true",
                         "T",
                         "U",
                         "g",
                         "%RETRY%g",
                         "%DLQ%g",
                         "SCHEDULE_TOPIC_XXXX",
                         "TBW102",
                         "RMQ_SYS_TRANS_HALF_TOPIC",
                         "c_REPLY_TOPIC",
                         "*",
                         "SQL92",
                         "../T",
                         "\xff",
                         "no T"};

void change(std::string& text, Choices& choices) {
  switch (choices.byte() % 5) {
    case 0:
      text = kValues[choices.byte() % kValues.size()];
      return;
    case 1:
      text = choices.bytes(choices.byte());
      return;
    case 2:
      if (!text.empty()) text[choices.below(text.size())] = static_cast<char>(choices.byte());
      return;
    case 3:
      text.resize(choices.below(text.size() + 1));
      return;
    default:
      text.insert(choices.below(text.size() + 1), choices.bytes(choices.byte() % 16));
  }
}

Question chosen(Choices& choices) {
  const Example& example = examples()[choices.byte() % examples().size()];
  Question question{static_cast<RequestCode>(example.code), example.fields, example.body};
  for (std::size_t changes = choices.byte() % 4; changes > 0; --changes) {
    const std::size_t which = choices.byte() % (question.fields.size() + 2);
    if (which == question.fields.size()) {
      change(question.body, choices);
    } else if (which > question.fields.size()) {
      question.version = static_cast<std::int32_t>(choices.below(65536));
    } else if (choices.byte() % 4 == 0) {
      question.fields.erase(question.fields.begin() + static_cast<std::ptrdiff_t>(which));
    } else {
      change(question.fields[which].second, choices);
    }
  }
  return question;
}

class Broker : kernel::WithStore, kernel::SomeServing {
 public:
  Broker() {
    extensions.for_plugin(boundary)->add(static_cast<api::MessageStore&>(store));
    for (const char* name : {"T", "TBW102", "c_REPLY_TOPIC"})
      topics.put(
          {.name = api::TopicName::parse(name).value(), .read_queues = 2, .write_queues = 2, .perm = 7},
          api::Completion<void>([](const auto&) {}));
    sends.begin();
    add_all_handlers(requests, serving);
    parked.watch(store);
  }

  void burst(Choices& choices) {
    std::vector<Question> questions;
    const std::size_t count = 1 + choices.byte() % 4;
    while (questions.size() < count) questions.push_back(chosen(choices));
    Peer& peer = peers_[choices.byte() % peers_.size()];
    peer.connection->begin_all(requests, questions);
    peer.asked += questions.size();
  }
  void something_else(Choices& choices) {
    switch (choices.byte() % 4) {
      case 0:
        store.holds_promises = !store.holds_promises;
        return;
      case 1:
        store.keep_promises();
        return;
      case 2:
        background.advance(std::chrono::milliseconds(choices.below(65536)));
        return;
      default:
        hang_up(peers_[choices.byte() % peers_.size()]);
    }
  }

  // Whatever was asked is answered in the end: nothing waits for good.
  void expect_all_answered() {
    store.keep_promises();
    for (Peer& peer : peers_) hang_up(peer);
    store.keep_promises();
    background.advance(10min);
    for (const Peer& peer : gone_) {
      const auto answers = peer.connection->take_answers();
      require(answers.size() == peer.asked, "each request is answered, and once");
      for (const auto& answer : answers)
        require(logging::is_utf8(answer.remark),
                "a remark is a sentence: " + remoting::quoted(answer.remark));
    }
    for (const auto& topic : topics.all())
      require(topic->read_queues >= 0 && topic->write_queues >= 0, "a topic has queues");
  }

 private:
  struct Peer {
    std::unique_ptr<AskingConnection> connection;
    std::size_t asked = 0;
  };

  Peer next_peer() { return {std::make_unique<AskingConnection>(++last_id_)}; }
  // As a connection ends: what it was asked is not answered any more, and nobody comes there again.
  void hang_up(Peer& peer) {
    requests.on_closed(*peer.connection);
    for (const auto& asked : peer.connection->asked_of_it())
      if (asked.done) asked.done(make_error_code(boost::system::errc::connection_reset));
    gone_.push_back(std::exchange(peer, next_peer()));
  }

  std::uint64_t last_id_ = 0;
  std::array<Peer, 2> peers_{next_peer(), next_peer()};
  std::vector<Peer> gone_;
};

}  // namespace

void fuzz_requests(std::span<const char> input) {
  Choices choices(input);
  Broker broker;
  for (int i = 0; i < 32 && !choices.empty(); ++i) {
    if (choices.byte() % 4 == 0)
      broker.something_else(choices);
    else
      broker.burst(choices);
  }
  broker.expect_all_answered();
}

}  // namespace gantry::fuzz
