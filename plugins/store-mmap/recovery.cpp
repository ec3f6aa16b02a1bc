#include "plugins/store-mmap/recovery.h"

#include "kernel/api/names.h"
#include "plugins/store-mmap/consume_queue.h"
#include "plugins/store-mmap/planted.h"
#include "plugins/store-mmap/write_anew.h"

#include <algorithm>
#include <cerrno>
#include <string>

namespace gantry::store {
namespace {

// Apache's margin: its times are a little ahead of what it had synced.
constexpr std::int64_t kMarginMs = 3000;
constexpr std::size_t kGatherAtMost = std::size_t{32} << 20;

}  // namespace

// A place where no whole record is.
struct Recovery::Bad {
  std::shared_ptr<LogFile> file;
  api::LogOffset at;
  std::string why;
  Behind behind;
  bool messages_behind = false;
};

IoResult<Recovered> Recovery::run(const Checkpoint& checkpoint, LastExit last_exit) {
  found_ = {};
  clean_ = last_exit == LastExit::clean && checkpoint.claims && checkpoint.claims->clean;
  // Apache's broker, too, has synced all before it removes `abort`.
  whole_records_ = clean_ || (last_exit == LastExit::clean && !checkpoint.claims);
  bytes_behind_ = !clean_;
  // Without claims its times may be torn; the newest records are read then.
  found_.newest_stored_at = checkpoint.claims ? checkpoint.times.log : 0;
  auto begin = where_to_begin(checkpoint);
  if (!begin) return begin.error();
  begin_ = *begin;
  durable_to_ = checkpoint.claims ? checkpoint.claims->flushed_to : begin_;
  queues_to_ = checkpoint.claims ? checkpoint.claims->queues_to : api::LogOffset{};
  if (auto opened = open_queues(checkpoint); !opened) return opened.error();
  if (auto scanned = scan(); !scanned) return scanned.error();
  if (auto emptied = empty_queues_without_messages(); !emptied) return emptied.error();
  if (!lacking_.empty()) {
    rebuilding_ = second_scan_ = true;
    begin_ = parts_.files.first();
    if (auto scanned = scan(); !scanned) return scanned.error();
  }
  if (auto cut = cut_behind_end(); !cut) return cut.error();
  found_.durable_to = clean_ || planted(Planted::recovered_not_synced)
                          ? found_.end
                          : std::clamp(durable_to_, std::min(parts_.files.first(), found_.end), found_.end);
  if (settings_.durable_first) {
    if (auto synced = make_durable(); !synced) return synced.error();
  }
  if (auto cut = parts_.queues.cut(found_.end); !cut) return cut.error();
  if (auto moved = parts_.queues.advance_first(parts_.files.first()); !moved) return moved.error();
  if (rebuilding_) {
    if (auto made = keep_what_was_made_again(); !made) return made.error();
  }
  return found_;
}

IoResult<void> Recovery::open_queues(const Checkpoint& checkpoint) {
  std::optional<api::LogOffset> durable_to;
  if (checkpoint.claims)
    durable_to = planted(Planted::queue_tail_kept) ? parts_.files.end() : checkpoint.claims->queues_to;
  auto opened = parts_.queues.open(durable_to);
  if (!opened) return opened.error();
  for (const std::string& warning : opened->warnings) parts_.log.warn("consume queues", {{"found", warning}});
  all_missing_ = opened->queues == 0 && opened->missing.empty() && begin_ > parts_.files.first();
  for (const auto& missing : opened->missing) {
    parts_.log.warn("consume queue is missing and is made again from the log",
                    {{"topic", missing.topic}, {"queue", api::number(missing.id)}});
    missing_.emplace(missing.topic, missing.id);
  }
  if (all_missing_) parts_.log.warn("there are no consume queues: all are made again from the log", {});
  if (all_missing_ || !opened->missing.empty()) {
    rebuilding_ = true;
    begin_ = parts_.files.first();
  }
  return {};
}

IoResult<api::LogOffset> Recovery::where_to_begin(const Checkpoint& checkpoint) const {
  const auto first = parts_.files.first();
  if (!checkpoint.claims)
    return begin_by_time(
        std::max<std::int64_t>(0, std::min(checkpoint.times.log, checkpoint.times.queues) - kMarginMs));
  const auto least = std::min(checkpoint.claims->queues_to, checkpoint.claims->flushed_to);
  if (checkpoint.claims->flushed_to > parts_.files.end()) {
    return IoError{
        EINVAL, "the checkpoint says that the log was on the disk up to " +
                    std::to_string(checkpoint.claims->flushed_to.value) + ", and its files end at " +
                    std::to_string(parts_.files.end().value) + ": " +
                    (parts_.files.directories().front() / log_file_name(parts_.files.end().value)).string() +
                    " is missing, with what came after it. Bring it back, or remove the file checkpoint "
                    "to give up what was in it"};
  }
  return std::max(least, first);
}

// The newest file whose first message was stored by then, as Apache's broker chooses it.
IoResult<api::LogOffset> Recovery::begin_by_time(std::int64_t ms) const {
  const auto files = parts_.files.all();
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    auto opened = (*file)->file();
    if (!opened) return opened.error();
    LogScan scan(**opened, (*file)->start(), (*file)->size(), false);
    auto step = scan.next();
    if (!step) return step.error();
    if (step->kind != LogScan::Kind::record) continue;
    const std::int64_t stored = step->record->store_timestamp();
    if (stored != 0 && stored <= ms) return (*file)->start();
  }
  return parts_.files.first();
}

IoResult<void> Recovery::scan() {
  found_.end = begin_;
  const auto files = parts_.files.all();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i]->end() <= begin_) continue;
    auto on = scan_file(files[i], i + 1 == files.size());
    if (!on) return on.error();
    if (!*on) break;
  }
  return {};
}

// False: the log ends in it.
IoResult<bool> Recovery::scan_file(const std::shared_ptr<LogFile>& file, bool last) {
  auto opened = file->file();
  if (!opened) return opened.error();
  LogScan scan(**opened, file->start(), file->size(), settings_.check_crc && !planted(Planted::crc_ignored));
  if (begin_ > file->start()) scan.seek(begin_);
  if (planted(Planted::recovery_starts_late) && begin_ >= file->start()) static_cast<void>(scan.next());
  for (;;) {
    auto step = scan.next();
    if (!step) return step.error();
    switch (step->kind) {
      case LogScan::Kind::record:
        if (!whole_records_ && step->at >= durable_to_ && may_lack_its_end(*step->record)) {
          auto bad = look_at(file, **opened, *step, "its properties were not written whole", last);
          if (!bad) return bad.error();
          if (torn(*bad)) return end_here(*bad);
        }
        if (auto done = dispatch(*step); !done) return done.error();
        found_.end = step->end;
        break;
      case LogScan::Kind::blank:
        found_.end = file->end();
        break;
      case LogScan::Kind::end_of_file:
        report_progress(*file);
        return true;
      case LogScan::Kind::bad:
        if (clean_ && step->at >= durable_to_ && last) return false;  // where it was closed
        auto bad = look_at(file, **opened, *step, scan.why(), last);
        if (!bad) return bad.error();
        return end_here(*bad);
    }
  }
}

IoResult<void> Recovery::dispatch(const LogScan::Step& step) {
  const remoting::MessageRecordView& record = *step.record;
  ++found_.records;
  found_.newest_stored_at = std::max(found_.newest_stored_at, record.store_timestamp());
  if (!in_a_queue(record.sys_flag())) return {};
  if (auto topic = api::TopicName::parse(record.topic()); !topic || record.queue_id() < 0) {
    parts_.log.error("message belongs to no queue that can be, and gets into none",
                     {{"at", step.at.value},
                      {"queue", record.queue_id()},
                      {"because", topic ? "its queue is negative" : topic.error().text}});
    return {};
  }
  const bool from_the_start = made_again_from_the_start(record);
  if (step.at < queues_to_ && !from_the_start) return check_claimed(record, step.at);
  ConsumeQueue& queue = parts_.queues.get(record.topic(), api::QueueId{record.queue_id()});
  has_messages_.insert(&queue);
  if (lacking_.contains(&queue) != second_scan_) return {};
  const std::int64_t offset = record.queue_offset();
  const QueueEntry entry{step.at, static_cast<std::int32_t>(step.end - step.at), parts_.tags_code(record)};
  if (!queue.empty() && offset < queue.next()) {
    // Nothing says that what is there ever came to the disk, or is whole; or its topic was removed, and this
    // is of one that had the name later.
    if (auto cut = parts_.queues.cut_from(queue, offset); !cut) return cut;
  }
  const bool all_is_read = begin_ == parts_.files.first();
  const bool seen = all_is_read && !seen_.insert(&queue).second;
  if (!queue.empty() && (queue.next() != offset || queue.last_at() >= step.at)) {
    const bool claimed_some = queues_to_.value > 0 && !from_the_start;
    if (!all_is_read || (claimed_some && !seen)) return make_again(queue, record);
    if (!seen) {
      // What it has is of messages that the log has no more.
      if (auto cut = parts_.queues.cut_from(queue, 0); !cut) return cut;
    } else {
      parts_.log.warn(
          "message is numbered further on than its consume queue, and gets the queue's next number",
          {{"topic", record.topic()},
           {"queue", record.queue_id()},
           {"message", offset},
           {"next", queue.next()},
           {"at", step.at.value}});
    }
  }
  const std::int64_t next = queue.empty() ? offset : queue.next();
  queue.add(next, entry);
  queue.make_visible(next + 1);
  if (parts_.queues.gathered_bytes() > kGatherAtMost) return parts_.queues.write_behind();
  return {};
}

// Entries of it are of no worth, and not only what is behind queues_to_.
bool Recovery::made_again_from_the_start(const remoting::MessageRecordView& record) const {
  if (all_missing_) return true;
  const api::QueueId id{record.queue_id()};
  if (second_scan_) {
    const ConsumeQueue* queue = parts_.queues.find(record.topic(), id);
    if (queue != nullptr && lacking_.contains(queue)) return true;
  }
  return !missing_.empty() && missing_.contains({std::string(record.topic()), id});
}

// A message whose entry is claimed, and the queue was found. It is there; or the topic was removed when the
// message was in the log, and what has its name and number now are later ones.
IoResult<void> Recovery::check_claimed(const remoting::MessageRecordView& record, api::LogOffset at) {
  ConsumeQueue* const queue = parts_.queues.find(record.topic(), api::QueueId{record.queue_id()});
  if (queue == nullptr) return {};
  has_messages_.insert(queue);
  if (second_scan_ || lacking_.contains(queue) || queue->empty() || at <= queue->last_at()) return {};
  return make_again(*queue, record);
}

IoResult<void> Recovery::make_again(ConsumeQueue& queue, const remoting::MessageRecordView& record) {
  parts_.log.warn("consume queue lacks entries and is made again from the log",
                  {{"topic", record.topic()},
                   {"queue", record.queue_id()},
                   {"from", queue.next()},
                   {"to", record.queue_offset()}});
  lacking_.insert(&queue);
  return parts_.queues.begin_again(queue);
}

// After all of the log was read: entries of queues that none of its messages belongs to, but for those of
// messages that retention has taken, point to what was there before the log lost its end.
IoResult<void> Recovery::empty_queues_without_messages() {
  if (begin_ != parts_.files.first()) return {};
  for (ConsumeQueue* queue : parts_.queues.all()) {
    if (has_messages_.contains(queue)) continue;
    if (auto cut = parts_.queues.cut(*queue, begin_); !cut) return cut;
  }
  return {};
}

IoResult<Recovery::Bad> Recovery::look_at(const std::shared_ptr<LogFile>& file, File& bytes,
                                          const LogScan::Step& step, const std::string& why, bool last) {
  auto behind = look_behind(bytes, file->start(), file->size(), step);
  if (!behind) return behind.error();
  Bad bad{file, step.at, why, *behind, behind->next_valid.has_value()};
  if (!bad.messages_behind && !last) {
    auto later = later_file_has_messages(file);
    if (!later) return later.error();
    bad.messages_behind = *later;
  }
  return bad;
}

// False: the log ends there.
IoResult<bool> Recovery::end_here(const Bad& bad) {
  if (bad.behind.only_zeros && !bad.messages_behind && bad.at >= durable_to_)
    return false;  // nothing was ever written behind it
  bytes_behind_ = true;
  if (torn(bad)) {
    parts_.log.warn("the end of the log was not written whole, and is cut",
                    {{"file", bad.file->path().string()},
                     {"from", bad.at.value},
                     {"to", bad.behind.written_to.value},
                     {"because", bad.why}});
    return false;
  }
  const std::string where = bad.file->path().string() + " at byte " +
                            std::to_string(bad.at - bad.file->start()) + " (" + std::to_string(bad.at.value) +
                            " of the log)";
  const std::string goes_on = bad.behind.next_valid
                                  ? "messages go on at " + std::to_string(bad.behind.next_valid->value)
                                  : std::string("later files have messages");
  const std::string what = "the log is damaged in " + where + ": " + bad.why + "; " +
                           (bad.messages_behind ? goes_on : "nothing readable follows") + ", and up to " +
                           std::to_string(durable_to_.value) + " it had been on the disk";
  if (settings_.on_damage == OnDamage::stop)
    return IoError{EILSEQ,
                   what +
                       ". Bring the file back from a copy, or set on_damage = \"cut\" to give up everything "
                       "from there on"};
  parts_.log.error("the log is damaged, and everything from there on is given up",
                   {{"file", bad.file->path().string()}, {"from", bad.at.value}, {"because", bad.why}});
  return false;
}

// Whether a crash may have left it so: not where all had been on the disk, and either nothing follows, or a
// write before what follows never arrived.
bool Recovery::torn(const Bad& bad) const {
  if (bad.at < durable_to_) return false;
  const bool rest_never_arrived = !bad.behind.next_valid && bad.behind.written_to < bad.file->end();
  return !bad.messages_behind || bad.behind.zero_sector || rest_never_arrived;
}

IoResult<bool> Recovery::later_file_has_messages(const std::shared_ptr<LogFile>& file) const {
  for (const auto& later : parts_.files.all()) {
    if (later->start() <= file->start()) continue;
    auto opened = later->file();
    if (!opened) return opened.error();
    LogScan scan(**opened, later->start(), later->size(), true);
    auto step = scan.next();
    if (!step) return step.error();
    if (step->kind == LogScan::Kind::record) return true;
  }
  return false;
}

// Old bytes must never come back: not after the log has grown over their place.
IoResult<void> Recovery::cut_behind_end() {
  if (auto told = parts_.before_cut(found_.end); !told) return told;
  const auto holds_end = parts_.files.holding(found_.end);
  const auto keep_to = holds_end ? holds_end->end() : found_.end;
  if (auto removed = parts_.files.remove_from(keep_to); !removed) return removed;
  if (!holds_end || !bytes_behind_) return {};
  auto file = holds_end->file();
  if (!file) return file.error();
  if (planted(Planted::tail_not_zeroed)) return {};
  return (*file)->zero_durably(found_.end - holds_end->start(), holds_end->size());
}

IoResult<void> Recovery::make_durable() {
  while (found_.durable_to < found_.end) {
    const auto file = parts_.files.holding(found_.durable_to);
    const auto end = std::min(found_.end, file->end());
    if (auto written = write_anew(*file, found_.durable_to, end); !written) return written;
    auto opened = file->file();
    if (!opened) return opened.error();
    if (auto synced = (*opened)->sync(); !synced) return synced;
    found_.durable_to = end;
  }
  return {};
}

IoResult<void> Recovery::keep_what_was_made_again() {
  IoResult<void> kept = parts_.queues.write_behind();
  if (kept) kept = parts_.queues.sync();
  if (kept) kept = parts_.queues.made_again();
  return kept;
}

void Recovery::report_progress(const LogFile& file) {
  const auto whole = parts_.files.end() - begin_;
  if (whole < (std::int64_t{1} << 30)) return;
  const int percent = static_cast<int>((file.end() - begin_) * 100 / whole);
  if (percent < told_percent_ + 5) return;
  told_percent_ = percent;
  parts_.log.info(rebuilding_ ? "consume queues are made again" : "log is read", {{"percent", percent}});
}

}  // namespace gantry::store
