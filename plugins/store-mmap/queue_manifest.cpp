#include "plugins/store-mmap/queue_manifest.h"

#include "kernel/api/names.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace gantry::store {
namespace {

constexpr std::string_view kFirstLine = "gantry queues 1\n";
constexpr std::string_view kClearing = "~";
constexpr std::string_view kCleared = "=";
constexpr char kEnd = '.';
constexpr std::int64_t kLinesWorthAThought = 1000;

std::string line(QueueManifest::State state, const QueueManifest::Queue& queue) {
  return std::string(1, static_cast<char>(state)) + " " + queue.first + " " +
         std::to_string(api::number(queue.second)) + "\n";
}

std::string end_line(const QueueManifest::Queue& queue, std::int64_t end) {
  return std::string(1, kEnd) + " " + queue.first + " " + std::to_string(api::number(queue.second)) + " " +
         std::to_string(end) + "\n";
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

// Lines that say nothing are what a crash left in the middle of others.
void QueueManifest::apply(std::string_view text, std::map<Queue, State>& queues) {
  if (text == kClearing || text == kCleared) clearing_ = text == kClearing;
  if (text.size() < 3 || text[1] != ' ') return;
  const auto state = static_cast<State>(text[0]);
  text.remove_prefix(2);
  const auto space = text.find(' ');
  const auto topic = api::TopicName::parse(text.substr(0, space));
  if (!topic) return;
  if (space == std::string_view::npos) {
    const auto its = [&](const auto& queue) { return queue.first.first == topic->str(); };
    if (state == State::gone) {
      std::erase_if(queues, its);
      std::erase_if(ends_, its);
    }
    return;
  }
  text.remove_prefix(space + 1);
  const auto second_space = text.find(' ');
  const auto id = parse<std::int32_t>(text.substr(0, second_space));
  if (!id) return;
  const Queue queue(topic->str(), api::QueueId{*id});
  if (second_space != std::string_view::npos) {
    const auto end = parse<std::int64_t>(text.substr(second_space + 1));
    if (static_cast<char>(state) == kEnd && end) ends_[queue] = *end;
    return;
  }
  ends_.erase(queue);
  if (state == State::gone) {
    queues.erase(queue);
  } else if (state == State::whole || state == State::incomplete) {
    queues[queue] = state;
  }
}

IoResult<std::map<QueueManifest::Queue, QueueManifest::State>> QueueManifest::read() {
  std::map<Queue, State> queues;
  auto there = disk_.exists(path_);
  if (!there) return there.error();
  if (!*there) return queues;
  auto file = disk_.open(path_, FileSystem::Open::read);
  if (!file) return file.error();
  auto size = (*file)->size();
  if (!size) return size.error();
  std::string text(static_cast<std::size_t>(*size), '\0');
  auto got = (*file)->read(0, text);
  if (!got) return got.error();
  text.resize(*got);
  more_behind_ = !text.empty();
  if (!text.starts_with(kFirstLine)) return queues;

  std::string_view rest = std::string_view(text).substr(kFirstLine.size());
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    apply(rest.substr(0, end), queues);
    rest.remove_prefix(end + 1);
    ++lines_;
  }
  end_ = static_cast<std::int64_t>(text.size() - rest.size());
  more_behind_ = !rest.empty();
  return queues;
}

IoResult<void> QueueManifest::add(std::span<const Queue> queues, State state) {
  std::string lines;
  for (const Queue& queue : queues) lines += line(state, queue);
  return append(std::move(lines));
}

IoResult<void> QueueManifest::forget_topic(std::string_view topic) {
  return append("- " + std::string(topic) + "\n");
}

IoResult<void> QueueManifest::add_ends(const Ends& ends) {
  std::string lines;
  for (const auto& [queue, end] : ends) lines += end_line(queue, end);
  return append(std::move(lines));
}

IoResult<void> QueueManifest::begin_clearing() {
  if (clearing_) return {};
  auto noted = append(std::string(kClearing) + "\n");
  if (noted) clearing_ = true;
  return noted;
}

IoResult<void> QueueManifest::end_clearing() {
  if (!clearing_) return {};
  auto noted = append(std::string(kCleared) + "\n");
  if (noted) clearing_ = false;
  return noted;
}

IoResult<void> QueueManifest::shorten(const std::map<Queue, State>& queues) {
  if (lines_ < kLinesWorthAThought || lines_ < 2 * static_cast<std::int64_t>(queues.size() + ends_.size()))
    return {};
  std::string text(kFirstLine);
  for (const auto& [queue, state] : queues) text += line(state, queue);
  for (const auto& [queue, end] : ends_) text += end_line(queue, end);
  if (clearing_) text += std::string(kClearing) + "\n";
  auto beside = path_;
  beside += ".new";
  if (!write_beside(beside, text)) {
    // The long one says the same.
    static_cast<void>(disk_.remove(beside));
    return {};
  }
  IoResult<void> done = disk_.rename(beside, path_);
  if (done) done = disk_.sync_directory(path_.parent_path());
  if (!done) {
    sync_failed_ = done.error();  // nobody knows which of them the next lines would get into
    return done;
  }
  end_ = static_cast<std::int64_t>(text.size());
  lines_ = std::ranges::count(text, '\n') - 1;
  more_behind_ = false;
  return {};
}

IoResult<void> QueueManifest::write_beside(const std::filesystem::path& path, std::string_view text) const {
  auto file = disk_.open(path, FileSystem::Open::create);
  if (!file) return file.error();
  IoResult<void> done = (*file)->resize(0);
  if (done) done = (*file)->write(0, text);
  if (done) done = (*file)->sync();
  return done;
}

IoResult<void> QueueManifest::append(std::string lines) {
  if (sync_failed_) return *sync_failed_;
  if (lines.empty()) return {};
  const bool from_the_start = end_ == 0;
  auto file = disk_.open(path_, FileSystem::Open::create);
  if (!file) return file.error();
  // What is behind would go on after the new lines, beginning in the middle of one.
  IoResult<void> done;
  if (more_behind_) done = (*file)->resize(end_);
  more_behind_ = true;
  const auto count = static_cast<std::int64_t>(std::ranges::count(lines, '\n'));
  if (from_the_start) lines.insert(0, kFirstLine);
  if (done) done = (*file)->write(end_, lines);
  if (!done) return done.error();
  done = (*file)->sync();
  if (done && from_the_start) done = disk_.sync_directory(path_.parent_path());
  if (!done) {
    sync_failed_ = done.error();
    return *sync_failed_;
  }
  more_behind_ = false;
  end_ += static_cast<std::int64_t>(lines.size());
  lines_ += count;
  return {};
}

}  // namespace gantry::store
