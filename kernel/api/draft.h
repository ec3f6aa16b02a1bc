// A message on its way into the store. The send handler makes it, append stages see and rewrite it, the store
// writes it. It belongs to the kernel; whoever is handed it may use it during the call only.
#pragma once

#include "kernel/api/refusal.h"
#include "remoting/message_record.h"

#include <chrono>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::api {

class Draft {
 public:
  // What will be stored. Views point into the received request, or to text that keep() holds; the store fills
  // in the offsets and the store time.
  remoting::MessageRecord record;

  // What the queue's entry says beside position and size: the hash of the tag.
  std::int64_t tags_code = 0;

  // Of a message that waits: its entry says when it is due instead, so long after the store time. Whoever
  // sets it tells the store the same of a stored message, see api::DueTimes.
  std::optional<std::chrono::milliseconds> delay{};

  // Text of a stage's own, held until the message is stored: draft.record.topic = draft.keep("HALF_TOPIC");
  std::string_view keep(std::string text) { return kept_.emplace_front(std::move(text)); }

  // It is not stored, and its sender is told this. Stages after this one do not see it.
  void refuse(Refusal why) { refused_ = std::move(why); }
  const std::optional<Refusal>& refused() const { return refused_; }

 private:
  std::forward_list<std::string> kept_;
  std::optional<Refusal> refused_;
};

}  // namespace gantry::api
