#include "plugins/store-mmap/store_copy.h"

#include "kernel/api/names.h"
#include "plugins/store-mmap/log_walk.h"
#include "plugins/store-mmap/message_line.h"
#include "plugins/store-mmap/queue_view.h"
#include "remoting/json_writer.h"

#include <algorithm>
#include <string>

namespace gantry::store {
namespace {

class Copy final : public LogWalk::Visitor {
 public:
  Copy(const LogRow& log, const api::StoreSelection& which, api::StoreForm form,
       const api::StoreTools::Sink& to, const api::StoreTools::Found& skipped,
       const api::StoreTools::Progress& progress)
      : log_(log), which_(which), form_(form), to_(to), skipped_(skipped), progress_(progress) {}

  std::int64_t copied() const { return copied_; }

  bool message(const LogRow::File&, const LogScan::Step& step) override {
    const remoting::MessageRecordView& record = *step.record;
    if (!wanted(step.at, record)) return true;
    if (which_.most && copied_ >= *which_.most) return false;
    ++copied_;
    const bool on = to_(in_form(step.at, record));
    return on && (!which_.most || copied_ < *which_.most);
  }

  bool unreadable(const LogWalk::Unreadable& stretch) override {
    if (stretch.to <= which_.from) return true;
    using Weight = api::StoreFinding::Weight;
    const bool torn = stretch.verdict == LogWalk::Unreadable::Verdict::torn;
    skipped_({.weight = torn ? Weight::mended : Weight::damage,
              .file = stretch.file.path,
              .at = stretch.step.at - stretch.file.start,
              .what = stretch.why,
              .affected = "what stands in bytes " + std::to_string(stretch.step.at.value) + " to " +
                          std::to_string(stretch.to.value) + " of the log"});
    return true;
  }

  bool progress(api::LogOffset read_to) override {
    return !progress_ || progress_(read_to - log_.first(), log_.end() - log_.first());
  }

 private:
  bool wanted(api::LogOffset at, const remoting::MessageRecordView& record) const {
    return at >= which_.from && (which_.topic.empty() || record.topic() == which_.topic) &&
           (!which_.queue || record.queue_id() == api::number(*which_.queue)) &&
           record.store_timestamp() >= which_.stored_from &&
           (!which_.stored_to || record.store_timestamp() <= *which_.stored_to);
  }

  std::string_view in_form(api::LogOffset at, const remoting::MessageRecordView& record) {
    if (form_ == api::StoreForm::records) return record.bytes();
    line_.clear();
    append_message_line(line_, at, record, form_ == api::StoreForm::lines ? BodyAs::base64 : BodyAs::length);
    return line_;
  }

  const LogRow& log_;
  const api::StoreSelection& which_;
  const api::StoreForm form_;
  const api::StoreTools::Sink& to_;
  const api::StoreTools::Found& skipped_;
  const api::StoreTools::Progress& progress_;
  std::string line_;
  std::int64_t copied_ = 0;
};

api::Refusal refusal(const IoError& error) {
  return {.text = error.text};
}

// The file in which the first message may be that is wanted: `from` need not be where a message begins.
IoResult<api::LogOffset> where_to_begin(const LogRow& log, const api::StoreSelection& which) {
  api::LogOffset begin = log.first();
  if (which.stored_from > 0) {
    auto by_time = log.begin_by_time(which.stored_from);
    if (!by_time) return by_time;
    begin = *by_time;
  }
  const std::size_t index = log.holding(which.from);
  if (index >= log.files().size()) return log.end();
  return std::max(begin, log.files()[index].start);
}

class EntryLines {
 public:
  EntryLines(QueueView& view, const api::StoreTools::Sink& to) : view_(view), to_(to) {}

  IoResult<std::int64_t> write_from(std::int64_t number) {
    std::int64_t entries = 0;
    number = std::max(number, view_.begin());
    while (number < view_.end()) {
      auto here = view_.entry(number);
      if (!here) return here.error();
      if (here->written() && !here->filler()) {
        ++entries;
        if (!line(number++, *here)) break;
        continue;
      }
      auto end = here->filler() ? end_of_filler(number) : view_.next_written(number);
      if (!end) return end.error();
      if (*end == view_.end() && !here->filler()) break;
      if (!stretch(number, *end - number, here->filler() ? "filler" : "not_written")) break;
      number = *end;
    }
    return entries;
  }

 private:
  IoResult<std::int64_t> end_of_filler(std::int64_t number) {
    for (; number < view_.end(); ++number) {
      auto here = view_.entry(number);
      if (!here) return here.error();
      if (!here->filler()) break;
    }
    return number;
  }

  bool line(std::int64_t number, const QueueEntry& entry) {
    remoting::JsonWriter out(begin());
    out.begin_object();
    out.key("number").number(number);
    out.key("at").number(entry.at.value);
    out.key("size").number(entry.size);
    out.key("tags_code").number(entry.tags_code);
    out.end_object();
    return send();
  }

  bool stretch(std::int64_t number, std::int64_t count, const char* what) {
    remoting::JsonWriter out(begin());
    out.begin_object();
    out.key("number").number(number);
    out.key("count").number(count);
    out.key("what").string(what);
    out.end_object();
    return send();
  }

  std::string& begin() {
    line_.clear();
    return line_;
  }
  bool send() {
    line_.push_back('\n');
    return to_(line_);
  }

  QueueView& view_;
  const api::StoreTools::Sink& to_;
  std::string line_;
};

}  // namespace

api::Result<std::int64_t> copy_messages(const ClosedStore& store, const api::StoreSelection& which,
                                        api::StoreForm form, const api::StoreTools::Sink& to,
                                        const api::StoreTools::Found& skipped,
                                        const api::StoreTools::Progress& progress) {
  Copy copy(store.log(), which, form, to, skipped, progress);
  auto begin = where_to_begin(store.log(), which);
  if (!begin) return refusal(begin.error());
  LogWalk walk(store.disk(), store.log(),
               {.durable_to = store.durable_to(),
                .closed = store.closed_cleanly(),
                .whole_records = store.has_whole_records()});
  if (auto walked = walk.run(*begin, copy); !walked) return refusal(walked.error());
  return copy.copied();
}

api::Result<std::int64_t> dump_entries(const ClosedStore& store, std::string_view topic, api::QueueId queue,
                                       api::QueueOffset from, const api::StoreTools::Sink& to) {
  const auto name = api::TopicName::parse(topic);
  if (!name) return name.error();
  QueueView view(store.disk(),
                 store.root() / "consumequeue" / name->str() / std::to_string(api::number(queue)));
  if (auto listed = view.list(); !listed) return refusal(listed.error());
  if (!view.contradiction().empty())
    return api::Refusal{.text = "the files in " + view.directory().string() +
                                " are not those of one queue: " + view.contradiction() +
                                ". The next start makes the queue again from the log"};
  if (view.files() == 0)
    return api::Refusal{.text = "there is no queue " + std::to_string(api::number(queue)) + " of topic " +
                                name->str() + ": " + view.directory().string() + " has no files"};
  auto entries = EntryLines(view, to).write_from(from.value);
  if (!entries) return refusal(entries.error());
  return *entries;
}

}  // namespace gantry::store
