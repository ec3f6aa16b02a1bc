// What a store that was sent these messages must show, may show and must never show: the judge of the
// simulation. It knows nothing of how the store works.
//
// What a crash may take
//            process killed                  power cut
//   sync     nothing acknowledged or shown   nothing acknowledged or shown
//   async    nothing acknowledged or shown   what the store had not called flushed: a tail of the log,
//   without
//                                            a gap before it
//   pool     what was not shown yet          as async
// What a message that is taken so had as its offset, another one may have after it. What was not acknowledged
// is there whole or not at all, also when it was refused: a write that failed may have done all of its work.
#pragma once

#include "kernel/api/message_store.h"
#include "plugins/store-mmap/store_config.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::store {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct QueueName {
  std::string topic;
  std::int32_t id = 0;
  auto operator<=>(const QueueName&) const = default;
};
std::string text(const QueueName& queue);

// One message's way into the store.
struct Operation {
  enum class Outcome : std::uint8_t { ok, failed, unknown };

  std::int64_t start = 0, end = 0;  // ns of the simulated clock
  Outcome outcome = Outcome::unknown;
  QueueName queue;
  std::int64_t offset = -1;   // in the queue; -1: not told and not seen
  std::uint64_t content = 0;  // hash of body and properties
  std::int64_t at = -1, log_end = -1, stored_at = 0;
  std::vector<std::string> keys;

  bool known() const { return offset >= 0 && (outcome == Outcome::ok || shown); }
  bool shown = false;         // to a reader
  bool must = false;          // be there after the restart
  bool survives_cut = false;  // what the last crash with the store running left of it, should the power go
  bool survives_kill = false;
  bool gone = false;  // retention took it
};

enum class Crash : std::uint8_t { clean, kill, power_cut };

// Where the store says it is.
struct StoreClaims {
  std::int64_t flushed = 0, visible = 0;
};

// One message as the store shows it.
struct Seen {
  std::size_t id = 0;
  std::int64_t at = 0, log_end = 0, stored_at = 0;
};
struct SeenQueue {
  std::int64_t first = 0;
  std::vector<Seen> messages;  // of first, first + 1, ...
};
using Contents = std::map<QueueName, SeenQueue>;

class StoreModel {
 public:
  explicit StoreModel(Flush flush) : flush_(flush) {}

  // Before it is sent; its number, which its body must begin with: text_of().
  std::size_t send(QueueName queue, std::vector<std::string> keys, std::int64_t now);
  static std::string text_of(std::size_t id);
  void has_content(std::size_t id, std::string_view body, std::string_view properties);

  void written(std::size_t id, const api::Appended& outcome);
  void stored(std::size_t id, bool well, std::int64_t now);

  // A reader was shown it.
  Seen saw(const QueueName& queue, std::int64_t offset, std::int64_t at,
           const remoting::MessageRecordView& record);

  // nullopt: the store had not come up again since the last one.
  void crashed(Crash crash, const std::optional<StoreClaims>& claims);
  // The store is up, shows all of this, and its log begins there.
  void came_up(const Contents& contents, std::int64_t log_first);
  // The log begins there now. What went must be that old, unless the disk was full.
  void log_begins(std::int64_t first, std::int64_t stored_before, bool forced);

  // All that must be readable now is in there.
  void check(const Contents& contents, std::int64_t log_first) const;
  // What has that key, as positions in the log, the newest first.
  std::vector<std::int64_t> having(std::string_view topic, std::string_view key, const Contents& contents,
                                   std::int64_t log_first) const;

  const Operation& operation(std::size_t id) const { return operations_[id]; }
  std::size_t sent() const { return operations_.size(); }
  std::string tell(std::size_t id) const;

 private:
  using Place = std::pair<QueueName, std::int64_t>;

  void settle_in(std::size_t id, const Place& place);
  void check_tail(const std::set<std::size_t>& present) const;

  const Flush flush_;
  std::vector<Operation> operations_;
  std::map<Place, std::size_t> at_place_;  // who was acknowledged or shown there
};

}  // namespace gantry::store
