#include "plugins/store-mmap/queue_check.h"

#include "plugins/store-mmap/queue_directories.h"

#include <cstddef>

namespace gantry::store {
namespace {

using Weight = api::StoreFinding::Weight;

constexpr std::size_t kOpenAtOnce = 512;
constexpr std::string_view kLightQueues = "%LMQ%";

std::string name_of(std::string_view topic, api::QueueId id) {
  return "queue " + std::to_string(number(id)) + " of topic " + std::string(topic);
}

}  // namespace

IoResult<void> QueueCheck::begin() {
  QueueManifest manifest(disk_, root_ / "queues.gantry");
  auto listed = manifest.read();
  if (!listed) return listed.error();
  in_manifest_ = std::move(*listed);
  ends_ = manifest.ends();
  auto has_manifest = disk_.exists(manifest.path());
  if (!has_manifest) return has_manifest.error();
  if (*has_manifest) of_unknown_ = Fate::removed;
  auto visited = visit_queue_directories(
      disk_, directory(),
      {.queue = [this](const std::string& topic, api::QueueId id) { return find_queue(topic, id); },
       .stray =
           [this](const std::filesystem::path& path, const std::string& what) {
             settings_.found(
                 {.weight = Weight::harmless, .file = path, .what = "is no " + what + " and is left alone"});
           }});
  if (!visited) return visited;
  find_missing();
  return {};
}

IoResult<void> QueueCheck::find_queue(const std::string& topic, api::QueueId id) {
  QueueView view(disk_, directory() / topic / std::to_string(number(id)));
  if (auto listed = view.list(); !listed) return listed;
  for (const std::string& stray : view.strays())
    settings_.found(
        {.weight = Weight::harmless,
         .file = view.directory() / stray,
         .what = "is no file of a consume queue; Apache's broker would refuse to start with it there"});
  auto why = contradiction(view, {topic, id});
  if (!why) return why.error();
  const Fate fate = fate_of({topic, id}, view, *why);
  make(topic, id, std::move(view), fate);
  ++queues_;
  return {};
}

// Why its files cannot be all of the queue; empty: they can.
IoResult<std::string> QueueCheck::contradiction(QueueView& view, const QueueManifest::Queue& queue) const {
  const auto noted = ends_.find(queue);
  if (!view.contradiction().empty() || view.files() == 0 || noted == ends_.end()) return view.contradiction();
  auto range = view.range();
  if (!range) return range.error();
  view.close();
  if (range->end >= noted->second) return std::string();
  return "ends at entry " + std::to_string(range->end) + ", and had " + std::to_string(noted->second) +
         " when the store was closed";
}

QueueCheck::Fate QueueCheck::fate_of(const QueueManifest::Queue& queue, const QueueView& view,
                                     const std::string& contradiction) {
  const auto known = in_manifest_.find(queue);
  const bool incomplete = known != in_manifest_.end() && known->second == QueueManifest::State::incomplete;
  const bool lost = known != in_manifest_.end() && view.files() == 0 && contradiction.empty();
  if (known != in_manifest_.end() && !lost) in_manifest_.erase(known);
  if (lost) return Fate::made_again;  // find_missing() tells of it
  if (!incomplete && contradiction.empty())
    return queue.first.starts_with(kLightQueues) ? Fate::ignored : Fate::kept;
  settings_.added_from = settings_.log_first;
  settings_.found({.weight = Weight::mended,
                   .file = view.directory(),
                   .what = (incomplete ? "was being made again when the broker stopped" : contradiction) +
                           "; the next start removes what is there and makes the queue again from the log",
                   .affected = "all messages of " + name_of(queue.first, queue.second)});
  return Fate::made_again;
}

// What a start finds missing, it makes again from the whole log.
void QueueCheck::find_missing() {
  for (const auto& [known, state] : std::exchange(in_manifest_, {})) {
    const auto& [topic, id] = known;
    settings_.added_from = settings_.log_first;
    QueueView view(disk_, directory() / topic / std::to_string(number(id)));
    settings_.found({.weight = Weight::mended,
                     .file = view.directory(),
                     .what = "is missing; the next start makes the queue again from the log",
                     .affected = "all messages of " + name_of(topic, id)});
    make(topic, id, std::move(view), Fate::made_again);
  }
  if (queues_ > 0 || settings_.added_from <= settings_.log_first) return;
  settings_.added_from = settings_.log_first;
  of_unknown_ = Fate::made_again;
  settings_.found({.weight = Weight::mended,
                   .file = directory(),
                   .what = "has no queues; the next start makes all of them again from the log",
                   .affected = "all messages"});
}

CheckedQueue& QueueCheck::make(std::string_view topic, api::QueueId id, QueueView view, Fate fate) {
  auto at = topics_.find(topic);
  if (at == topics_.end()) at = topics_.try_emplace(std::string(topic)).first;
  auto& queue = at->second[id];
  if (!queue) queue = std::make_unique<CheckedQueue>(name_of(topic, id), std::move(view), fate);
  return *queue;
}

CheckedQueue* QueueCheck::queue(std::string_view topic, api::QueueId id) {
  if (const auto at = topics_.find(topic); at != topics_.end()) {
    if (const auto found = at->second.find(id); found != at->second.end()) return found->second.get();
  }
  if (!api::TopicName::parse(topic) || number(id) < 0) return nullptr;
  return &make(topic, id, QueueView(disk_, directory() / topic / std::to_string(number(id))), of_unknown_);
}

IoResult<void> QueueCheck::message(api::LogOffset at, const remoting::MessageRecordView& record) {
  if (!in_a_queue(record.sys_flag())) return {};
  CheckedQueue* its = queue(record.topic(), api::QueueId{record.queue_id()});
  if (!its) return {};
  const CheckedQueue::Message message{
      .entry = {at, static_cast<std::int32_t>(record.bytes().size()), entry_code_(record)},
      .number = record.queue_offset(),
      .code_is_known = record.topic() != EntryCode::kScheduleTopic};
  auto done = its->message(message, settings_);
  note_open(*its);
  return done;
}

void QueueCheck::note_open(CheckedQueue& queue) {
  if (queue.counted_as_open || !queue.view().is_open()) return;
  queue.counted_as_open = true;
  open_.push_back(&queue);
  if (open_.size() <= kOpenAtOnce) return;
  open_.front()->view().close();
  open_.front()->counted_as_open = false;
  open_.pop_front();
}

IoResult<void> QueueCheck::end(api::LogOffset log_end) {
  for (auto& [topic, ids] : topics_) {
    for (auto& [id, queue] : ids) {
      if (auto ended = queue->end(log_end, settings_); !ended) return ended;
      entries_ += queue->entries();
    }
  }
  return {};
}

}  // namespace gantry::store
