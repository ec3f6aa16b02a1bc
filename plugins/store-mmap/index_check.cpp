#include "plugins/store-mmap/index_check.h"

#include "plugins/store-mmap/message_keys.h"
#include "remoting/byte_order.h"

#include <algorithm>
#include <cerrno>
#include <span>

namespace gantry::store {
namespace {

using Weight = api::StoreFinding::Weight;

constexpr std::int32_t kBlock = 8192;  // entries
constexpr std::size_t kSlotsAtOnce = 65536;

}  // namespace

IoResult<void> IndexCheck::begin() {
  auto entries = disk_.list(settings_.directory);
  if (!entries) return entries.error();
  bool has_named = false;
  std::string newer;  // than the checkpoint
  for (const auto& entry : *entries) {
    if (entry.directory || !is_index_file_name(entry.name)) continue;
    has_named = has_named || named(entry.name);
    if (settings_.position && entry.name > settings_.position->file) {
      if (newer.empty()) newer = entry.name;
      continue;
    }
    if (!complete_) continue;  // it goes with the one before it
    Listed listed{.name = entry.name};
    auto why = judge(entry, listed);
    if (!why && why.error().number != EIO) return why.error();
    const std::string text = why ? *why : why.error().text;
    if (text.empty()) {
      files_.push_back(std::move(listed));
    } else {
      leave_out(entry.name, text);
      complete_ = false;
    }
  }
  if (!newer.empty()) leave_out(newer, "is of after the last checkpoint");
  if (settings_.position && !settings_.position->file.empty() && !has_named) {
    leave_out(settings_.position->file, "is missing");
    complete_ = false;
  }
  leave_out_apaches_last();
  decide_what_is_complete();
  return {};
}

// As a start does it. Empty: it may stay.
IoResult<std::string> IndexCheck::judge(const FileSystem::Entry& found, Listed& listed) const {
  const IndexGeometry& geometry = settings_.geometry;
  if (found.size != geometry.size())
    return "is " + std::to_string(found.size) + " bytes long, and index_slots and index_entries make it " +
           std::to_string(geometry.size());
  auto opened = disk_.open(settings_.directory / found.name, FileSystem::Open::read);
  if (!opened) return opened.error();
  const IndexFile file(std::move(*opened), found.name, geometry);
  auto header = file.read_header();
  if (!header) return header.error();
  listed.header = *header;
  listed.made_again = named(found.name) && !settings_.clean;
  listed.count = listed.made_again ? settings_.position->count : header->count;
  if (header->count > geometry.entries || header->begin.value < 0 || header->end < header->begin)
    return std::string("has a header that cannot be right");
  if (!files_.empty() && header->begin < files_.back().header.end)
    return "begins at " + std::to_string(header->begin.value) + " of the log, before the end of " +
           files_.back().name;
  if (named(found.name) && header->count < settings_.position->count)
    return "has " + std::to_string(header->count) + " entries, and the checkpoint says " +
           std::to_string(settings_.position->count);
  if (header->count == 1) return std::string("holds no keys");
  auto first = file.read_entry(1);
  if (!first) return first.error();
  if (first->at != header->begin) return std::string("has a first entry that is not what its header says");
  if (listed.made_again) return std::string();
  auto last = file.read_entry(header->count - 1);
  if (!last) return last.error();
  if (last->at != header->end) return std::string("has a last entry that is not what its header says");
  return std::string();
}

void IndexCheck::leave_out(const std::string& name, const std::string& why) const {
  settings_.found({.weight = Weight::mended,
                   .file = settings_.directory / name,
                   .what = why + "; the next start indexes its messages again, and those of newer files",
                   .affected = "look-ups by key until then"});
}

// Apache's broker makes a file durable only when it is full, and says nowhere how far the others were.
void IndexCheck::leave_out_apaches_last() {
  if (settings_.position || settings_.clean || files_.empty()) return;
  std::size_t whole = 0;
  while (whole + 1 < files_.size() && files_[whole].header.count == settings_.geometry.entries) ++whole;
  leave_out(files_[whole].name, "is one that Apache's broker had not filled when it was stopped");
  files_.resize(whole);
  complete_ = false;
}

void IndexCheck::decide_what_is_complete() {
  complete_to_ = settings_.log_first;
  if (!files_.empty()) complete_to_ = files_.back().header.end;
  if (complete_ && settings_.position) complete_to_ = settings_.position->log;
}

// Whether there is one to be looked at; goes on to the next file when one is done.
IoResult<bool> IndexCheck::at_an_entry() {
  while (file_ < files_.size()) {
    if (!open_) {
      if (auto opened = open_file(); !opened) return opened.error();
    }
    if (number_ < files_[file_].count) return true;
    if (auto closed = close_file(); !closed) return closed.error();
  }
  return false;
}

IoResult<void> IndexCheck::open_file() {
  auto opened = disk_.open(settings_.directory / files_[file_].name, FileSystem::Open::read);
  if (!opened) return opened.error();
  open_ = std::make_unique<IndexFile>(std::move(*opened), files_[file_].name, settings_.geometry);
  number_ = 1;
  block_from_ = block_to_ = 0;
  slots_.assign(static_cast<std::size_t>(settings_.geometry.slots), 0);
  return {};
}

IoResult<IndexEntry> IndexCheck::entry(std::int32_t number) {
  if (number < block_from_ || number >= block_to_) {
    block_from_ = number;
    block_to_ = std::min(number + kBlock, files_[file_].count);
    block_.resize(static_cast<std::size_t>(block_to_ - block_from_) * IndexEntry::kSize);
    if (auto read = open_->read_entries(block_from_, block_); !read) {
      block_to_ = block_from_;
      return read.error();
    }
  }
  return IndexEntry::decode(block_.data() +
                            static_cast<std::size_t>(number - block_from_) * IndexEntry::kSize);
}

IoResult<void> IndexCheck::message(api::LogOffset at, const remoting::MessageRecordView& record) {
  keys_.clear();
  for_each_key(record, [&](std::string_view key) { keys_.push_back(index_hash(record.topic(), key)); });
  has_entry_.assign(keys_.size(), false);
  for (;;) {
    auto more = at_an_entry();
    if (!more) return more.error();
    if (!*more) break;
    auto here = entry(number_);
    if (!here) return here.error();
    if (here->at > at) {
      auto wrong = points_too_far(*here, at);
      if (!wrong) return wrong.error();
      if (!*wrong) break;
    }
    bool its = false;
    for (std::size_t i = 0; here->at == at && i < keys_.size(); ++i) {
      if (keys_[i] != here->hash) continue;
      has_entry_[i] = true;
      its = true;
    }
    if (!its) take_without_message(*here, {at.value + 1});
    take(*here);
  }
  if (at < complete_to_ && std::ranges::find(has_entry_, false) != has_entry_.end()) note_unindexed(at);
  return {};
}

// Entries point further and further, so that one which is followed by a lower one is wrong itself.
IoResult<bool> IndexCheck::points_too_far(const IndexEntry& here, api::LogOffset at) {
  if (number_ + 1 >= files_[file_].count)
    return here.at > files_[file_].header.end && !files_[file_].made_again;
  auto after = entry(number_ + 1);
  if (!after) return after.error();
  return after->at <= at;
}

void IndexCheck::take(const IndexEntry& here) {
  ++entries_;
  if (here.hash >= 0) {
    std::int32_t& newest = slots_[static_cast<std::size_t>(here.hash % settings_.geometry.slots)];
    if (here.previous != newest && links_.count++ == 0)
      links_.first = here_is(files_[file_].made_again ? Weight::mended : Weight::damage,
                             "leads to entry " + std::to_string(here.previous) +
                                 ", and the one before it in its slot is " + std::to_string(newest),
                             "look-ups of older keys that share its slot");
    newest = number_;
  }
  ++number_;
}

void IndexCheck::take_without_message(const IndexEntry& here, api::LogOffset log_end) {
  if (here.at < settings_.log_first) return;  // expired
  const std::string place = "points to " + std::to_string(here.at.value) + " of the log, ";
  if (here.at >= log_end) {
    if (behind_end_.count++ > 0) return;
    behind_end_.first = here_is(Weight::mended, place + "behind its end; the next start removes it", "");
  } else if (messages_.count++ == 0) {
    messages_.first = here_is(Weight::damage, place + "where no message with that key can be read", "");
  }
}

// The slots, which only now are what they must be.
IoResult<void> IndexCheck::close_file() {
  const Listed& listed = files_[file_];
  std::int64_t wrong = 0;
  std::int64_t first_at = 0;
  std::vector<char> bytes(std::min(kSlotsAtOnce, slots_.size()) * IndexGeometry::kSlotSize);
  for (std::size_t slot = 0; !listed.made_again && slot < slots_.size(); slot += kSlotsAtOnce) {
    const std::size_t some = std::min(kSlotsAtOnce, slots_.size() - slot);
    const auto at = static_cast<std::int64_t>(IndexHeader::kSize + slot * IndexGeometry::kSlotSize);
    auto read = open_->file().read(at, std::span(bytes).first(some * IndexGeometry::kSlotSize));
    if (!read) return read.error();
    for (std::size_t i = 0; i < some; ++i) {
      const std::size_t place = i * IndexGeometry::kSlotSize;
      if (remoting::load_i32(bytes.data() + place) == slots_[slot + i]) continue;
      if (wrong++ == 0) first_at = at + static_cast<std::int64_t>(place);
    }
  }
  if (wrong > 0)
    settings_.found({.weight = Weight::damage,
                     .file = settings_.directory / listed.name,
                     .at = first_at,
                     .what = "has " + std::to_string(wrong) + " slots that do not lead to their newest entry",
                     .affected = "look-ups of keys that fall there"});
  tell(links_);
  tell(messages_);
  tell(behind_end_);
  open_.reset();
  ++file_;
  number_ = 1;
  return {};
}

void IndexCheck::note_unindexed(api::LogOffset at) {
  if (unindexed_.count > 0 && (unindexed_.entry != number_ || unindexed_.file != file_)) tell_unindexed();
  if (unindexed_.count++ == 0)
    unindexed_ = {.count = 1, .first = at, .last = at, .entry = number_, .file = file_};
  unindexed_.last = at;
}

void IndexCheck::tell_unindexed() {
  const Unindexed row = std::exchange(unindexed_, {});
  if (row.count == 0) return;
  const bool in_a_file = row.file < files_.size();
  settings_.found({.weight = Weight::damage,
                   .file = in_a_file ? settings_.directory / files_[row.file].name : settings_.directory,
                   .at = in_a_file ? settings_.geometry.entry_at(row.entry) : 0,
                   .what = "has no entry for keys of " + std::to_string(row.count) + " messages of the log",
                   .affected = "look-ups by key of the messages from " + std::to_string(row.first.value) +
                               " to " + std::to_string(row.last.value) + " of the log"});
}

IoResult<void> IndexCheck::end(api::LogOffset log_end) {
  tell_unindexed();
  for (;;) {
    auto more = at_an_entry();
    if (!more) return more.error();
    if (!*more) return {};
    auto here = entry(number_);
    if (!here) return here.error();
    take_without_message(*here, log_end);
    take(*here);
  }
}

// About the entry that is looked at.
api::StoreFinding IndexCheck::here_is(Weight weight, std::string what, std::string affected) const {
  return {.weight = weight,
          .file = settings_.directory / files_[file_].name,
          .at = settings_.geometry.entry_at(number_),
          .what = "entry " + std::to_string(number_) + " " + std::move(what),
          .affected = std::move(affected)};
}

void IndexCheck::tell(Wrong& wrong) {
  Wrong told = std::exchange(wrong, {});
  if (told.count == 0) return;
  if (told.count > 1) told.first.what += ", as do " + std::to_string(told.count - 1) + " others of this file";
  settings_.found(told.first);
}

}  // namespace gantry::store
