#include "plugins/store-mmap/recovery.h"

#include "plugins/store-mmap/consume_queue.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <vector>

namespace gantry::store {
namespace {

// Apache's margin: its times are a little ahead of what it had synced.
constexpr std::int64_t kMarginMs = 3000;
constexpr std::size_t kChunk = std::size_t{1} << 20;
constexpr std::size_t kGatherAtMost = std::size_t{32} << 20;

bool only_zeros(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// The record's CRC covers its body only. What of the rest never arrived is zeros: from the beginning of a
// sector, or from where a write was broken off.
bool lost_its_end(const LogScan::Step& step, api::LogOffset file_start) {
  const std::string_view topic = step.record->topic();
  if (topic.find('\0') != std::string_view::npos) return true;
  const std::string_view properties = step.record->properties();
  if (properties.empty()) return false;
  if (properties.back() == '\0') return true;
  const std::int64_t begin = step.end - file_start - std::ssize(properties);
  for (std::int64_t sector = (begin + kSectorSize - 1) / kSectorSize * kSectorSize;
       sector < step.end - file_start; sector += kSectorSize) {
    if (only_zeros(properties.substr(static_cast<std::size_t>(sector - begin), kSectorSize))) return true;
  }
  return false;
}

}  // namespace

struct Recovery::Bad {
  LogScan::Step step;
  std::string why;
  Behind behind;
  api::LogOffset file_end;
  bool messages_behind = false;
};

IoResult<Recovered> Recovery::run(const Checkpoint& checkpoint, LastExit last_exit) {
  found_ = {};
  clean_ = last_exit == LastExit::clean && checkpoint.claims && checkpoint.claims->clean;
  bytes_behind_ = !clean_;
  found_.newest_stored_at = checkpoint.times.log;
  auto begin = where_to_begin(checkpoint);
  if (!begin) return begin.error();
  begin_ = *begin;
  durable_to_ = checkpoint.claims ? checkpoint.claims->flushed_to : begin_;
  if (auto opened = open_queues(checkpoint); !opened) return opened.error();
  if (auto scanned = scan(); !scanned) return scanned.error();
  if (auto cut = cut_behind_end(); !cut) return cut.error();
  if (auto synced = make_durable(); !synced) return synced.error();
  if (auto cut = parts_.queues.cut(found_.end); !cut) return cut.error();
  if (auto moved = parts_.queues.advance_first(parts_.files.first()); !moved) return moved.error();
  if (rebuilding_) {
    if (auto made = keep_what_was_made_again(); !made) return made.error();
  }
  return found_;
}

IoResult<void> Recovery::open_queues(const Checkpoint& checkpoint) {
  std::optional<api::LogOffset> durable_to;
  if (checkpoint.claims) durable_to = checkpoint.claims->queues_to;
  auto opened = parts_.queues.open(durable_to);
  if (!opened) return opened.error();
  for (const std::string& warning : opened->warnings) parts_.log.warn("consume queues", {{"found", warning}});
  const bool none = opened->queues == 0 && begin_ > parts_.files.first();
  for (const auto& missing : opened->missing)
    parts_.log.warn("consume queue is missing and is made again from the log",
                    {{"topic", missing.topic}, {"queue", api::number(missing.id)}});
  if (none) parts_.log.warn("there are no consume queues: all are made again from the log", {});
  if (none || !opened->missing.empty()) {
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
  if (least > parts_.files.end()) {
    return IoError{EINVAL,
                   "the checkpoint says that the log was on the disk up to " + std::to_string(least.value) +
                       ", and its files end at " + std::to_string(parts_.files.end().value) +
                       ": files are missing at the end of the log. Bring them back, or remove the file "
                       "checkpoint to give up what they held"};
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
  LogScan scan(**opened, file->start(), file->size(), settings_.check_crc);
  if (begin_ > file->start()) scan.seek(begin_);
  for (;;) {
    auto step = scan.next();
    if (!step) return step.error();
    switch (step->kind) {
      case LogScan::Kind::record:
        if (!clean_ && step->at >= durable_to_ && lost_its_end(*step, file->start()))
          return end_here(file, **opened, "its properties were not written whole", *step, last);
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
        return end_here(file, **opened, scan.why(), *step, last);
    }
  }
}

IoResult<void> Recovery::dispatch(const LogScan::Step& step) {
  const remoting::MessageRecordView& record = *step.record;
  ++found_.records;
  found_.newest_stored_at = std::max(found_.newest_stored_at, record.store_timestamp());
  if (!in_a_queue(record.sys_flag())) return {};
  ConsumeQueue& queue = parts_.queues.get(record.topic(), api::QueueId{record.queue_id()});
  const std::int64_t offset = record.queue_offset();
  const bool empty = queue.next() == 0;
  if (!empty && offset < queue.next()) return {};  // its entry is there
  if (!empty && offset > queue.next())
    parts_.log.warn("message is numbered further on than its consume queue, and gets the queue's next number",
                    {{"topic", record.topic()},
                     {"queue", record.queue_id()},
                     {"message", offset},
                     {"next", queue.next()},
                     {"at", step.at.value}});
  const std::int64_t entry = empty ? offset : queue.next();
  const QueueEntry made{step.at, static_cast<std::int32_t>(step.end - step.at), parts_.tags_code(record)};
  queue.add(entry, made);
  queue.make_visible(entry + 1);
  if (parts_.queues.gathered_bytes() > kGatherAtMost) return parts_.queues.write_behind();
  return {};
}

IoResult<bool> Recovery::end_here(const std::shared_ptr<LogFile>& file, File& bytes, const std::string& why,
                                  const LogScan::Step& step, bool last) {
  if (clean_ && step.at >= durable_to_ && last) return false;  // where it was closed
  auto behind = look_behind(bytes, file->start(), file->size(), step);
  if (!behind) return behind.error();
  Bad bad{step, why, *behind, file->end(), behind->next_valid.has_value()};
  if (!bad.messages_behind && !last) {
    auto later = later_file_has_messages(file);
    if (!later) return later.error();
    bad.messages_behind = *later;
  }
  if (behind->only_zeros && !bad.messages_behind) return false;  // nothing was ever written behind it
  bytes_behind_ = true;
  const std::string where = file->path().string() + " at byte " + std::to_string(step.at - file->start()) +
                            " (" + std::to_string(step.at.value) + " of the log)";
  if (torn(bad)) {
    parts_.log.warn("the end of the log was not written whole, and is cut",
                    {{"file", file->path().string()},
                     {"from", step.at.value},
                     {"to", bad.behind.written_to.value},
                     {"because", bad.why}});
    return false;
  }
  const std::string goes_on = behind->next_valid
                                  ? "messages go on at " + std::to_string(behind->next_valid->value)
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
                   {{"file", file->path().string()}, {"from", step.at.value}, {"because", bad.why}});
  return false;
}

// Whether a crash may have left it so: not where all had been on the disk, and either nothing follows, or a
// write before what follows never arrived.
bool Recovery::torn(const Bad& bad) const {
  if (bad.step.at < durable_to_) return false;
  const bool rest_never_arrived = !bad.behind.next_valid && bad.behind.written_to < bad.file_end;
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
  const auto holds_end = parts_.files.holding(found_.end);
  const auto keep_to = holds_end ? holds_end->end() : found_.end;
  if (auto removed = parts_.files.remove_from(keep_to); !removed) return removed;
  if (!holds_end || !bytes_behind_) return {};
  auto file = holds_end->file();
  if (!file) return file.error();
  if (auto zeroed = (*file)->zero(found_.end - holds_end->start(), holds_end->size()); !zeroed) return zeroed;
  return (*file)->sync();
}

// What was found may be in the page cache only, where a killed broker left it. Written anew, because after a
// sync that had failed the kernel takes these pages for written, and a sync alone would do nothing.
IoResult<void> Recovery::make_durable() {
  if (clean_) return {};
  std::vector<char> chunk(kChunk);
  for (const auto& file : parts_.files.all()) {
    const std::int64_t end = std::min(found_.end, file->end()) - file->start();
    std::int64_t at = std::max<std::int64_t>(durable_to_ - file->start(), 0);
    if (at >= end) continue;
    auto opened = file->file();
    if (!opened) return opened.error();
    while (at < end) {
      auto read = (*opened)->read(
          at, std::span(chunk).first(std::min(chunk.size(), static_cast<std::size_t>(end - at))));
      if (!read) return read.error();
      if (auto written = (*opened)->write(at, {chunk.data(), *read}); !written) return written;
      at += static_cast<std::int64_t>(*read);
    }
    if (auto synced = (*opened)->sync(); !synced) return synced;
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
