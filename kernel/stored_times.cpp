#include "kernel/stored_times.h"

#include "remoting/message_record_view.h"

#include <utility>

namespace gantry::kernel {

void stored_times(api::MessageStore& store, std::string_view topic, api::QueueId queue, api::QueueOffset from,
                  std::size_t count, std::function<void(api::Result<std::vector<std::int64_t>>)> done) {
  const api::ReadRequest wanted{.topic = topic,
                                .queue = queue,
                                .from = from,
                                .most_messages = count,
                                .most_bytes = ByteSize::gib(1),  // nothing of them is sent
                                .filter = nullptr};
  store.read(wanted, [done = std::move(done)](const api::Result<api::ReadOutcome>& read) {
    if (!read) return done(read.error());
    std::vector<std::int64_t> times;
    for (const auto& slice : read->messages) {
      remoting::RecordWalker records(slice.bytes);
      while (const auto record = records.next()) times.push_back(record->store_timestamp());
    }
    done(std::move(times));
  });
}

}  // namespace gantry::kernel
