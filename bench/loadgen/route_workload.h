// GET_ROUTEINFO_BY_TOPIC for one of N topics, each as likely as the other.
//
// The topics are those that `gantry-loadgen register` makes, all on the same brokers, so all answers have
// the same length: the first is looked into (does it name every broker?), the others must be as long.
#pragma once

#include "bench/loadgen/workload.h"

#include <vector>

namespace gantry::bench {

class RouteWorkload final : public Workload {
 public:
  RouteWorkload(std::size_t topics, std::size_t brokers, Encoding encoding);

  std::string description() const override;
  std::span<const Frame> frames() const override { return frames_; }
  std::unique_ptr<AnswerChecker> checker() const override;

 private:
  std::size_t brokers_;
  std::vector<Frame> frames_;
};

}  // namespace gantry::bench
