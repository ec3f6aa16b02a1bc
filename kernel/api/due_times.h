// Extension point: when delayed messages are due.
//
// A message that waits stands in a queue whose entries say when it is due instead of the hash of its tag
// (api::Draft::delay). The store writes them as messages come; but when it makes a queue anew from its log,
// after a crash or as a replica, only the one who knows the delays can tell them again. Without one, the
// store takes the delays of Apache's defaults.
#pragma once

#include "remoting/message_record_view.h"

#include <cstdint>
#include <optional>

namespace gantry::api {

// Thread: any number at once, from the store's recover() on; it must not wait.
class DueTimes {
 public:
  virtual ~DueTimes() = default;

  // ms since 1970: the store time of the message, and the delay that its draft had. nullopt: it does not
  // wait.
  virtual std::optional<std::int64_t> due(const remoting::MessageRecordView& message) const = 0;
};

}  // namespace gantry::api
