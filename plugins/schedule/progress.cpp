#include "plugins/schedule/progress.h"

#include "plugins/schedule/delay_levels.h"

#include <algorithm>
#include <charconv>
#include <ranges>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace gantry::schedule {
namespace {

constexpr std::string_view kPrefix = "progress/";

}  // namespace

Progress::Progress(const Around& around, std::chrono::milliseconds interval)
    : around_(around),
      interval_(interval),
      group_(api::GroupName::parse(kScheduleGroup).value()),
      topic_(api::TopicName::parse(kScheduleTopic).value()) {
}

std::string Progress::key_of(std::size_t slot) {
  return std::string(kPrefix) + std::to_string(slot);
}

void Progress::load(api::LogOffset log_end, const InStore& in_store) {
  Rows rows;
  around_.key_values.scan(kPrefix, [&](std::string_view key, std::string_view value) {
    std::size_t slot = kRows;
    std::from_chars(key.data() + kPrefix.size(), key.data() + key.size(), slot);
    auto row = read_progress_row(value);
    if (!row || slot >= kRows || key != key_of(slot)) {
      throw std::runtime_error("the progress of delayed messages cannot be read: the plugin's key \"" +
                               std::string(key) + "\" is none of its own: " +
                               (row ? "there are 0 to " + std::to_string(kRows - 1) : row.error().text));
    }
    rows.emplace_back(slot, std::move(*row));
    return true;
  });
  std::ranges::sort(rows, std::greater(), [](const auto& one) { return one.second.number; });
  if (!rows.empty()) {
    choose(rows, log_end, in_store);
    return write();
  }
  import();
  write();
  // The first deliveries are written at once, and not over where they began.
  slot_begun_.reset();
  last_written_.reset();
}

// Of Apache's broker, once. Where there are rows the offsets are our own: they may be on the disk before the
// log is, and do not say how far it had come.
void Progress::import() {
  for (const auto& [queue, next] : around_.offsets.committed(group_, topic_))
    row_.levels.emplace(queue, LevelProgress{.next = next, .log_end = {}});
  changed_ = !row_.levels.empty();
}

// Newest first.
void Progress::choose(const Rows& rows, api::LogOffset log_end, const InStore& in_store) {
  row_.number = rows.front().second.number;
  slot_ = rows.front().first;
  for (const auto& [slot, row] : rows) {
    const auto lost = [&](const auto& level) {
      return level.second.log_end > log_end && in_store(level.first);
    };
    if (std::ranges::any_of(row.levels, lost)) void_slots_.push_back(slot);
  }
  for (const auto& [queue, newest] : rows.front().second.levels) {
    if (!in_store(queue)) {
      row_.levels[queue] = newest;
      continue;
    }
    LevelProgress taken = newest_safe(rows, queue, log_end);
    if (taken != newest) {
      around_.log.warn("the log has lost messages that had been delivered; they are delivered again",
                       {{"level", level_of(queue)}, {"from", taken.next.value}, {"to", newest.next.value}});
      around_.offsets.reset(group_, topic_, queue, taken.next);
    }
    taken.log_end = std::min(taken.log_end, log_end);
    row_.levels[queue] = taken;
  }
  changed_ = !void_slots_.empty();
}

// When none is: nothing was delivered, where the rows go back to the level's beginning, and else the oldest.
// Better a message twice than none.
LevelProgress Progress::newest_safe(const Rows& rows, api::QueueId queue, api::LogOffset log_end) {
  LevelProgress oldest;
  for (const auto& [slot, row] : rows) {
    const auto there = row.levels.find(queue);
    oldest = there == row.levels.end() ? LevelProgress() : there->second;
    if (oldest.log_end <= log_end) return oldest;
  }
  return rows.size() < kRows ? LevelProgress() : oldest;
}

void Progress::advance(api::QueueId queue, api::QueueOffset next, std::optional<api::LogOffset> log_end) {
  LevelProgress& level = row_.levels[queue];
  level.next = next;
  if (log_end) level.log_end = *log_end;
  static_cast<void>(around_.offsets.commit(group_, topic_, queue, next));
  changed_ = true;
  arm();
}

void Progress::move_to(api::QueueId queue, api::QueueOffset next) {
  row_.levels[queue] = {.next = next, .log_end = {}};
  around_.offsets.reset(group_, topic_, queue, next);
  changed_ = true;
  arm();
}

void Progress::arm() {
  if (!changed_ || writing_ || timer_) return;
  const auto now = around_.clock.now();
  if (!last_written_ || now - *last_written_ >= interval_) return write();
  timer_ = around_.timers.after(*last_written_ + interval_ - now, [this] {
    timer_.reset();
    write();
  });
}

void Progress::write() {
  if (!changed_ || writing_) return;
  const auto now = around_.clock.now();
  last_written_ = now;
  if (!slot_begun_ || now - *slot_begun_ >= kOfOneRow) {
    slot_ = (slot_ + 1) % kRows;
    slot_begun_ = now;
  }
  ++row_.number;
  std::vector<api::KeyValueChange> changes;
  // With them in place, a log that has grown again could make them look right.
  for (const std::size_t slot : void_slots_)
    if (slot != slot_) changes.push_back({.key = key_of(slot), .value = std::nullopt});
  changes.push_back({.key = key_of(slot_), .value = to_text(row_)});
  changed_ = false;
  writing_ = true;
  auto told = [this, executor = &around_.executor](const api::Result<void>& outcome) {
    std::optional<api::Refusal> failure;
    if (!outcome) failure = outcome.error();
    executor->post([this, failure] { written(failure); });
  };
  around_.key_values.change(std::move(changes), api::Completion<void>(std::move(told)));
}

void Progress::written(const std::optional<api::Refusal>& failure) {
  writing_ = false;
  if (failure) {
    changed_ = true;
    if (!std::exchange(told_failing_, true))
      around_.log.warn(
          "it cannot be written down how far delayed messages are delivered; a crash now would "
          "deliver some of them again",
          {{"because", failure->text}});
  } else {
    void_slots_.clear();
    if (std::exchange(told_failing_, false))
      around_.log.info("it is written down again how far delayed messages are delivered");
  }
  arm();
}

void Progress::finish() {
  timer_.reset();
  writing_ = false;  // what is under way is written before
  write();
}

}  // namespace gantry::schedule
