// The log's bytes as they are: the part of the store that replication uses.
#include "plugins/store-mmap/consume_queue.h"
#include "plugins/store-mmap/store.h"

#include <future>
#include <utility>
#include <vector>

namespace gantry::store {
namespace {

api::Refusal wrong(std::string text) {
  return {remoting::ResponseCode::system_error, std::move(text)};
}

}  // namespace

void Store::append(api::LogOffset at, std::string_view bytes, api::Completion<void> done) {
  auto told = std::make_shared<api::Completion<void>>(std::move(done));
  appender_->alone([this, at, bytes = std::string(bytes), told] {
    if (auto appended = append_raw(at, bytes); !appended) return told->fail(wrong(appended.error().text));
    if (config_.flush != Flush::sync) return told->succeed();
    around_.lanes.post(Lane::flush, [this, told] {
      if (auto flushed = flusher_->flush(); !flushed) return told->fail(wrong(flushed.error().text));
      told->succeed();
    });
  });
}

// Whole records, and blanks at the ends of files.
IoResult<void> Store::append_raw(api::LogOffset at, std::string_view bytes) {
  if (at != writer_.end() && !(at < writer_.end() && log_files_.all().empty()))
    return IoError{0, "the log ends at " + std::to_string(writer_.end().value) + ", and bytes for " +
                          std::to_string(at.value) + " cannot follow"};
  std::vector<api::GrownQueue> grown;
  while (!bytes.empty()) {
    const auto decoded = remoting::decode_record(bytes, remoting::BodyCrc::checked);
    if (decoded.outcome == remoting::DecodedRecord::Outcome::blank) {
      const std::int64_t rest =
          writer_.room() + static_cast<std::int64_t>(remoting::record_layout::kBlankSize);
      if (auto rolled = writer_.roll(); !rolled) return rolled;
      bytes.remove_prefix(std::min(bytes.size(), static_cast<std::size_t>(rest)));
      continue;
    }
    if (decoded.outcome != remoting::DecodedRecord::Outcome::record ||
        decoded.record.physical_offset() != writer_.end().value)
      return IoError{0, "bytes for " + std::to_string(writer_.end().value) + " are no message of that place"};
    if (writer_.room() < static_cast<std::int64_t>(decoded.size)) {
      if (auto rolled = writer_.roll(); !rolled) return rolled;
    }
    const QueueEntry entry{writer_.end(), static_cast<std::int32_t>(decoded.size),
                           entry_code_(decoded.record)};
    const iovec piece{const_cast<char*>(bytes.data()), decoded.size};
    if (auto written = writer_.write({&piece, 1}, static_cast<std::int64_t>(decoded.size)); !written)
      return written;
    if (in_a_queue(decoded.record.sys_flag())) {
      ConsumeQueue& queue = queues_.get(decoded.record.topic(), api::QueueId{decoded.record.queue_id()});
      const std::int64_t offset = queue.empty() ? decoded.record.queue_offset() : queue.next();
      queue.add(offset, entry);
      queue.make_visible(offset + 1);
      grown.push_back({queue.topic(), queue.id(), {offset + 1}});
    }
    bytes.remove_prefix(decoded.size);
  }
  positions_.written.store(writer_.end().value, std::memory_order_release);
  positions_.visible.store(writer_.end().value, std::memory_order_release);
  watchers_.tell(writer_.end(), grown);
  return {};
}

api::Result<void> Store::truncate(api::LogOffset from) {
  std::promise<IoResult<void>> cut;
  // Neither is the log flushed meanwhile, which would raise what is on the disk, nor appended to.
  around_.lanes.post(Lane::flush, [this, from, &cut] {
    std::promise<IoResult<void>> done;
    appender_->alone([this, from, &done] { done.set_value(cut_to(from)); });
    cut.set_value(done.get_future().get());
  });
  const auto done = cut.get_future().get();
  if (!done) return wrong(done.error().text);
  return {};
}

IoResult<void> Store::cut_to(api::LogOffset end) {
  if (end >= writer_.end()) return {};
  const auto message = reader_.message(end);
  if (!message && end > log_files_.first())
    return IoError{0,
                   "no message begins at " + std::to_string(end.value) + ": the log can be cut at one only"};
  positions_.start_at(end, std::min(end, api::LogOffset{positions_.flushed.load()}));
  if (auto lowered = checkpointer_->lower(end); !lowered) return lowered;
  const auto file = log_files_.holding(end);
  if (auto removed = log_files_.remove_from(file ? file->end() : end); !removed) return removed;
  if (file) {
    auto opened = file->file();
    if (!opened) return opened.error();
    if (auto zeroed = (*opened)->zero_durably(end - file->start(), file->size()); !zeroed) return zeroed;
  }
  writer_.start_at(end);
  return queues_.cut(end);
}

}  // namespace gantry::store
