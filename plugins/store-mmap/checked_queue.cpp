#include "plugins/store-mmap/checked_queue.h"

#include <limits>

namespace gantry::store {
namespace {

using Weight = api::StoreFinding::Weight;

std::string numbers(std::int64_t first, std::int64_t last) {
  if (first == last) return "message " + std::to_string(first);
  return "messages " + std::to_string(first) + " to " + std::to_string(last);
}

bool real(const QueueEntry& entry) {
  return entry.written() && !entry.filler();
}

// Apache's broker with enableConsumeQueueExt puts an address there, which no hash can be.
bool is_an_address(std::int64_t code) {
  return code < std::numeric_limits<std::int32_t>::min();
}

Weight weight_of_wrong(api::LogOffset at, const QueueCheckSettings& settings) {
  return at >= settings.believed_to.value_or(settings.added_from) ? Weight::mended : Weight::damage;
}

}  // namespace

IoResult<void> CheckedQueue::message(const Message& message, const QueueCheckSettings& settings) {
  if (fate_ == Fate::made_again || fate_ == Fate::ignored) return {};
  auto has = has_entry(message, settings);
  if (!has) return has.error();
  if (!*has) miss(message, settings);
  return {};
}

// Goes on to its entry, if it has one.
IoResult<bool> CheckedQueue::has_entry(const Message& message, const QueueCheckSettings& settings) {
  const api::LogOffset at = message.entry.at;
  const Weight weight = weight_of_wrong(at, settings);  // of what stands in front of it
  while (!ended_) {
    auto here = view_.entry(next_);
    if (!here) return here.error();
    if (real(*here) && here->at == at) {
      compare(message, *here, settings);
      ++next_;
      return true;
    }
    auto jumped = hinted(message, settings);
    if (!jumped) return jumped.error();
    if (*jumped) continue;
    if (!here->written()) {
      auto written = view_.next_written(next_);
      if (!written) return written.error();
      ended_ = *written == view_.end();
      auto later = view_.entry(*written);
      if (!later) return later.error();
      if (ended_ || (real(*later) && later->at > at)) return false;
      if (auto dropped = drop_up_to(*written, weight, settings); !dropped) return dropped.error();
      continue;
    }
    if (!here->filler() && here->at > at) {
      // Entries point further and further, so that one which is followed by a lower one is wrong itself.
      auto after = view_.entry(next_ + 1);
      if (!after) return after.error();
      if (!real(*after) || after->at > at) return false;
    }
    drop(next_, *here, weight, settings);
    ++next_;
  }
  return false;
}

// The message's own number may tell where its entry is, behind others that are wrong.
IoResult<bool> CheckedQueue::hinted(const Message& message, const QueueCheckSettings& settings) {
  if (message.number <= next_) return false;
  auto there = view_.entry(message.number);
  if (!there) return there.error();
  if (!real(*there) || there->at != message.entry.at) return false;
  const Weight weight = weight_of_wrong(message.entry.at, settings);
  if (auto dropped = drop_up_to(message.number, weight, settings); !dropped) return dropped.error();
  return true;
}

IoResult<void> CheckedQueue::drop_up_to(std::int64_t number, Weight weight,
                                        const QueueCheckSettings& settings) {
  while (next_ < number) {
    auto here = view_.entry(next_);
    if (!here) return here.error();
    drop(next_, *here, weight, settings);
    ++next_;
  }
  return {};
}

// An entry for which the log has no message.
void CheckedQueue::drop(std::int64_t number, const QueueEntry& entry, Weight weight,
                        const QueueCheckSettings& settings) {
  if (entry.filler()) return;
  if (!entry.written()) {
    if (!was_missed(number) && matched_)
      add({.what = What::not_written, .weight = weight, .first = number, .last = number, .entry = number},
          settings);
    return;
  }
  ++entries_;
  if (entry.at < settings.log_first) return;  // expired
  add({.what = What::no_message,
       .weight = weight,
       .first = number,
       .last = number,
       .entry = number,
       .detail = std::to_string(entry.at.value)},
      settings);
}

void CheckedQueue::compare(const Message& message, const QueueEntry& entry,
                           const QueueCheckSettings& settings) {
  matched_ = true;
  matched_at_ = entry.at;
  ++entries_;
  settle_missed(settings);
  Row row{.weight = weight_of_wrong(entry.at, settings), .first = next_, .last = next_, .entry = next_};
  if (entry.size != message.entry.size) {
    row.what = What::wrong_size;
    row.detail = std::to_string(entry.size) + " bytes, and it has " + std::to_string(message.entry.size);
    add(row, settings);
  } else if (message.code_is_known && !is_an_address(entry.tags_code) &&
             entry.tags_code != message.entry.tags_code) {
    row.what = What::wrong_code;
    row.detail =
        std::to_string(entry.tags_code) + ", and its tags are " + std::to_string(message.entry.tags_code);
    add(row, settings);
  }
  if (message.number == next_ || std::exchange(told_numbers_, true)) return;
  row.what = What::other_number;
  row.weight = Weight::harmless;
  row.detail = std::to_string(message.number);
  add(row, settings);
}

void CheckedQueue::miss(const Message& message, const QueueCheckSettings& settings) {
  const bool added = message.entry.at >= settings.added_from;
  Row row{.what = What::no_entry,
          .weight = added ? Weight::mended : Weight::damage,
          .first = message.number,
          .last = message.number,
          .entry = message.number};
  if (fate_ == Fate::removed && !added) {
    row.what = What::earlier_life;
    row.weight = Weight::harmless;
  }
  if (message.number != missed_last_ + 1) missed_first_ = message.number;
  missed_last_ = message.number;
  if (matched_) return add(row, settings);
  if (!missed_.empty() && missed_.back().last + 1 == row.first && missed_.back().weight == row.weight) {
    missed_.back().last = row.last;
  } else {
    missed_.push_back(row);
  }
}

// Numbers that the queue's first entry does not leave behind are those of a topic that was removed and came
// again.
void CheckedQueue::settle_missed(const QueueCheckSettings& settings) {
  for (Row& row : std::exchange(missed_, {})) {
    if (matched_ && row.first >= next_) {
      row.what = What::earlier_life;
      row.weight = Weight::harmless;
    }
    add(row, settings);
  }
}

IoResult<void> CheckedQueue::end(api::LogOffset log_end, const QueueCheckSettings& settings) {
  if (fate_ == Fate::made_again || fate_ == Fate::ignored) return {};
  settle_missed(settings);
  for (auto written = view_.next_written(next_);; written = view_.next_written(next_)) {
    if (!written) return written.error();
    if (*written == view_.end()) break;
    auto here = view_.entry(*written);
    if (!here) return here.error();
    // A start finds the end where entries cease to rise.
    const bool behind = matched_ && here->at <= matched_at_;
    const Weight weight = behind ? Weight::mended : weight_of_wrong(here->at, settings);
    if (auto dropped = drop_up_to(*written, weight, settings); !dropped) return dropped;
    if (here->filler() || here->at < log_end) {
      drop(next_, *here, weight, settings);
    } else {
      ++entries_;
      add({.what = What::behind_end,
           .weight = Weight::mended,
           .first = next_,
           .last = next_,
           .entry = next_,
           .detail = std::to_string(here->at.value)},
          settings);
    }
    ++next_;
  }
  tell(settings);
  view_.close();
  return {};
}

void CheckedQueue::add(Row row, const QueueCheckSettings& settings) {
  if (row.what == pending_.what && row.weight == pending_.weight && row.first == pending_.last + 1) {
    pending_.last = row.last;
    return;
  }
  tell(settings);
  pending_ = std::move(row);
}

void CheckedQueue::tell(const QueueCheckSettings& settings) {
  const Row row = std::exchange(pending_, {});
  if (row.what == What::nothing) return;
  const bool there = row.entry >= view_.begin() && row.entry < view_.end();
  api::StoreFinding finding{.weight = row.weight,
                            .file = there ? view_.file_of(row.entry) : view_.directory(),
                            .at = there ? view_.place_of(row.entry) : 0};
  finding.affected = numbers(row.first, row.last) + " of " + name_;
  switch (row.what) {
    case What::no_entry:
      finding.what = "has no entry for a message of the log";
      if (row.weight == Weight::mended) finding.what += "; the next start adds it";
      break;
    case What::no_message:
      finding.what = "points to " + row.detail + " of the log, where no message of this queue can be read";
      break;
    case What::not_written:
      finding.what = "has entries behind a place that was never written, and the log no message for it";
      break;
    case What::wrong_size:
      finding.what = "says that its message has " + row.detail;
      break;
    case What::wrong_code:
      finding.what = "has the tags code " + row.detail + ": filters judge it wrongly";
      break;
    case What::behind_end:
      finding.what = "points to " + row.detail + ", behind the end of the log; the next start removes it";
      break;
    case What::other_number:
      finding.what = "points to a message that calls itself number " + row.detail +
                     "; from here on the entries' numbers count, as with Apache's broker";
      break;
    case What::earlier_life:
      finding.what =
          "has no entry for messages that are still in the log: they were sent before the topic was "
          "removed";
      break;
    case What::nothing:
      break;
  }
  settings.found(finding);
}

}  // namespace gantry::store
