#include "plugins/store-mmap/store_check.h"

#include "plugins/store-mmap/index_check.h"
#include "plugins/store-mmap/log_walk.h"
#include "plugins/store-mmap/queue_check.h"

#include <optional>
#include <string>
#include <utility>

namespace gantry::store {
namespace {

using Weight = api::StoreFinding::Weight;

std::string stretch_of_the_log(api::LogOffset from, api::LogOffset to) {
  return "bytes " + std::to_string(from.value) + " to " + std::to_string(to.value) + " of the log";
}

std::string message_of(const remoting::MessageRecordView& record) {
  return "message " + std::to_string(record.queue_offset()) + " of queue " +
         std::to_string(record.queue_id()) + " of topic " + std::string(record.topic());
}

QueueCheckSettings for_queues(const ClosedStore& store, const api::StoreTools::Found& found) {
  QueueCheckSettings settings{
      .log_first = store.log().first(), .added_from = store.read_from(), .found = found};
  if (store.checkpoint().claims) settings.believed_to = store.checkpoint().claims->queues_to;
  return settings;
}

IndexCheckSettings for_index(const ClosedStore& store, const StoreLayout& layout,
                             const api::StoreTools::Found& found) {
  IndexCheckSettings settings{.directory = store.root() / "index",
                              .geometry = layout.index,
                              .position = {},
                              .clean = store.last_exit() == LastExit::clean,
                              .log_first = store.log().first(),
                              .found = found};
  if (store.checkpoint().claims) settings.position = store.checkpoint().claims->index;
  return settings;
}

class Check final : public LogWalk::Visitor {
 public:
  Check(const ClosedStore& store, const StoreLayout& layout, const api::StoreTools::Found& found,
        const api::StoreTools::Progress& progress, api::StoreCheckReport& report)
      : store_(store),
        found_(found),
        progress_(progress),
        report_(report),
        queues_(store.disk(), store.root(), for_queues(store, found)) {
    if (layout.key_index) index_.emplace(store.disk(), for_index(store, layout, found));
  }

  IoResult<void> run() {
    tell_marks();
    if (auto begun = queues_.begin(); !begun) return begun;
    if (index_) {
      if (auto begun = index_->begin(); !begun) return begun;
    }
    LogWalk walk(store_.disk(), store_.log(),
                 {.durable_to = store_.durable_to(),
                  .closed = store_.closed_cleanly(),
                  .whole_records = store_.has_whole_records()});
    auto end = walk.run(store_.log().first(), *this);
    if (!end) return end.error();
    if (failed_) return *failed_;
    if (!report_.stopped) {
      tell_what_is_missing_at(*end);
      if (auto ended = queues_.end(*end); !ended) return ended;
      if (index_) {
        if (auto ended = index_->end(*end); !ended) return ended;
      }
    }
    report_.queues = queues_.queues();
    report_.queue_entries = queues_.entries();
    if (index_) report_.index_entries = index_->entries();
    return {};
  }

  bool message(const LogRow::File&, const LogScan::Step& step) override {
    ++report_.messages;
    return hold_against(step);
  }

  bool unreadable(const LogWalk::Unreadable& stretch) override {
    const bool torn = stretch.verdict == LogWalk::Unreadable::Verdict::torn;
    const auto& step = stretch.step;
    api::StoreFinding finding{.weight = torn ? Weight::mended : Weight::damage,
                              .file = stretch.file.path,
                              .at = step.at - stretch.file.start,
                              .what = stretch.why,
                              .affected = stretch_of_the_log(step.at, stretch.to)};
    if (torn) {
      finding.what = "the end of the log was not written whole (" + stretch.why + "); the next start cuts it";
      finding.affected += ", which nobody was told to be on the disk";
      found_(finding);
      return false;  // a start reads no further either
    }
    if (step.record)
      finding.affected = message_of(*step.record) + ", " + stretch_of_the_log(step.at, step.end);
    if (step.at >= store_.read_from())
      finding.what +=
          ". The next start reads this and stops, unless on_damage = \"cut\" gives up what follows";
    found_(finding);
    return !step.record || hold_against(step);
  }

  bool progress(api::LogOffset read_to) override {
    const api::LogOffset first = store_.log().first();
    report_.stopped = progress_ && !progress_(read_to - first, store_.log().end() - first);
    return !report_.stopped;
  }

 private:
  bool hold_against(const LogScan::Step& step) {
    IoResult<void> done = queues_.message(step.at, *step.record);
    if (done && index_) done = index_->message(step.at, *step.record);
    if (!done) failed_ = done.error();
    return done.has_value();
  }

  void tell_marks() {
    const Checkpoint& checkpoint = store_.checkpoint();
    const bool clean = store_.last_exit() == LastExit::clean;
    const std::string from = std::to_string(store_.read_from().value) + " of the log";
    if (!clean)
      found_({.weight = Weight::mended,
              .file = store_.root() / "abort",
              .what = "is there: the last stop was not a clean one. The next start reads on from " + from});
    const std::filesystem::path file = store_.root() / "checkpoint";
    if (!checkpoint.warning.empty() && !store_.log().empty())
      found_({.weight = Weight::mended, .file = file, .what = checkpoint.warning});
    else if (clean && checkpoint.claims && !checkpoint.claims->clean)
      found_(
          {.weight = Weight::mended,
           .file = file,
           .what = "is not that of a clean stop, though there is no file abort: one of the two is of another "
                   "time. The next start reads on from " +
                   from});
  }

  void tell_what_is_missing_at(api::LogOffset end) {
    const Checkpoint& checkpoint = store_.checkpoint();
    const std::filesystem::path file = store_.root() / "checkpoint";
    if (!checkpoint.claims) return;
    const api::LogOffset claimed = checkpoint.claims->flushed_to;
    if (end < claimed)
      found_({.file = file,
              .what = "says that the log was on the disk up to " + std::to_string(claimed.value) +
                      ", and it ends at " + std::to_string(end.value),
              .affected = stretch_of_the_log(end, claimed)});
    if (store_.closed_cleanly() && end > claimed)
      found_({.weight = Weight::mended,
              .file = file,
              .what = "is older than the log: it says that the log was closed at " +
                      std::to_string(claimed.value) + ", and it ends at " + std::to_string(end.value) +
                      ". The next start reads what lies between"});
  }

  const ClosedStore& store_;
  const api::StoreTools::Found& found_;
  const api::StoreTools::Progress& progress_;
  api::StoreCheckReport& report_;
  QueueCheck queues_;
  std::optional<IndexCheck> index_;
  std::optional<IoError> failed_;
};

}  // namespace

api::Result<api::StoreCheckReport> check_store(const ClosedStore& store, const StoreLayout& layout,
                                               const api::StoreTools::Found& found,
                                               const api::StoreTools::Progress& progress) {
  api::StoreCheckReport report;
  if (auto checked = Check(store, layout, found, progress, report).run(); !checked)
    return api::Refusal{.text = checked.error().text};
  return report;
}

}  // namespace gantry::store
