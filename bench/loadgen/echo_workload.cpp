#include "bench/loadgen/echo_workload.h"

#include <random>

namespace gantry::bench {
namespace {

class EchoChecker final : public AnswerChecker {
 public:
  EchoChecker(std::string_view body, bool any_content) : body_(body), any_content_(any_content) {}

  std::optional<std::string> complaint(std::size_t, const ReceivedFrame& answer) override {
    if (answer.body.size() != body_.size())
      return "a body of " + std::to_string(answer.body.size()) + " bytes instead of " +
             std::to_string(body_.size());
    if (!any_content_ && answer.body != body_) return "a body with other bytes than were sent";
    return std::nullopt;
  }

 private:
  std::string_view body_;  // of the workload's frame, which outlives the run
  bool any_content_;
};

// Always the same bytes, and none that could be compressed.
std::string random_body(std::size_t size) {
  std::mt19937 random(1);
  std::string body(size, '\0');
  for (char& c : body) c = static_cast<char>(random() & 0xff);
  return body;
}

}  // namespace

EchoWorkload::EchoWorkload(std::uint16_t code, std::size_t body_size, bool any_content, Encoding encoding)
    : any_content_(any_content),
      frame_(Frame::build({.code = code, .fields = {}, .body = random_body(body_size)}, encoding)) {
}

std::string EchoWorkload::description() const {
  return "echo of " + std::to_string(frame_.body().size()) + " bytes";
}

std::unique_ptr<AnswerChecker> EchoWorkload::checker() const {
  return std::make_unique<EchoChecker>(frame_.body(), any_content_);
}

}  // namespace gantry::bench
