// Messages of one queue, as consumers ask for them: what the queue's entries say, what the filter wants, and
// slices of the log for the rest.
//
// Thread: any.
#pragma once

#include "kernel/api/message_store.h"
#include "plugins/store-mmap/consume_queues.h"
#include "plugins/store-mmap/log_reader.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace gantry::store {

class QueueReader {
 public:
  // Messages further behind the log's end than `resident` bytes are told to be cold.
  QueueReader(ConsumeQueues& queues, LogReader& log, std::int64_t resident)
      : queues_(queues), log_(log), resident_(resident) {}

  // nullopt: it would have to wait for the disk, and `wait` says no.
  std::optional<api::Result<api::ReadOutcome>> read(const api::ReadRequest& request, LogReader::Wait wait);

  // See api::MessageStore::find_by_time(). Waits.
  api::Result<api::QueueOffset> find_by_time(std::string_view topic, api::QueueId queue, std::int64_t ms);

 private:
  class Scan;

  ConsumeQueues& queues_;
  LogReader& log_;
  const std::int64_t resident_;
};

}  // namespace gantry::store
