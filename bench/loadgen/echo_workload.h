// One request with a body of a given size, whose answer must bring the same body back.
#pragma once

#include "bench/loadgen/workload.h"

namespace gantry::bench {

class EchoWorkload final : public Workload {
 public:
  // Which bytes come back is not checked when `any_content`: a floor server answers a constant.
  EchoWorkload(std::uint16_t code, std::size_t body_size, bool any_content, Encoding encoding);

  std::string description() const override;
  std::span<const Frame> frames() const override { return {&frame_, 1}; }
  std::unique_ptr<AnswerChecker> checker() const override;

 private:
  bool any_content_;
  Frame frame_;
};

}  // namespace gantry::bench
