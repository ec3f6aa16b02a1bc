// Extension point: the log's bytes as they are, for replication. The store is it; a replication plugin uses
// it.
#pragma once

#include "kernel/api/completion.h"
#include "kernel/api/positions.h"
#include "kernel/api/refusal.h"
#include "remoting/byte_size.h"
#include "remoting/slice.h"

#include <functional>
#include <memory>
#include <string_view>

namespace gantry::api {

// Thread: any. What may wait for the disk says so.
class RawLog {
 public:
  virtual ~RawLog() = default;

  virtual LogOffset first() const = 0;
  virtual LogOffset end() const = 0;

  // Whole records from `from` on, at most `most` bytes unless one record is larger; pinned. Empty at the end.
  // The blank that ends a file of the log comes as it stands there, to its last byte, and ends the read: so a
  // copy can begin its files where the log does. May wait.
  virtual Result<remoting::Slice> read(LogOffset from, ByteSize most) = 0;

  // Appends bytes of another broker's log at `at`, which must be the end. Records are checked; queues and
  // indexes follow from them. `done` once they are as durable as the store promises.
  virtual void append(LogOffset at, std::string_view bytes, Completion<void> done) = 0;

  // `told` runs whenever there is more to read, on any thread, and must not wait; until the returned object
  // is destroyed.
  [[nodiscard]] virtual std::shared_ptr<void> watch(std::function<void(LogOffset end)> told) = 0;

  // Takes out everything from `from` on, in the log and in all that was made from it. Waits.
  virtual Result<void> truncate(LogOffset from) = 0;
};

}  // namespace gantry::api
