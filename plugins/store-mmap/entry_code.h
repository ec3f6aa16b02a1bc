// What a queue's entry says of its message beside the place: the hash of its tag, or for one that waits in
// the schedule's topic when it is due.
#pragma once

#include "kernel/api/due_times.h"
#include "remoting/message_record_view.h"

#include <cstdint>
#include <string_view>

namespace gantry::store {

class EntryCode {
 public:
  static constexpr std::string_view kScheduleTopic = "SCHEDULE_TOPIC_XXXX";

  // The one who delays messages says when they are due; it outlives this. Until then, or with nullptr, the
  // levels are Apache's own: "1s 5s 10s ... 2h". Thread: one, before the first question.
  void ask(const api::DueTimes* times) { times_ = times; }

  // Thread: any.
  std::int64_t operator()(const remoting::MessageRecordView& record) const;

 private:
  const api::DueTimes* times_ = nullptr;
};

}  // namespace gantry::store
