// A push consumer's pulls: batches of messages from every queue in turn, from its beginning to its end and
// again.
//
// The queues hold what filling.h put there. Every message of every answer is looked at: that it is the next
// one of its queue, and that its body is the one that was sent.
#pragma once

#include "bench/loadgen/messages.h"
#include "bench/loadgen/workload.h"

#include <cstdint>
#include <vector>

namespace gantry::bench {

struct PullShape {
  MessageShape messages;            // of one topic
  std::size_t messages_stored = 0;  // in all queues together: as many in each
  std::size_t batch = 32;
  Encoding encoding = Encoding::json;
  bool any_content = false;  // for a server that answers a constant
};

class PullWorkload final : public Workload {
 public:
  // Throws std::invalid_argument when a queue does not hold whole batches, and at least one.
  explicit PullWorkload(const PullShape& shape);

  std::string description() const override;
  std::span<const Frame> frames() const override { return frames_; }
  bool in_order() const override { return true; }
  std::vector<Command> greeting() const override;
  std::unique_ptr<AnswerChecker> checker() const override;

 private:
  PullShape shape_;
  std::string body_;
  std::vector<Frame> frames_;
};

}  // namespace gantry::bench
