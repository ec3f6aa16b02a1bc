// Random lives of consume queues, against plain rows of entries and a log that can be read again: a process
// that is killed, a disk that loses power between calls or in the middle of one, a disk that is full.
#include "plugins/store-mmap/consume_queues.h"
#include "tests/unit/store-mmap/some_queues.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::store {
namespace {

const std::vector<std::string> kTopics{"a", "b"};
constexpr int kQueues = 2;

int choose(int end) {
  return *rc::gen::inRange(0, end);
}

class Life {
 public:
  explicit Life(std::uint64_t seed) : some_(seed) {
    some_.settings.memory = ByteSize(20 * sizeof(EntryPiece));
    some_.start();
  }

  void step(int what) {
    switch (what) {
      case 0:
      case 1:
      case 2:
        return add();
      case 3:
        return some_.queues->write_behind().value();
      case 4:
        return relieve();
      case 5:
        return checkpoint();
      case 6:
        return fill_the_disk();
      case 7:
        return cut();
      case 8:
        return expire();
      case 9:
        return remove_topic();
      case 10:
        return stop();
      case 11:
        some_.disk.kill();
        return restart();
      case 12:
        some_.disk.power_cut();
        return restart();
      default:
        return lose_power_in_a_checkpoint();
    }
  }

  void check() {
    for (auto& [name, row] : rows_) {
      ConsumeQueue& queue = some_.queue(name.second, name.first);
      const auto range = queue.range();
      const std::int64_t first = first_of(row);
      const auto entries = SomeQueues::all(queue);
      RC_ASSERT(range.end - range.first == std::ssize(entries));
      if (row.empty()) {
        RC_ASSERT(entries.empty());
        continue;
      }
      RC_ASSERT(queue.next() == row.rbegin()->first + 1);
      RC_ASSERT(range.first == first);
      RC_ASSERT(range.end == queue.next());
      for (std::int64_t i = range.first; i < range.end; ++i)
        RC_ASSERT(entries[static_cast<std::size_t>(i - range.first)] == row.at(i));
    }
    for (const auto& file : some_.disk.all_files()) {
      if (file.parent_path() != "data") RC_ASSERT(some_.disk.text(file).size() == 100U);
    }
  }

 private:
  using Name = std::pair<std::string, int>;
  using Row = std::map<std::int64_t, QueueEntry>;  // by queue offset

  std::int64_t first_of(const Row& row) const {
    for (const auto& [offset, entry] : row) {
      if (entry.at.value >= log_first_) return offset;
    }
    return row.empty() ? 0 : row.rbegin()->first + 1;
  }

  void add() {
    const Name name{kTopics[static_cast<std::size_t>(choose(2))], choose(kQueues)};
    Row& row = rows_[name];
    ConsumeQueue& queue = some_.queue(name.second, name.first);
    const int count = choose(12);
    for (int i = 0; i < count; ++i) {
      // A queue that lost everything may go on anywhere, also before what retention has taken from it.
      if (queue.empty()) row.clear();
      const std::int64_t offset = queue.empty() && choose(2) == 0 ? choose(30) : queue.next();
      row.emplace(offset, entry_for(some_.log_end));
      some_.add(queue, offset);
    }
  }

  void relieve() {
    if (some_.queues->crowded()) some_.queues->relieve().value();
    RC_ASSERT(!some_.queues->crowded());
  }

  void checkpoint() {
    some_.checkpoint();
    claimed_ = some_.log_end;
    removals_synced_ = !removals_forgotten_;
  }

  void fill_the_disk() {
    some_.disk.fail(
        {.at = choose(6), .number = ENOSPC, .from_then_on = true, .counts = [](auto call, const auto&) {
           return call == SimulatedFileSystem::Call::write || call == SimulatedFileSystem::Call::resize ||
                  call == SimulatedFileSystem::Call::make_directories;
         }});
    const bool failed = !some_.queues->write_behind();
    RC_ASSERT(!failed || some_.disk.fault_fired());
    some_.disk.mend();
  }

  void cut() {
    if (some_.log_end == claimed_) return;
    const std::int64_t end = claimed_ + choose(static_cast<int>((some_.log_end - claimed_) / 100) + 1) * 100;
    some_.queues->cut({end}).value();
    drop_from(end);
  }

  void drop_from(std::int64_t end) {
    some_.log_end = std::max(end, log_first_);
    for (auto& [name, row] : rows_)
      std::erase_if(row, [&](const auto& at) { return at.second.at.value >= end; });
  }

  void expire() {
    log_first_ += choose(static_cast<int>((claimed_ - std::min(log_first_, claimed_)) / 100) + 1) * 100;
    some_.queues->advance_first({log_first_}).value();
    removals_synced_ = false;
  }

  void remove_topic() {
    const std::string topic = kTopics[static_cast<std::size_t>(choose(2))];
    some_.remove_topic(topic).value();
    checkpoint();
    for (int id = 0; id < kQueues; ++id) rows_.erase({topic, id});
  }

  void stop() {
    checkpoint();
    some_.disk.power_cut();
    restart();
  }

  void lose_power_in_a_checkpoint() {
    some_.disk.lose_power_after(choose(40));
    const std::int64_t claims = some_.log_end;
    if (some_.queues->write_behind() && some_.queues->sync()) claimed_ = claims;
    some_.disk.power_cut();
    restart();
  }

  // Everything from what is claimed on is made again from the log, and what is missing from all of it.
  void restart() {
    const auto opened = some_.reopen(api::LogOffset{claimed_});
    std::vector<Name> missing;
    for (const auto& queue : opened.missing) {
      missing.emplace_back(queue.topic, number(queue.id));
      RC_ASSERT(!removals_synced_ || !has_claimed(rows_[missing.back()]));
    }
    removals_forgotten_ = !removals_synced_;
    // The log may have lost its end.
    const std::int64_t end = claimed_ + choose(static_cast<int>((some_.log_end - claimed_) / 100) + 1) * 100;
    drop_from(end);
    for (auto& [name, row] : rows_) {
      const bool from_all = std::ranges::find(missing, name) != missing.end();
      const std::int64_t from = from_all ? log_first_ : claimed_;
      ConsumeQueue& queue = some_.queue(name.second, name.first);
      for (const auto& [offset, entry] : row) {
        if (entry.at.value < from) continue;
        queue.add(offset, entry);
        queue.make_visible(queue.next());
      }
      if (from_all) std::erase_if(row, [&](const auto& at) { return at.second.at.value < log_first_; });
    }
    some_.queues->cut({end}).value();
    some_.queues->advance_first({log_first_}).value();
    if (!missing.empty()) {
      some_.checkpoint();
      some_.queues->made_again().value();
    }
  }

  // One without may have lost its file when it was to begin elsewhere, and the disk was full.
  bool has_claimed(const Row& row) const {
    return std::ranges::any_of(row, [&](const auto& at) { return at.second.at.value < claimed_; });
  }

  SomeQueues some_;
  std::map<Name, Row> rows_;
  std::int64_t claimed_ = 0;  // by the checkpoint
  std::int64_t log_first_ = 0;
  // Names that were removed and not synced may come back one by one. A queue with a gap is then made again.
  bool removals_synced_ = true;
  bool removals_forgotten_ = false;  // by a process that did not live to sync them
};

RC_GTEST_PROP(ConsumeQueuesModel, are_what_plain_rows_would_be, ()) {
  Life life(*rc::gen::arbitrary<std::uint64_t>());
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 14));
  for (const int step : steps) {
    life.step(step);
    life.check();
  }
}

}  // namespace
}  // namespace gantry::store
