// Extension point: hold the acknowledgement of messages until they are safe by the plugin's measure, say on a
// slave.
#pragma once

#include "kernel/api/completion.h"
#include "kernel/api/positions.h"

namespace gantry::api {

// Messages are acknowledged when the store's own promise is kept and every gate has agreed. Refused by one,
// or without an answer in time, the sender is told so; the messages are in the log all the same.
class DurabilityGate {
 public:
  virtual ~DurabilityGate() = default;

  // Everything before `end` shall be safe. Called once for each burst, on the thread that appended it; it
  // must not wait. The last bytes may not be readable yet: a store that waits for its own disk shows them
  // after that, and RawLog::watch() tells. `safe` may be told from any thread, and in any order: later ends
  // may be safe first. An exception counts as a refusal.
  //
  // FLUSH_SLAVE_TIMEOUT and SLAVE_NOT_AVAILABLE tell the sender that the message is stored, but here only;
  // with every other code it has to think that it is not.
  virtual void hold(LogOffset end, Completion<void> safe) = 0;
};

}  // namespace gantry::api
