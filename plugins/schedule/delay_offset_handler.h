// Answers GET_ALL_DELAY_OFFSET: how far each level is delivered, as Apache's delayOffset.json has it. Slaves
// and tools ask.
#pragma once

#include "kernel/api/offsets.h"
#include "kernel/api/request_handler.h"

#include <vector>

namespace gantry::schedule {

class DelayOffsetHandler final : public api::RequestHandler {
 public:
  explicit DelayOffsetHandler(const api::Offsets& offsets) : offsets_(offsets) {}

  std::vector<Served> serves() const override {
    return {{remoting::RequestCode::get_all_delay_offset, access::Right::inspect}};
  }
  void handle(remoting::Connection& from, const remoting::Request& request) override;

 private:
  const api::Offsets& offsets_;
};

}  // namespace gantry::schedule
