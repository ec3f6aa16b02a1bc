// Extension point: follow the log after the fact, for an index or a trace.
#pragma once

#include "kernel/api/positions.h"
#include "remoting/message_record_view.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace gantry::api {

// One message as it stands in the log.
struct LogEntry {
  LogOffset at;
  std::uint32_t size = 0;  // in the log
  remoting::MessageRecordView record;
};

// Every message that is stored comes once and in the log's order, and again after a crash: the kernel keeps
// for each listener how far it has come, and after a restart goes on from the last position that reached the
// disk.
//
// Thread: the plugin's executor, so never two calls at once. It may wait; the log does not wait for it. An
// exception means "not done": the same entries come again after a pause that grows to a minute.
class CommitListener {
 public:
  virtual ~CommitListener() = default;

  // What its position is kept under; unique within the plugin, and the same for ever.
  virtual std::string_view name() const = 0;

  // Where a listener without a position begins: from all that the log holds, or from what comes now.
  virtual bool from_the_beginning() const { return true; }

  // Views, for the time of the call.
  virtual void committed(std::span<const LogEntry> entries) = 0;
};

}  // namespace gantry::api
