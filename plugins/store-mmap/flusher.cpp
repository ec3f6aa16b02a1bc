#include "plugins/store-mmap/flusher.h"

#include "plugins/store-mmap/consume_queue.h"
#include "plugins/store-mmap/planted.h"
#include "plugins/store-mmap/write_anew.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gantry::store {

void Flusher::written(WrittenBursts& bursts,
                      const std::function<void(std::unique_ptr<EncodedBurst>)>& spare) {
  if (bursts.empty()) return;
  const api::LogOffset end{parts_.positions.written.load(std::memory_order_relaxed)};
  for (const auto& burst : bursts) burst->tell_written(burst->end);
  if (settings_.flush == Flush::async) {
    std::vector<api::GrownQueue> grown;
    for (const auto& burst : bursts) show(*burst, grown);
    parts_.positions.visible.store(end.value, std::memory_order_release);
    for (auto& burst : bursts) {
      burst->tell_stored({});
      spare(std::move(burst));
    }
    parts_.watchers.tell(end, grown);
    return;
  }
  const bool waits_for_sync = settings_.flush == Flush::sync && !planted(Planted::told_before_sync);
  if (!waits_for_sync) {
    for (const auto& burst : bursts) burst->tell_stored({});
  }
  {
    const std::lock_guard lock(mutex_);
    if (!spare_) spare_ = spare;
    for (auto& burst : bursts) waiting_.push_back({std::move(burst), !waits_for_sync});
    if (settings_.flush == Flush::sync && std::exchange(flushing_, true)) return;
  }
  if (planted(Planted::shown_before_committed)) release(end);
  if (settings_.flush == Flush::sync) parts_.lanes.post(Lane::flush, [this] { run_flushes(); });
}

// Messages of one queue that follow each other are shown together: a removal of their topic comes before or
// after the whole burst.
void Flusher::show(EncodedBurst& burst, std::vector<api::GrownQueue>& grown) {
  ConsumeQueue* queue = nullptr;
  api::QueueOffset end;
  api::LogOffset last;
  const auto show_them = [&] {
    if (queue && queue->make_visible(end.value, last)) grown.push_back({queue->topic(), queue->id(), end});
  };
  for (const auto& message : burst.messages()) {
    const api::Appended& outcome = burst.outcomes()[message.index];
    if (!message.queue || outcome.refused) continue;
    if (message.queue != queue) {
      show_them();
      queue = message.queue;
    }
    end = outcome.queue_offset + 1;
    last = outcome.at;
  }
  show_them();
}

void Flusher::run_flushes() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        flushing_ = false;
        return;
      }
    }
    static_cast<void>(flush());  // who waits has been told either way
  }
}

void Flusher::tick() {
  const std::int64_t gathered = parts_.positions.written.load() - parts_.positions.flushed.load();
  if (gathered == 0) return;
  const auto now = parts_.clock.now();
  if (gathered >= settings_.least_bytes || now - last_flush_ >= settings_.thorough_interval)
    static_cast<void>(flush());
}

IoResult<void> Flusher::commit() {
  if (auto committed = parts_.pool->commit(); !committed) {
    IoError error = committed.error();
    const std::string text = "messages in memory cannot be written to the log: " + error.text;
    const bool is_new = parts_.pool->sync_failed()
                            ? parts_.gate.close(Closed::sync_failed, after_failed_sync(text))
                            : parts_.gate.close(Closed::write_failed, text);
    if (is_new) trouble_(error);
    return error;
  }
  if (const auto end = parts_.pool->committed()) release(*end);
  return {};
}

IoResult<void> Flusher::flush() {
  if (parts_.gate.closed_by(Closed::sync_failed)) {
    const api::Refusal why = parts_.gate.refusal();
    fail_waiting(why);
    return IoError{0, why.text};
  }
  IoResult<void> committed;
  if (settings_.flush == Flush::pool) committed = commit();
  const api::LogOffset end{settings_.flush == Flush::pool && !planted(Planted::flushed_before_committed)
                               ? parts_.positions.visible.load()
                               : parts_.positions.written.load(std::memory_order_acquire)};
  last_flush_ = parts_.clock.now();
  auto synced = sync_to(end);
  if (!synced) {
    const IoError error = synced.error();
    const std::string text = after_failed_sync(error.text);
    if (parts_.gate.close(Closed::sync_failed, text)) trouble_({error.number, text});
    fail_waiting({remoting::ResponseCode::flush_disk_timeout, text});
    return synced;
  }
  parts_.positions.flushed.store(end.value, std::memory_order_release);
  if (settings_.flush == Flush::sync) release(end);
  return committed;
}

// The files that hold what is not on the disk yet.
IoResult<void> Flusher::sync_to(api::LogOffset end) {
  if (planted(Planted::sync_skipped)) return {};
  for (api::LogOffset at{parts_.positions.flushed.load()}; at < end;) {
    if (planted(Planted::rolled_file_not_synced) &&
        at.value / parts_.files.file_size() != (end.value - 1) / parts_.files.file_size()) {
      at = {(end.value - 1) / parts_.files.file_size() * parts_.files.file_size()};
    }
    const auto file = parts_.files.holding(at);
    if (!file) break;  // retention has taken it
    if (auto synced = sync_file(*file, at); !synced) return synced;
    at = std::min(end, file->end());
    parts_.positions.flushed.store(at.value, std::memory_order_release);
  }
  return {};
}

IoResult<void> Flusher::sync_file(LogFile& file, api::LogOffset from) {
  if (from < found_to_) {
    if (auto written = write_anew(file, from, std::min(found_to_, file.end())); !written) return written;
  }
  return file.sync();
}

// Bursts that end at `end` or before it are shown, and their senders told. What can be seen ends with the
// last of them, not at `end`: that may be in the middle of a burst, or of one that written() has not brought
// yet.
void Flusher::release(api::LogOffset end) {
  std::vector<Waiting> released;
  {
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && waiting_.front().burst->end <= end) {
      released.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  if (released.empty()) return;
  std::vector<api::GrownQueue> grown;
  for (const auto& one : released) show(*one.burst, grown);
  const api::LogOffset shown = released.back().burst->end;
  parts_.positions.visible.store(shown.value, std::memory_order_release);
  for (auto& one : released) {
    if (!one.told) one.burst->tell_stored({});
    spare_(std::move(one.burst));
  }
  parts_.watchers.tell(shown, grown);
}

void Flusher::fail_waiting(const api::Refusal& why) {
  std::deque<Waiting> failed;
  {
    const std::lock_guard lock(mutex_);
    failed.swap(waiting_);
  }
  for (auto& one : failed) {
    if (!one.told) one.burst->tell_stored(why);
    spare_(std::move(one.burst));
  }
}

void Flusher::give_up_on_late() {
  const auto now = parts_.clock.now();
  std::vector<std::unique_ptr<api::AppendBurst>> late;
  {
    const std::lock_guard lock(mutex_);
    for (auto& one : waiting_) {
      if (one.told || now - one.burst->came < settings_.give_up_after) continue;
      one.told = true;
      late.push_back(one.burst->release());
    }
  }
  for (const auto& burst : late)
    burst->stored(api::Refusal{
        remoting::ResponseCode::flush_disk_timeout,
        "the disk has not taken the message in time; it stands in the log and may become visible later"});
}

}  // namespace gantry::store
