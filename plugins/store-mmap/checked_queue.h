// One queue of a QueueCheck: how far its entries were followed, and what was found and is not told yet.
//
// Findings of one kind that come one after the other are told as one.
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/store_tools.h"
#include "plugins/store-mmap/queue_entry.h"
#include "plugins/store-mmap/queue_view.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gantry::store {

// What a start would do, which says whether a finding is damage.
struct QueueCheckSettings {
  api::LogOffset log_first{};
  // The start hands messages from here on to the queues again, and adds the entries that are missing.
  api::LogOffset added_from{};
  // It makes entries again that point here or further, whatever stands in them. nullopt: as added_from.
  std::optional<api::LogOffset> believed_to{};
  api::StoreTools::Found found{};
};

// Thread: one at a time.
class CheckedQueue {
 public:
  enum class Fate : std::uint8_t {
    kept,
    removed,     // its topic was: messages without an entry are what is left of it
    made_again,  // by the next start, from the log: nothing is looked at
    ignored,     // a light queue of Apache's: its entries point to messages of others
  };
  CheckedQueue(std::string name, QueueView view, Fate fate)
      : name_(std::move(name)), view_(std::move(view)), fate_(fate), next_(view_.begin()) {}

  struct Message {
    QueueEntry entry{};         // as it should be
    std::int64_t number = 0;    // as the record has it
    bool code_is_known = true;  // else anything may stand in the entry
  };
  IoResult<void> message(const Message& message, const QueueCheckSettings& settings);
  IoResult<void> end(api::LogOffset log_end, const QueueCheckSettings& settings);

  QueueView& view() { return view_; }
  std::int64_t entries() const { return entries_; }
  // Whether it is among those that its owner closes one day.
  bool counted_as_open = false;

 private:
  using Weight = api::StoreFinding::Weight;
  enum class What : std::uint8_t {
    nothing,
    no_entry,
    no_message,
    not_written,
    wrong_size,
    wrong_code,
    behind_end,
    other_number,
    earlier_life,
  };
  struct Row {  // of findings, one behind the other
    What what = What::nothing;
    Weight weight = Weight::damage;
    std::int64_t first = 0, last = 0;  // numbers of messages
    std::int64_t entry = 0;            // where the first one stands
    std::string detail{};
  };

  IoResult<bool> has_entry(const Message& message, const QueueCheckSettings& settings);
  IoResult<bool> hinted(const Message& message, const QueueCheckSettings& settings);
  IoResult<void> drop_up_to(std::int64_t number, Weight weight, const QueueCheckSettings& settings);
  void drop(std::int64_t number, const QueueEntry& entry, Weight weight, const QueueCheckSettings& settings);
  void compare(const Message& message, const QueueEntry& entry, const QueueCheckSettings& settings);
  void miss(const Message& message, const QueueCheckSettings& settings);
  void settle_missed(const QueueCheckSettings& settings);
  void add(Row row, const QueueCheckSettings& settings);
  void tell(const QueueCheckSettings& settings);
  bool was_missed(std::int64_t number) const { return number >= missed_first_ && number <= missed_last_; }

  std::string name_;  // "queue 2 of topic orders"
  QueueView view_;
  Fate fate_;
  std::int64_t next_;          // the entry that the next message should have
  std::int64_t entries_ = 0;   // looked at
  bool matched_ = false;       // any message so far
  api::LogOffset matched_at_;  // the last one
  bool ended_ = false;         // nothing is written from next_ on
  bool told_numbers_ = false;
  std::vector<Row> missed_;                           // before the first match, which says what they mean
  std::int64_t missed_first_ = 0, missed_last_ = -1;  // the newest row of messages without an entry
  Row pending_;
};

}  // namespace gantry::store
