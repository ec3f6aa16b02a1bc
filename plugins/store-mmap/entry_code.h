// What a queue's entry says of its message beside the place: the hash of its tag, or for one that waits in
// the schedule's topic when it is due.
#pragma once

#include "remoting/message_record_view.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace gantry::store {

class EntryCode {
 public:
  static constexpr std::string_view kScheduleTopic = "SCHEDULE_TOPIC_XXXX";

  // Level n is levels[n - 1]: Apache's messageDelayLevel, "1s 5s 10s ... 2h" when nobody has said otherwise.
  explicit EntryCode(std::vector<std::chrono::milliseconds> levels = apache_levels())
      : levels_(std::move(levels)) {}

  static std::vector<std::chrono::milliseconds> apache_levels();

  // Thread: any.
  std::int64_t operator()(const remoting::MessageRecordView& record) const;

 private:
  const std::vector<std::chrono::milliseconds> levels_;
};

}  // namespace gantry::store
