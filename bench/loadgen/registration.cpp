#include "bench/loadgen/registration.h"

#include "bench/loadgen/ask.h"
#include "bench/loadgen/topic_name.h"

#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kRegisterBroker = 103;
constexpr std::uint16_t kQueryDataVersion = 322;
// A cold JVM takes its time to read a registration of 10 000 topics.
constexpr std::chrono::milliseconds kPatience = 60s;
constexpr std::string_view kDataVersion = R"({"counter":1,"timestamp":1700000000000})";

// Addresses that no machine has: nobody shall be led to connect to them.
std::string broker_address(std::size_t broker) {
  return "192.0.2." + std::to_string(broker % 250 + 1) + ":" + std::to_string(10911 + 10 * (broker / 250));
}

std::vector<std::pair<std::string, std::string>> identity(std::size_t broker) {
  return {{"brokerAddr", broker_address(broker)},
          {"brokerId", "0"},
          {"brokerName", "bench-broker-" + std::to_string(1000 + broker)},
          {"clusterName", "bench-cluster"}};
}

std::string registration_body(const RegistrationPlan& plan) {
  const std::string queues = std::to_string(plan.queues);
  std::ostringstream body;
  body << R"({"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":)" << kDataVersion
       << R"(,"topicConfigTable":{)";
  for (std::size_t i = 0; i < plan.topics; ++i) {
    const std::string name = topic_name(i);
    if (i > 0) body << ',';
    body << '"' << name << R"(":{"order":false,"perm":6,"readQueueNums":)" << queues
         << R"(,"topicFilterType":"SINGLE_TAG","topicName":")" << name
         << R"(","topicSysFlag":0,"writeQueueNums":)" << queues << '}';
  }
  body << "}}}";
  return body.str();
}

}  // namespace

Registration::Registration(const RegistrationPlan& plan) {
  const std::string body = registration_body(plan);
  std::string buffer;
  for (std::size_t broker = 0; broker < plan.brokers; ++broker) {
    Command command{.code = kRegisterBroker, .fields = identity(broker), .body = body};
    command.fields.emplace_back("haServerAddr", broker_address(broker));
    command.fields.emplace_back("compressed", "false");
    command.fields.emplace_back("bodyCrc32", "0");
    connections_.push_back(connect_to(plan.server));
    set_receive_timeout(connections_.back(), kPatience);
    ask(connections_.back(), command, buffer);
  }
}

void Registration::keep_alive() {
  std::string buffer;
  for (std::size_t broker = 0; broker < connections_.size(); ++broker) {
    const Command command{
        .code = kQueryDataVersion, .fields = identity(broker), .body = std::string(kDataVersion)};
    const ReceivedFrame answer = ask(connections_[broker], command, buffer);
    if (json_field(answer.fields, "changed") != "false")
      throw std::runtime_error("the name server has lost broker " + broker_address(broker));
  }
}

}  // namespace gantry::bench
