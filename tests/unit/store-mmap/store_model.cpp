#include "tests/unit/store-mmap/store_model.h"

#include "remoting/message_record_view.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <ranges>

namespace gantry::store {
namespace {

constexpr std::size_t kDigits = 8;

std::uint64_t hash_of(std::string_view body, std::string_view properties) {
  const std::hash<std::string_view> hash;
  return hash(body) * 31 + hash(properties);
}

}  // namespace

std::string text(const QueueName& queue) {
  return queue.topic + "/" + std::to_string(queue.id);
}

std::string StoreModel::text_of(std::size_t id) {
  const std::string digits = std::to_string(id);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::size_t StoreModel::send(QueueName queue, std::vector<std::string> keys, std::int64_t now) {
  Operation operation;
  operation.start = now;
  operation.queue = std::move(queue);
  operation.keys = std::move(keys);
  operations_.push_back(std::move(operation));
  return operations_.size() - 1;
}

void StoreModel::has_content(std::size_t id, std::string_view body, std::string_view properties) {
  operations_[id].content = hash_of(body, properties);
}

void StoreModel::written(std::size_t id, const api::Appended& outcome) {
  Operation& operation = operations_[id];
  if (outcome.refused) return;
  if (operation.shown && (operation.offset != outcome.queue_offset.value || operation.at != outcome.at.value))
    throw Violation("I3: was shown elsewhere before it was told: " + tell(id));
  operation.offset = outcome.queue_offset.value;
  operation.at = outcome.at.value;
  operation.log_end = outcome.at.value + outcome.size;
  operation.stored_at = outcome.stored_at;
}

void StoreModel::stored(std::size_t id, bool well, std::int64_t now) {
  Operation& operation = operations_[id];
  operation.end = now;
  operation.outcome = well ? Operation::Outcome::ok : Operation::Outcome::failed;
  if (well) settle_in(id, {operation.queue, operation.offset});
}

void StoreModel::settle_in(std::size_t id, const Place& place) {
  const auto [there, added] = at_place_.try_emplace(place, id);
  if (added || there->second == id) return;
  throw Violation("I3: one offset has two contents: " + tell(there->second) + " and " + tell(id));
}

Seen StoreModel::saw(const QueueName& queue, std::int64_t offset, std::int64_t at,
                     const remoting::MessageRecordView& record) {
  const std::string where = text(queue) + " " + std::to_string(offset) + " at " + std::to_string(at);
  const std::string_view body = record.body();
  std::size_t id = operations_.size();
  if (body.size() >= kDigits) std::from_chars(body.data(), body.data() + kDigits, id);
  if (id >= operations_.size()) throw Violation("I2: was never sent: " + where);
  Operation& operation = operations_[id];
  if (record.topic() != queue.topic || record.queue_id() != queue.id || operation.queue != queue)
    throw Violation("I2: shown in another queue, " + where + ": " + tell(id));
  if (operation.content != hash_of(body, record.properties()))
    throw Violation("I2: shown with other bytes, " + where + ": " + tell(id));
  if (record.queue_offset() != offset)
    throw Violation("I3: numbered " + std::to_string(record.queue_offset()) + ", shown as " + where);
  if (record.physical_offset() != at) throw Violation("I2: says it lies elsewhere, " + where);
  const bool placed = operation.offset >= 0;
  if (placed && (operation.offset != offset || operation.at != at))
    throw Violation("I3: shown as " + where + ": " + tell(id));
  settle_in(id, {queue, offset});
  operation.shown = true;
  operation.offset = offset;
  operation.at = at;
  operation.log_end = at + static_cast<std::int64_t>(record.bytes().size());
  operation.stored_at = record.store_timestamp();
  return {id, at, operation.log_end, operation.stored_at};
}

void StoreModel::crashed(Crash crash, const std::optional<StoreClaims>& claims) {
  for (Operation& operation : operations_) {
    if (operation.gone) continue;
    if (claims) {
      const bool known = operation.known();
      const bool flushed = operation.log_end <= claims->flushed;
      const bool shown = operation.shown || operation.log_end <= claims->visible;
      operation.survives_cut = known && (flush_ == Flush::sync || flushed);
      operation.survives_kill = known && (flush_ != Flush::pool || shown);
    }
    operation.must = crash == Crash::power_cut ? operation.survives_cut
                     : crash == Crash::kill    ? operation.survives_kill
                                               : operation.known();
  }
}

void StoreModel::came_up(const Contents& contents, std::int64_t log_first) {
  std::set<std::size_t> present;
  for (const auto& queue : contents | std::views::values)
    for (const Seen& seen : queue.messages) present.insert(seen.id);
  for (std::size_t id = 0; id < operations_.size(); ++id) {
    Operation& operation = operations_[id];
    if (present.contains(id) || operation.gone || operation.at < 0 || operation.at < log_first) continue;
    if (operation.must) throw Violation("I1: was acknowledged or shown, and is gone: " + tell(id));
  }
  check_tail(present);
  for (std::size_t id = 0; id < operations_.size(); ++id) {
    Operation& operation = operations_[id];
    if (present.contains(id) || operation.gone || operation.at < 0 || operation.at < log_first) continue;
    // Its offsets may be another's from now on, and itself it never comes back.
    const auto there = at_place_.find({operation.queue, operation.offset});
    if (there != at_place_.end() && there->second == id) at_place_.erase(there);
    operation.offset = operation.at = operation.log_end = -1;
    operation.shown = operation.survives_cut = operation.survives_kill = false;
    if (operation.outcome == Operation::Outcome::ok) operation.outcome = Operation::Outcome::unknown;
  }
}

// What was lost is the end of the log as it was: no survivor lies behind what is gone.
void StoreModel::check_tail(const std::set<std::size_t>& present) const {
  std::optional<std::size_t> first_lost;
  std::optional<std::size_t> last_there;
  for (std::size_t id = 0; id < operations_.size(); ++id) {
    const Operation& operation = operations_[id];
    if (!operation.known() || operation.gone) continue;
    if (present.contains(id)) {
      if (!last_there || operation.at > operations_[*last_there].at) last_there = id;
    } else if (!first_lost || operation.at < operations_[*first_lost].at) {
      first_lost = id;
    }
  }
  if (first_lost && last_there && operations_[*first_lost].at < operations_[*last_there].at)
    throw Violation("I1: lost " + tell(*first_lost) + " before " + tell(*last_there) + ", which is there");
}

void StoreModel::log_begins(std::int64_t first, std::int64_t stored_before, bool forced) {
  for (std::size_t id = 0; id < operations_.size(); ++id) {
    Operation& operation = operations_[id];
    if (operation.gone || operation.at < 0 || operation.at >= first) continue;
    operation.gone = true;
    if (operation.known() && !forced && operation.stored_at > stored_before)
      throw Violation("I1: removed before its time: " + tell(id));
  }
}

void StoreModel::check(const Contents& contents, std::int64_t log_first) const {
  for (std::size_t id = 0; id < operations_.size(); ++id) {
    const Operation& operation = operations_[id];
    if (operation.gone || !operation.known() || operation.at < log_first) continue;
    if (flush_ == Flush::pool && !operation.shown) continue;
    const auto queue = contents.find(operation.queue);
    const std::int64_t index = queue == contents.end() ? -1 : operation.offset - queue->second.first;
    if (index < 0 || index >= std::ssize(queue->second.messages))
      throw Violation("I1: cannot be read: " + tell(id));
  }
}

std::vector<std::int64_t> StoreModel::having(std::string_view topic, std::string_view key,
                                             const Contents& contents, std::int64_t log_first) const {
  std::vector<std::int64_t> found;
  for (const auto& [queue, seen] : contents) {
    if (queue.topic != topic) continue;
    for (const Seen& message : seen.messages) {
      const auto& keys = operations_[message.id].keys;
      if (message.at >= log_first && std::ranges::find(keys, key) != keys.end()) found.push_back(message.at);
    }
  }
  std::ranges::sort(found, std::greater());
  return found;
}

std::string StoreModel::tell(std::size_t id) const {
  const Operation& operation = operations_[id];
  constexpr const char* kOutcomes[] = {"ok", "failed", "unknown"};
  return "message " + std::to_string(id) + " (" + kOutcomes[static_cast<std::size_t>(operation.outcome)] +
         (operation.shown ? ", shown" : "") + ", " + text(operation.queue) + " " +
         std::to_string(operation.offset) + ", log " + std::to_string(operation.at) + ".." +
         std::to_string(operation.log_end) + ", " + std::to_string(operation.start) + ".." +
         std::to_string(operation.end) + " ns)";
}

}  // namespace gantry::store
