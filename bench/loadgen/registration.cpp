#include "bench/loadgen/registration.h"

#include "bench/loadgen/frame.h"
#include "bench/loadgen/frame_reader.h"
#include "bench/loadgen/topic_name.h"

#include <cerrno>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/socket.h>

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

void send_all(const Socket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category(), "a broker's connection broke");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Sends one request and waits for its answer, which must be code 0. `buffer` holds what the answer views.
ReceivedFrame ask(const Socket& socket, const Command& command, std::string& buffer) {
  std::string request;
  Frame::build(command, Encoding::json).append_to(request, Frame::kFirstOpaque);
  send_all(socket, request);
  buffer.clear();
  FrameRead read;
  while ((read = read_frame(buffer)).result == ReadResult::incomplete) {
    char bytes[4096];
    const ssize_t n = ::recv(socket.fd(), bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) throw std::runtime_error("the name server did not answer a broker in 60 s");
    if (n <= 0) throw std::runtime_error("the name server closed a broker's connection");
    buffer.append(bytes, static_cast<std::size_t>(n));
  }
  if (read.result == ReadResult::malformed)
    throw std::runtime_error("the name server sent a malformed frame");
  if (read.frame.code != 0)
    throw std::runtime_error("the name server answered request " + std::to_string(command.code) +
                             " with code " + std::to_string(read.frame.code) + ": " +
                             std::string(read.frame.remark));
  return read.frame;
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
