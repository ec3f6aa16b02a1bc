#include "bench/loadgen/send_workload.h"

#include <charconv>

namespace gantry::bench {
namespace {

class SendChecker final : public AnswerChecker {
 public:
  explicit SendChecker(const SendShape& shape) : shape_(shape) {}

  std::optional<std::string> complaint(std::size_t frame, const ReceivedFrame& answer) override {
    messages_ += shape_.batch;
    if (shape_.any_content) return std::nullopt;
    const std::size_t queue = frame / shape_.messages.topics;
    if (number_of(answer, "queueId") != queue)
      return "an answer for another queue than " + std::to_string(queue) + ": " + std::string(answer.fields);
    if (!number_of(answer, "queueOffset"))
      return "an answer that does not say where the message is: " + std::string(answer.fields);
    return std::nullopt;
  }

  std::uint64_t messages() const override { return messages_; }

 private:
  static std::optional<std::uint64_t> number_of(const ReceivedFrame& answer, std::string_view name) {
    const auto text = header_field(answer, name);
    std::uint64_t value = 0;
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
    return value;
  }

  SendShape shape_;
  std::uint64_t messages_ = 0;
};

}  // namespace

SendWorkload::SendWorkload(const SendShape& shape) : shape_(shape) {
  frames_.reserve(shape.messages.topics * shape.messages.queues);
  for (std::size_t queue = 0; queue < shape.messages.queues; ++queue)
    for (std::size_t topic = 0; topic < shape.messages.topics; ++topic)
      frames_.push_back(
          Frame::build(send_command(shape.messages, topic, queue, shape.batch), shape.encoding));
}

std::string SendWorkload::description() const {
  const MessageShape& messages = shape_.messages;
  std::string out = "send " + std::to_string(messages.body_bytes) + " B";
  if (shape_.batch > 1) out += " in batches of " + std::to_string(shape_.batch);
  return out + " to " + std::to_string(messages.topics) + " topics × " + std::to_string(messages.queues) +
         " queues";
}

std::unique_ptr<AnswerChecker> SendWorkload::checker() const {
  return std::make_unique<SendChecker>(shape_);
}

}  // namespace gantry::bench
