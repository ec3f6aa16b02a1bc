#include "bench/loadgen/pull_workload.h"

#include "bench/loadgen/consumer.h"
#include "bench/loadgen/topic_name.h"

#include <stdexcept>

namespace gantry::bench {
namespace {

constexpr std::string_view kGroup = "bench-consumers";

class PullChecker final : public AnswerChecker {
 public:
  PullChecker(const PullShape& shape, std::string_view body) : shape_(shape), body_(body) {}

  std::optional<std::string> complaint(std::size_t frame, const ReceivedFrame& answer) override {
    messages_ += shape_.batch;
    if (shape_.any_content) return std::nullopt;
    const std::size_t queue = frame % shape_.messages.queues;
    const std::size_t first = frame / shape_.messages.queues * shape_.batch;
    std::string_view rest = answer.body;
    for (std::size_t i = 0; i < shape_.batch; ++i) {
      const auto record = read_record(rest);
      if (!record) return at(queue, first + i) + "no record, in an answer of " + size_of(answer);
      if (record->queue != static_cast<std::int32_t>(queue) ||
          record->offset != static_cast<std::int64_t>(first + i))
        return at(queue, first + i) + "the message of queue " + std::to_string(record->queue) + ", offset " +
               std::to_string(record->offset);
      if (record->body != body_) return at(queue, first + i) + "a message with another body than was sent";
      rest.remove_prefix(record->size);
    }
    if (!rest.empty())
      return at(queue, first) + std::to_string(rest.size()) + " bytes more than " +
             std::to_string(shape_.batch) + " messages";
    return std::nullopt;
  }

  bool expects(const ReceivedFrame& push) override { return is_change_of_consumers(push); }
  std::uint64_t messages() const override { return messages_; }

 private:
  static std::string at(std::size_t queue, std::size_t offset) {
    return "queue " + std::to_string(queue) + ", offset " + std::to_string(offset) + ": ";
  }

  static std::string size_of(const ReceivedFrame& answer) {
    return std::to_string(answer.body.size()) + " bytes";
  }

  PullShape shape_;
  std::string_view body_;  // the workload's, which outlives the run
  std::uint64_t messages_ = 0;
};

}  // namespace

PullWorkload::PullWorkload(const PullShape& shape)
    : shape_(shape), body_(message_body(shape.messages.body_bytes)) {
  const std::size_t queues = shape.messages.queues;
  const std::size_t batches = shape.messages_stored / queues / shape.batch;
  if (batches == 0 || batches * queues * shape.batch != shape.messages_stored)
    throw std::invalid_argument(std::to_string(shape.messages_stored) +
                                " messages are not whole batches of " + std::to_string(shape.batch) +
                                " in each of " + std::to_string(queues) + " queues");
  const std::string topic = topic_name(0);
  frames_.reserve(batches * queues);
  for (std::size_t batch = 0; batch < batches; ++batch)
    for (std::size_t queue = 0; queue < queues; ++queue)
      frames_.push_back(Frame::build(pull_command({.group = kGroup,
                                                   .topic = topic,
                                                   .queue = queue,
                                                   .offset = batch * shape.batch,
                                                   .most_messages = shape.batch}),
                                     shape.encoding));
}

std::string PullWorkload::description() const {
  return "pull of " + std::to_string(shape_.batch) + " × " + std::to_string(shape_.messages.body_bytes) +
         " B from " + std::to_string(shape_.messages.queues) + " queues";
}

std::vector<Command> PullWorkload::greeting() const {
  if (shape_.any_content) return {};
  return {heartbeat("192.0.2.9@bench", kGroup, topic_name(0))};
}

std::unique_ptr<AnswerChecker> PullWorkload::checker() const {
  return std::make_unique<PullChecker>(shape_, body_);
}

}  // namespace gantry::bench
