#include "plugins/store-mmap/queue_view.h"

#include "plugins/store-mmap/log_files.h"

#include <algorithm>
#include <span>
#include <utility>

namespace gantry::store {
namespace {

constexpr auto kSize = static_cast<std::int64_t>(QueueEntry::kSize);
constexpr std::int64_t kBlock = 4096 / kSize;

template <class Predicate>
IoResult<std::int64_t> first_not(std::int64_t from, std::int64_t to, Predicate holds) {
  while (from < to) {
    const std::int64_t middle = from + (to - from) / 2;
    auto held = holds(middle);
    if (!held) return held.error();
    (*held ? from : to) = *held ? middle + 1 : middle;
  }
  return from;
}

}  // namespace

IoResult<void> QueueView::list() {
  auto entries = disk_->list(directory_);
  if (!entries) return entries.error();
  std::vector<std::pair<std::int64_t, std::int64_t>> found;  // start and size
  for (const auto& entry : *entries) {
    const auto start = parse_log_file_name(entry.name);
    if (entry.directory || !start)
      strays_.push_back(entry.name);
    else
      found.emplace_back(*start, entry.size);
    bytes_ += entry.size;
  }
  if (found.empty()) return {};
  // A file of no length is one that a crash left while it was being made.
  const auto sized = std::ranges::find_if(found, [](const auto& one) { return one.second > 0; });
  const std::int64_t size = sized == found.end() ? 0 : sized->second;
  if (size == 0) return {};
  for (std::size_t i = 0; i < found.size() && contradiction_.empty(); ++i) {
    const auto& [start, length] = found[i];
    if (length != 0 && length != size)
      contradiction_ = log_file_name(start) + " is " + std::to_string(length) + " bytes long, and " +
                       log_file_name(sized->first) + " is " + std::to_string(size);
    else if (size % kSize != 0 || start % size != 0)
      contradiction_ = log_file_name(start) + " does not go by whole entries and files of " +
                       std::to_string(size) + " bytes";
    else if (i > 0 && start != found[i - 1].first + size)
      contradiction_ = log_file_name(found[i - 1].first + size) + " is missing";
  }
  if (!contradiction_.empty()) return {};
  file_size_ = size;
  first_file_ = found.front().first / size;
  files_ = static_cast<std::int64_t>(found.size());
  return {};
}

std::filesystem::path QueueView::file_of(std::int64_t number) const {
  return directory_ / log_file_name(number / per_file() * file_size_);
}

std::int64_t QueueView::place_of(std::int64_t number) const {
  return number % per_file() * kSize;
}

void QueueView::close() {
  file_.reset();
  file_number_ = -1;
  block_ = {};
  block_from_ = block_to_ = 0;
}

IoResult<void> QueueView::open_file_of(std::int64_t number) {
  if (file_ && file_number_ == number / per_file()) return {};
  auto opened = disk_->open(file_of(number), FileSystem::Open::read);
  if (!opened) return opened.error();
  file_ = std::move(*opened);
  file_number_ = number / per_file();
  return {};
}

IoResult<void> QueueView::load(std::int64_t number) {
  if (auto opened = open_file_of(number); !opened) return opened;
  const std::int64_t file_from = file_number_ * per_file();
  block_from_ = block_to_ = 0;
  const std::int64_t from = file_from + (number - file_from) / kBlock * kBlock;
  const std::int64_t to = std::min(from + kBlock, file_from + per_file());
  block_.assign(static_cast<std::size_t>((to - from) * kSize), '\0');
  if (auto read = file_->read((from - file_from) * kSize, block_); !read) return read.error();
  block_from_ = from;
  block_to_ = to;
  return {};
}

IoResult<QueueEntry> QueueView::entry(std::int64_t number) {
  if (number < begin() || number >= end()) return QueueEntry{};
  if (number < block_from_ || number >= block_to_) {
    if (auto loaded = load(number); !loaded) return loaded.error();
  }
  return QueueEntry::decode(block_.data() + (number - block_from_) * kSize);
}

IoResult<std::int64_t> QueueView::next_written(std::int64_t number) {
  for (number = std::max(number, begin()); number < end(); ++number) {
    auto here = entry(number);
    if (!here) return here.error();
    if (here->written()) return number;
    if (number + 1 < block_to_) continue;
    // The block is done with: what was never written need not be read.
    const std::int64_t file_from = file_number_ * per_file();
    auto data = file_->next_data((block_to_ - file_from) * kSize);
    if (!data) return data.error();
    number = std::max(number, std::min(file_from + *data / kSize, file_from + per_file()) - 1);
  }
  return end();
}

IoResult<QueueView::Range> QueueView::range() {
  Range range{begin(), begin()};
  if (files_ == 0) return range;
  auto first = first_not(begin(), begin() + per_file(), [this](std::int64_t number) -> IoResult<bool> {
    auto here = entry(number);
    if (!here) return here.error();
    return here->filler();
  });
  if (!first) return first.error();
  range = {*first, *first};
  for (std::int64_t file = first_file_ + files_ - 1; file >= first_file_; --file) {
    const std::int64_t from = std::max(file * per_file(), *first);
    auto begins = entry(from);
    if (!begins) return begins.error();
    if (!begins->written()) continue;
    auto end = first_not(from, (file + 1) * per_file(), [this](std::int64_t number) -> IoResult<bool> {
      auto here = entry(number);
      if (!here) return here.error();
      return here->written();
    });
    if (!end) return end.error();
    range.end = *end;
    break;
  }
  return range;
}

}  // namespace gantry::store
