#include "bench/loadgen/route_workload.h"

#include "bench/loadgen/topic_name.h"

namespace gantry::bench {
namespace {

constexpr std::uint16_t kGetRouteInfoByTopic = 105;

std::size_t occurrences(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size()))
    ++found;
  return found;
}

class RouteChecker final : public AnswerChecker {
 public:
  explicit RouteChecker(std::size_t brokers) : brokers_(brokers) {}

  std::optional<std::string> complaint(std::size_t, const ReceivedFrame& answer) override {
    if (length_ == 0) return look_into(answer.body);
    if (answer.body.size() == length_) return std::nullopt;
    return "a route of " + std::to_string(answer.body.size()) + " bytes, where the first had " +
           std::to_string(length_);
  }

 private:
  std::optional<std::string> look_into(std::string_view body) {
    // A broker is named twice: by its addresses and by its queues.
    const std::size_t named = occurrences(body, "\"brokerName\":");
    if (named != 2 * brokers_)
      return "a route with \"brokerName\" " + std::to_string(named) + " times, where " +
             std::to_string(brokers_) + " brokers make " + std::to_string(2 * brokers_) + ": " +
             std::string(body.substr(0, 400));
    length_ = body.size();
    return std::nullopt;
  }

  std::size_t brokers_;
  std::size_t length_ = 0;
};

}  // namespace

RouteWorkload::RouteWorkload(std::size_t topics, std::size_t brokers, Encoding encoding) : brokers_(brokers) {
  frames_.reserve(topics);
  for (std::size_t i = 0; i < topics; ++i)
    frames_.push_back(Frame::build(
        {.code = kGetRouteInfoByTopic, .fields = {{"topic", topic_name(i)}}, .body = {}}, encoding));
}

std::string RouteWorkload::description() const {
  return "route of " + std::to_string(frames_.size()) + " topics on " + std::to_string(brokers_) + " brokers";
}

std::unique_ptr<AnswerChecker> RouteWorkload::checker() const {
  return std::make_unique<RouteChecker>(brokers_);
}

}  // namespace gantry::bench
