#include "plugins/store-mmap/store_stat.h"

#include "plugins/store-mmap/log_walk.h"
#include "plugins/store-mmap/queue_directories.h"
#include "plugins/store-mmap/queue_view.h"

#include <algorithm>
#include <array>
#include <string>

namespace gantry::store {
namespace {

class Stat {
 public:
  explicit Stat(const ClosedStore& store) : store_(store) {}

  IoResult<api::StoreStat> run() {
    for (const LogRow::File& file : store_.log().files()) {
      ++stat_.log.count;
      stat_.log.bytes += file.size;
    }
    IoResult<void> done = look_at_queues();
    if (done) done = look_at_index();
    if (done) done = look_at_log();
    if (!done) return done.error();
    stat_.last_exit_clean = store_.last_exit() == LastExit::clean;
    const Checkpoint& checkpoint = store_.checkpoint();
    stat_.checkpoint.log_time = checkpoint.times.log;
    stat_.checkpoint.queue_time = checkpoint.times.queues;
    stat_.checkpoint.index_time = checkpoint.times.index;
    stat_.checkpoint.warning = checkpoint.warning;
    if (checkpoint.claims) {
      stat_.checkpoint.log_to = checkpoint.claims->flushed_to;
      stat_.checkpoint.queues_to = checkpoint.claims->queues_to;
    }
    return stat_;
  }

 private:
  IoResult<void> look_at_queues() {
    const std::filesystem::path directory = store_.root() / "consumequeue";
    const auto look = [&](const std::string& topic, api::QueueId id) -> IoResult<void> {
      QueueView view(store_.disk(), directory / topic / std::to_string(api::number(id)));
      if (auto listed = view.list(); !listed) return listed;
      ++stat_.queues;
      stat_.queue_files.count += view.files();
      stat_.queue_files.bytes += view.bytes();
      auto range = view.range();
      if (!range) return range.error();
      stat_.queue_entries += range->end - range->first;
      if (range->end == range->first) return {};
      auto last = view.entry(range->end - 1);
      if (!last) return last.error();
      if (last->at < store_.log().end()) newest_entry_ = std::max(newest_entry_, last->at);
      return {};
    };
    return visit_queue_directories(store_.disk(), directory,
                                   {.queue = look, .stray = [](const auto&, const auto&) {}});
  }

  IoResult<void> look_at_index() {
    const std::filesystem::path directory = store_.root() / "index";
    auto entries = store_.disk().list(directory);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
      if (entry.directory || !is_index_file_name(entry.name)) continue;
      ++stat_.index_files.count;
      stat_.index_files.bytes += entry.size;
      auto file = store_.disk().open(directory / entry.name, FileSystem::Open::read);
      if (!file) return file.error();
      std::array<char, IndexHeader::kSize> bytes{};
      if (auto read = (*file)->read(0, bytes); !read) return read.error();
      stat_.indexed_keys += IndexHeader::decode(bytes.data()).count - 1;
    }
    return {};
  }

  // From the newest message that a queue knows of: what follows it was written shortly before the stop.
  IoResult<void> look_at_log() {
    const LogRow& log = store_.log();
    stat_.first = stat_.end = log.first();
    if (log.empty()) return {};
    auto first = log.first_stored_at(log.files().front());
    if (!first) return first.error();
    stat_.first_stored_at = first->value_or(0);
    LogWalk walk(store_.disk(), log,
                 {.durable_to = store_.durable_to(),
                  .closed = store_.closed_cleanly(),
                  .whole_records = store_.has_whole_records(),
                  .check_crc = false});
    auto begin = where_to_begin();
    if (!begin) return begin.error();
    Last last;
    auto end = walk.run(*begin, last);
    if (!end) return end.error();
    stat_.end = last.end.value > 0 ? last.end : *end;
    stat_.last_stored_at = last.stored_at;
    return {};
  }

  struct Last final : LogWalk::Visitor {
    api::LogOffset end;
    std::int64_t stored_at = 0;

    bool message(const LogRow::File&, const LogScan::Step& step) override {
      end = step.end;
      stored_at = step.record->store_timestamp();
      return true;
    }
    bool unreadable(const LogWalk::Unreadable&) override { return true; }
    bool progress(api::LogOffset) override { return true; }
  };

  IoResult<api::LogOffset> where_to_begin() const {
    const LogRow& log = store_.log();
    const std::size_t index = log.holding(newest_entry_);
    if (index < log.files().size() && newest_entry_ >= log.first()) {
      const LogRow::File& file = log.files()[index];
      auto opened = store_.disk().open(file.path, FileSystem::Open::read);
      if (!opened) return opened.error();
      LogScan scan(**opened, file.start, file.size, false);
      scan.seek(newest_entry_);
      auto step = scan.next();
      if (step && step->kind == LogScan::Kind::record) return newest_entry_;
    }
    const std::size_t read_from = log.holding(store_.read_from());
    return read_from < log.files().size() ? log.files()[read_from].start : log.files().back().start;
  }

  const ClosedStore& store_;
  api::StoreStat stat_;
  api::LogOffset newest_entry_{-1};
};

}  // namespace

api::Result<api::StoreStat> stat_store(const ClosedStore& store) {
  auto stat = Stat(store).run();
  if (!stat) return api::Refusal{.text = stat.error().text};
  return *stat;
}

}  // namespace gantry::store
