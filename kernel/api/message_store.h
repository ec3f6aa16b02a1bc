// Extension point: the place where messages live. Exactly one plugin is it.
//
// A queue's visible end moves after its messages are written, and readers see only what lies before it.
// Nothing here makes the calling thread wait, neither for another's append nor for the disk: outcomes come as
// calls.
#pragma once

#include "kernel/api/commit_listener.h"
#include "kernel/api/completion.h"
#include "kernel/api/draft.h"
#include "kernel/api/filter_language.h"
#include "kernel/api/positions.h"
#include "kernel/api/refusal.h"
#include "remoting/byte_size.h"
#include "remoting/slice.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::api {

// What became of one draft.
struct Appended {
  LogOffset at;
  QueueOffset queue_offset;
  std::int64_t stored_at = 0;  // ms since 1970
  std::uint32_t size = 0;
  std::optional<Refusal> refused;  // then it is not in the log, and the rest says nothing
};

// Drafts that go into the log together, and who is told. The caller's; the store holds it until it has told.
class AppendBurst {
 public:
  virtual ~AppendBurst() = default;
  virtual std::span<Draft> drafts() = 0;

  // Written, in order, one for each draft; `end` is where the burst ends in the log. Called once, before
  // stored(), on any thread.
  virtual void written(std::span<const Appended> outcomes, LogOffset end) noexcept = 0;

  // The store's promise is kept (at once, or when the disk has it), or it cannot be. Called once, after
  // written(), on any thread; the burst is destroyed after that.
  virtual void stored(const Result<void>& outcome) noexcept = 0;
};

struct ReadRequest {
  std::string_view topic;
  QueueId queue{};
  QueueOffset from;
  std::size_t most_messages = 32;
  ByteSize most_bytes = ByteSize::kib(256);
  const Filter* filter = nullptr;  // outlives the read
};

enum class ReadStatus : std::uint8_t {
  found,
  none_matches,   // read up to `next`, and the filter wanted nothing
  empty_queue,    // the queue has no messages
  no_queue,       // there is no such queue
  too_small,      // `from` is before the first one that is left
  at_the_end,     // `from` is the next one to come
  past_the_end,   // `from` is behind that
  being_removed,  // the messages there are about to be deleted
};

struct ReadOutcome {
  ReadStatus status = ReadStatus::no_queue;
  QueueOffset next;                       // where to read on
  QueueOffset first, end;                 // of the queue
  std::vector<remoting::Slice> messages;  // records as they stand in the log, pinned
  std::size_t count = 0;                  // how many records those are
  bool cold = false;                      // older than what memory holds: a slave should serve this reader
};

// One message as it stands in the log, pinned.
struct StoredMessage {
  LogOffset at;
  remoting::Slice bytes;
  remoting::MessageRecordView record;  // of those bytes
};

struct KeyQuery {
  std::string_view topic;
  std::string_view key;
  std::size_t most = 32;
  std::int64_t from = 0;  // stored then or later, ms since 1970
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
};

// A queue to which messages have come: what lies before `end` can be read.
struct GrownQueue {
  std::string_view topic;
  QueueId queue{};
  QueueOffset end;
};

// What an acknowledgement is worth, in words for the operator who starts the broker.
struct Durability {
  std::string acknowledged;  // when a message is: "once it is on the disk"
  std::string power_cut;     // what one "can cost": "no message that was acknowledged"
};

// Thread: any, all of it.
class MessageStore {
 public:
  virtual ~MessageStore() = default;

  // As it is configured. Empty: it does not say.
  virtual Durability durability() const { return {}; }

  virtual void append(std::unique_ptr<AppendBurst> burst) = 0;

  // `done` runs on this thread when everything is in memory, otherwise later on another.
  virtual void read(const ReadRequest& request, std::function<void(Result<ReadOutcome>)> done) = 0;

  // Of a queue; nullopt: there is no such queue.
  struct Range {
    QueueOffset first, end;
  };
  virtual std::optional<Range> range(std::string_view topic, QueueId queue) const = 0;

  // Who is there, whether or not it has messages left.
  virtual std::vector<std::string> topics() const = 0;
  virtual std::vector<QueueId> queues(std::string_view topic) const = 0;

  // The look-ups below tell `done` on this thread or later on another.

  // The first message stored at or after that time (ms since 1970), by its queue offset; the queue's end when
  // there is none.
  virtual void find_by_time(std::string_view topic, QueueId queue, std::int64_t ms,
                            std::function<void(Result<QueueOffset>)> done) = 0;

  // A message that begins at that byte of the log. QUERY_NOT_FOUND: none does.
  virtual void find(LogOffset at, std::function<void(Result<StoredMessage>)> done) = 0;

  // Messages of the topic that have the key, the newest first. Its unique key is a key too.
  virtual void find_by_key(const KeyQuery& query,
                           std::function<void(Result<std::vector<StoredMessage>>)> done) = 0;

  // Takes the topic's queues away with all that is in them. Should it come again, they begin at 0.
  virtual void remove_topic(std::string_view topic, Completion<void> done) = 0;

  virtual LogOffset first() const = 0;
  virtual LogOffset end() const = 0;

  // The entries of the log from `from` on, at most about `most` bytes. Views, for the time of the call to
  // `each`; returns where to go on. May wait for the disk: not on an I/O thread.
  virtual Result<LogOffset> walk(LogOffset from, ByteSize most,
                                 const std::function<void(std::span<const LogEntry>)>& each) = 0;

  // `told` runs after each burst that was written, on any thread, and must not wait; until the returned
  // object is destroyed.
  [[nodiscard]] virtual std::shared_ptr<void> watch(std::function<void(LogOffset end)> told) = 0;

  // The same, told which queues have grown once their messages can be read. A queue may come several times in
  // one call; its last entry counts.
  [[nodiscard]] virtual std::shared_ptr<void> watch_queues(
      std::function<void(std::span<const GrownQueue>)> told) = 0;

  // Of a message that it takes; what else it refuses, it says.
  virtual ByteSize largest_body() const = 0;
};

}  // namespace gantry::api
