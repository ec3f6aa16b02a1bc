#include "plugins/store-mmap/queue_reader.h"

#include "plugins/store-mmap/consume_queue.h"
#include "remoting/message_record_view.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gantry::store {
namespace {

using Found = LogReader::Found;
using Wait = LogReader::Wait;

// With a filter that wants little, one read looks at so many entries and then says how far it came.
constexpr std::int64_t kMostLookedAt = 4096;
constexpr std::size_t kEntriesAtOnce = 128;
// Records of one batch that are no further apart are asked for with one question.
constexpr std::int64_t kOneQuestion = std::int64_t{8} << 20;

}  // namespace

// One read under way.
class QueueReader::Scan {
 public:
  Scan(QueueReader& reader, const api::ReadRequest& request, ConsumeQueue& queue, Wait wait)
      : reader_(reader), request_(request), queue_(queue), wait_(wait), visit_(reader.log_) {}

  // nullopt: it would have to wait.
  std::optional<api::Result<api::ReadOutcome>> run(api::ReadOutcome outcome);

 private:
  enum class Step : std::uint8_t { on, full, waits, failed };

  Step take(std::span<const QueueEntry> entries);
  Step take_one(const QueueEntry& entry);
  Step leave_out();
  void ask_once(std::span<const QueueEntry> entries);
  void judge_entries(std::span<const QueueEntry> entries);
  bool wanted(std::string_view record) const;
  bool full(const QueueEntry& next) const;
  api::Result<api::ReadOutcome> finished();

  QueueReader& reader_;
  const api::ReadRequest& request_;
  ConsumeQueue& queue_;
  const Wait wait_;
  LogReader::Visit visit_;
  api::ReadOutcome outcome_;
  std::size_t bytes_ = 0;
  bool gone_ = false;
  api::LogOffset last_;
  std::array<api::Verdict, kEntriesAtOnce> verdicts_{};
  std::optional<api::Refusal> why_;
};

std::optional<api::Result<api::ReadOutcome>> QueueReader::read(const api::ReadRequest& request, Wait wait) {
  api::ReadOutcome outcome;
  ConsumeQueue* queue = queues_.find(request.topic, request.queue);
  if (!queue) return outcome;
  const auto range = queue->range();
  outcome.first = {range.first};
  outcome.end = {range.end};
  const std::int64_t from = request.from.value;
  if (range.end == 0) {
    outcome.status = api::ReadStatus::empty_queue;
    return outcome;
  }
  if (from < range.first) {
    outcome.status = api::ReadStatus::too_small;
    outcome.next = {range.first};
    return outcome;
  }
  if (from >= range.end) {
    outcome.status = from == range.end ? api::ReadStatus::at_the_end : api::ReadStatus::past_the_end;
    outcome.next = {range.end};
    return outcome;
  }
  outcome.next = request.from;
  return Scan(*this, request, *queue, wait).run(std::move(outcome));
}

std::optional<api::Result<api::ReadOutcome>> QueueReader::Scan::run(api::ReadOutcome outcome) {
  outcome_ = std::move(outcome);
  outcome_.messages.reserve(std::min<std::size_t>(request_.most_messages, 64));
  std::array<QueueEntry, kEntriesAtOnce> entries;
  const std::size_t at_once =
      request_.filter ? kEntriesAtOnce : std::clamp<std::size_t>(request_.most_messages, 1, kEntriesAtOnce);
  const std::int64_t stop = request_.from.value + kMostLookedAt;
  while (outcome_.next < outcome_.end && outcome_.next.value < stop) {
    auto read = queue_.read(outcome_.next.value, std::span(entries).first(at_once), wait_ == Wait::yes);
    if (!read) return api::Result<api::ReadOutcome>(api::Refusal{.text = read.error().text});
    if (!*read) return std::nullopt;
    if (**read == 0) break;
    const Step step = take(std::span(entries).first(**read));
    if (step == Step::waits && outcome_.count == 0) return std::nullopt;
    if (step != Step::on) break;
  }
  return finished();
}

api::Result<api::ReadOutcome> QueueReader::Scan::finished() {
  if (auto failed = visit_.failed()) return *failed;
  if (why_ && outcome_.count == 0) return *why_;
  outcome_.status = outcome_.count > 0 ? api::ReadStatus::found
                    : gone_            ? api::ReadStatus::being_removed
                                       : api::ReadStatus::none_matches;
  outcome_.cold = reader_.log_.end() - std::max(last_, api::LogOffset{}) > reader_.resident_;
  return std::move(outcome_);
}

QueueReader::Scan::Step QueueReader::Scan::take(std::span<const QueueEntry> entries) {
  judge_entries(entries);
  if (entries.front().at >= reader_.log_.first()) visit_.come_to(entries.front().at);
  // Before the system is asked: they come while it answers.
  for (const QueueEntry& entry : entries) visit_.prefetch(entry.at);
  ask_once(entries);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const QueueEntry& entry = entries[i];
    last_ = entry.at;
    if (full(entry)) return Step::full;
    if (!request_.filter || verdicts_[i] == api::Verdict::yes) {
      if (const Step step = take_one(entry); step != Step::on) return step;
    }
    outcome_.next = outcome_.next + 1;
  }
  return outcome_.count >= request_.most_messages ? Step::full : Step::on;
}

void QueueReader::Scan::judge_entries(std::span<const QueueEntry> entries) {
  if (!request_.filter) return;
  std::array<api::QueueEntry, kEntriesAtOnce> shown;
  for (std::size_t i = 0; i < entries.size(); ++i)
    shown[i] = {entries[i].tags_code, static_cast<std::uint32_t>(entries[i].size)};
  request_.filter->judge_entries(std::span(shown).first(entries.size()),
                                 std::span(verdicts_).first(entries.size()));
}

// One question for all of them, where they lie near to each other: the usual case of a queue that is alone.
void QueueReader::Scan::ask_once(std::span<const QueueEntry> entries) {
  const api::LogOffset from = entries.front().at;
  const api::LogOffset to = entries.back().end();
  if (from < reader_.log_.first() || to < from || to - from > kOneQuestion) return;
  if (reader_.log_.end() - from > LogReader::kSurelyResident) visit_.all_resident(from, to);
}

bool QueueReader::Scan::full(const QueueEntry& next) const {
  return outcome_.count > 0 && (outcome_.count >= request_.most_messages ||
                                bytes_ + static_cast<std::size_t>(next.size) > request_.most_bytes.bytes());
}

QueueReader::Scan::Step QueueReader::Scan::take_one(const QueueEntry& entry) {
  if (entry.filler() || entry.at < reader_.log_.first()) return leave_out();
  if (!entry.written()) {
    why_ = unreadable(entry.at, "entry " + std::to_string(outcome_.next.value) +
                                    " of the consume queue says that its message has " +
                                    std::to_string(entry.size) + " bytes; gantry store check tells more");
    return Step::failed;
  }
  auto found = visit_.record(entry.at, static_cast<std::size_t>(entry.size), wait_);
  if (!found) {
    why_ = found.error();
    return Step::failed;
  }
  switch (found->what) {
    case Found::What::would_wait:
      return Step::waits;
    case Found::What::gone:
      return leave_out();
    case Found::What::bytes:
      break;
  }
  if (!wanted(found->bytes)) return Step::on;
  bytes_ += found->bytes.size();
  ++outcome_.count;
  auto& messages = outcome_.messages;
  if (!messages.empty() && messages.back().pin == visit_.pin() &&
      messages.back().bytes.data() + messages.back().bytes.size() == found->bytes.data()) {
    messages.back().bytes = {messages.back().bytes.data(),
                             messages.back().bytes.size() + found->bytes.size()};
  } else {
    messages.push_back({found->bytes, visit_.pin()});
  }
  return Step::on;
}

// Retention has taken it; and when it did so during this read, what is read already is not followed by a gap.
QueueReader::Scan::Step QueueReader::Scan::leave_out() {
  gone_ = true;
  return outcome_.count > 0 ? Step::full : Step::on;
}

bool QueueReader::Scan::wanted(std::string_view record) const {
  if (!request_.filter) return true;
  const auto decoded = remoting::decode_record(record);
  if (decoded.outcome != remoting::DecodedRecord::Outcome::record) return true;  // its reader shall see it
  api::Verdict verdict = api::Verdict::yes;
  request_.filter->judge({&decoded.record, 1}, {&verdict, 1});
  return verdict == api::Verdict::yes;
}

api::Result<api::QueueOffset> QueueReader::find_by_time(std::string_view topic, api::QueueId id,
                                                        std::int64_t ms) {
  ConsumeQueue* queue = queues_.find(topic, id);
  if (!queue) return api::QueueOffset{0};
  auto [low, high] = queue->range();
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    QueueEntry entry;
    auto read = queue->read(middle, {&entry, 1}, true);
    if (!read) return api::Refusal{.text = read.error().text};
    if (!*read || **read == 0) break;
    if (entry.filler() || entry.at < log_.first()) {
      low = middle + 1;
      continue;
    }
    auto stored = log_.stored_at(entry.at);
    const bool removed = !stored && entry.at < log_.first();  // by now
    if (!stored && !removed) return stored.error();
    if (removed || *stored < ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return api::QueueOffset{low};
}

}  // namespace gantry::store
