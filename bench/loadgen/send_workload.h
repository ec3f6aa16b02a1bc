// Messages for a broker, singly or in batches, to every queue of every topic in turn.
//
// An answer must name the queue that was asked for and the place that the message got; whether so many
// messages are there in the end is for who reads them (pull_workload.h).
#pragma once

#include "bench/loadgen/messages.h"
#include "bench/loadgen/workload.h"

#include <vector>

namespace gantry::bench {

struct SendShape {
  MessageShape messages;
  std::size_t batch = 1;
  Encoding encoding = Encoding::json;
  bool any_content = false;  // for a server that answers a constant
};

class SendWorkload final : public Workload {
 public:
  explicit SendWorkload(const SendShape& shape);

  std::string description() const override;
  std::span<const Frame> frames() const override { return frames_; }
  bool in_order() const override { return true; }
  std::unique_ptr<AnswerChecker> checker() const override;

 private:
  SendShape shape_;
  std::vector<Frame> frames_;
};

}  // namespace gantry::bench
