// A broker for tests: keeps what it is sent, one list a queue, whatever the topic, and answers pulls from
// there.
#pragma once

#include "bench/loadgen/frame.h"
#include "bench/loadgen/messages.h"
#include "tests/unit/bench/loadgen/scripted_peer.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gantry::bench {

class ScriptedBroker {
 public:
  // What it does otherwise than a right broker; nullopt: as a right one. Runs on the broker's thread.
  using Twist = std::function<std::optional<std::string>(const ReceivedFrame&)>;

  explicit ScriptedBroker(Twist twist = {})
      : twist_(std::move(twist)), peer_([this](const ReceivedFrame& request) { return serve(request); }) {}

  const sockaddr_in& endpoint() const { return peer_.endpoint(); }

  // Read by the test when nothing is asked any more.
  std::map<std::size_t, std::vector<std::string>> queues;  // the bodies
  std::vector<std::int32_t> codes;                         // of all requests
  std::vector<std::string> fields;                         // of all requests

  static std::string answer(const ReceivedFrame& request, std::uint16_t code,
                            std::vector<std::pair<std::string, std::string>> fields = {},
                            std::string body = {}) {
    std::string out;
    Frame::build({.code = code, .flag = 1, .fields = std::move(fields), .body = std::move(body)},
                 Encoding::json)
        .append_to(out, static_cast<std::uint32_t>(request.opaque));
    return out;
  }

  static std::size_t number(const ReceivedFrame& request, std::string_view name) {
    return std::stoul(std::string(header_field(request, name).value()));
  }

 private:
  struct Waiting {
    std::int32_t opaque;
    std::size_t queue;
    std::size_t offset;
  };

  std::string serve(const ReceivedFrame& request) {
    codes.push_back(request.code);
    fields.emplace_back(request.fields);
    if (twist_)
      if (auto said = twist_(request)) return *said;
    if (request.code == 310 || request.code == 320) return take(request);
    if (request.code == 11) return pull(request);
    return answer(request, 0);
  }

  std::string take(const ReceivedFrame& request) {
    const std::size_t queue = number(request, "e");
    std::vector<std::string>& messages = queues[queue];
    const std::size_t offset = messages.size();
    if (request.code == 310)
      messages.emplace_back(request.body);
    else
      split(request.body, messages);
    wake(queue);
    return answer(
        request, 0,
        {{"msgId", "C0"}, {"queueId", std::to_string(queue)}, {"queueOffset", std::to_string(offset)}});
  }

  static void split(std::string_view batch, std::vector<std::string>& messages) {
    const auto length = [](std::string_view bytes) {
      std::size_t value = 0;
      for (int i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
      return value;
    };
    for (; !batch.empty(); batch.remove_prefix(length(batch)))
      messages.emplace_back(batch.substr(20, length(batch.substr(16))));
  }

  std::string pull(const ReceivedFrame& request) {
    const std::size_t queue = number(request, "queueId");
    const std::size_t offset = number(request, "queueOffset");
    const bool waits = (number(request, "sysFlag") & 2) != 0;
    if (offset == queues[queue].size() && waits) {
      waiting_.push_back({request.opaque, queue, offset});
      return {};
    }
    return pulled(request, queue, offset, number(request, "maxMsgNums"));
  }

  std::string pulled(const ReceivedFrame& request, std::size_t queue, std::size_t offset, std::size_t most) {
    std::string body;
    const std::vector<std::string>& messages = queues[queue];
    for (std::size_t i = offset; i < messages.size() && i < offset + most; ++i)
      body +=
          make_record({static_cast<std::int32_t>(queue), static_cast<std::int64_t>(i), messages[i]}, "topic");
    const std::uint16_t code = body.empty() ? 19 : 0;
    return answer(request, code, {{"maxOffset", std::to_string(messages.size())}}, body);
  }

  void wake(std::size_t queue) {
    std::erase_if(waiting_, [&](const Waiting& pull) {
      if (pull.queue != queue) return false;
      ReceivedFrame request;
      request.opaque = pull.opaque;
      peer_.send_to_others(pulled(request, queue, pull.offset, 32));
      return true;
    });
  }

  Twist twist_;
  std::vector<Waiting> waiting_;
  ScriptedPeer peer_;  // last: its thread uses the rest
};

}  // namespace gantry::bench
