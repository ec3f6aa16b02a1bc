#include "kernel/offset_table.h"

#include "remoting/quoted.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

namespace gantry::kernel {

namespace {

// The entry that holds the generation of the whole table, as text.
constexpr std::string_view kGenerationKey;

std::optional<std::uint64_t> read_generation(std::string_view text) {
  std::uint64_t generation = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), generation);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return generation;
}

void raise(std::atomic<std::uint64_t>& number, std::uint64_t to) {
  std::uint64_t seen = number.load();
  while (seen < to && !number.compare_exchange_weak(seen, to)) {
  }
}

}  // namespace

// What one job writes: the bytes of all keys and values behind one another.
struct OffsetTable::Written {
  struct Item {
    std::size_t key_at;
    std::size_t value_at;
    std::size_t end;
    bool taken_out;
  };

  std::string_view key(const Item& item) const {
    return std::string_view(bytes).substr(item.key_at, item.value_at - item.key_at);
  }
  std::string_view value(const Item& item) const {
    return std::string_view(bytes).substr(item.value_at, item.end - item.value_at);
  }

  std::string bytes;
  std::vector<Item> items;
  std::uint64_t generation = 0;
  api::TableVersion version;
};

const OffsetTable::Row* OffsetTable::find(const Share& share, std::string_view group,
                                          std::string_view topic) {
  const auto topics = share.groups.find(group);
  if (topics == share.groups.end()) return nullptr;
  const auto row = topics->second.find(topic);
  return row == topics->second.end() ? nullptr : &row->second;
}

OffsetTable::Row& OffsetTable::row_of(Share& share, std::string_view group, std::string_view topic) const {
  auto topics = share.groups.find(group);
  if (topics == share.groups.end()) topics = share.groups.try_emplace(std::string(group)).first;
  auto row = topics->second.find(topic);
  if (row == topics->second.end()) {
    row = topics->second.try_emplace(std::string(topic)).first;
    row->second.offsets.generation = generation_.load();
  }
  return row->second;
}

void OffsetTable::count_change(Share& share) const {
  ++share.changes;
  share.changed_at = std::max(share.changed_at, date_ms(clock_));
  share.dirty = true;
}

std::optional<api::QueueOffset> OffsetTable::committed(std::string_view group, std::string_view topic,
                                                       api::QueueId queue) const {
  const Share& share = share_of(group);
  const std::lock_guard lock(share.mutex);
  const Row* const row = find(share, group, topic);
  const std::int64_t* const offset = row == nullptr ? nullptr : row->offsets.find(number(queue));
  if (offset == nullptr) return std::nullopt;
  return api::QueueOffset{*offset};
}

std::map<api::QueueId, api::QueueOffset> OffsetTable::committed(std::string_view group,
                                                                std::string_view topic) const {
  const Share& share = share_of(group);
  const std::lock_guard lock(share.mutex);
  std::map<api::QueueId, api::QueueOffset> all;
  if (const Row* const row = find(share, group, topic))
    for (const auto& [queue, offset] : row->offsets.queues)
      all.emplace_hint(all.end(), api::QueueId{queue}, api::QueueOffset{offset});
  return all;
}

bool OffsetTable::commit(const api::GroupName& group, const api::TopicName& topic, api::QueueId queue,
                         api::QueueOffset next) {
  if (number(queue) < 0 || next.value < 0) return false;
  Share& share = share_of(group);
  const std::lock_guard lock(share.mutex);
  Row& row = row_of(share, group, topic);
  const auto moved = row.offsets.advance(number(queue), next.value);
  if (moved != OffsetRow::Moved::forward) return moved == OffsetRow::Moved::nowhere;
  row.changed = true;
  count_change(share);
  return true;
}

void OffsetTable::reset(const api::GroupName& group, const api::TopicName& topic, api::QueueId queue,
                        api::QueueOffset next) {
  if (number(queue) < 0 || next.value < 0) return;
  {
    Share& share = share_of(group);
    const std::lock_guard lock(share.mutex);
    Row& row = row_of(share, group, topic);
    row.offsets.generation = ++generation_;
    row.offsets.set(number(queue), next.value);
    row.changed = true;
    count_change(share);
  }
  if (writer_ != nullptr) writer_->hurry();
}

std::vector<api::GroupName> OffsetTable::groups() const {
  std::vector<api::GroupName> names;
  for (const Share& share : shares_) {
    const std::lock_guard lock(share.mutex);
    for (const auto& [group, topics] : share.groups) names.push_back(api::GroupName::parse(group).value());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<api::TopicName> OffsetTable::topics_of(std::string_view group) const {
  const Share& share = share_of(group);
  const std::lock_guard lock(share.mutex);
  std::vector<api::TopicName> names;
  if (const auto topics = share.groups.find(group); topics != share.groups.end())
    for (const auto& [topic, row] : topics->second) names.push_back(api::TopicName::parse(topic).value());
  return names;
}

std::vector<api::GroupName> OffsetTable::groups_of(std::string_view topic) const {
  std::vector<api::GroupName> names;
  for (const Share& share : shares_) {
    const std::lock_guard lock(share.mutex);
    for (const auto& [group, topics] : share.groups)
      if (topics.contains(topic)) names.push_back(api::GroupName::parse(group).value());
  }
  std::ranges::sort(names);
  return names;
}

void OffsetTable::forget(Share& share, std::string_view group, std::string_view topic) {
  const auto topics = share.groups.find(group);
  if (topics == share.groups.end()) return;
  const auto row = topics->second.find(topic);
  if (row == topics->second.end()) return;
  topics->second.erase(row);
  if (topics->second.empty()) share.groups.erase(topics);
}

void OffsetTable::forget_group(std::string_view group) {
  {
    Share& share = share_of(group);
    const std::lock_guard lock(share.mutex);
    const auto topics = share.groups.find(group);
    if (topics == share.groups.end()) return;
    ++generation_;
    for (const auto& [topic, row] : topics->second) share.taken_out.insert(offset_key(group, topic));
    share.groups.erase(topics);
    count_change(share);
  }
  if (writer_ != nullptr) writer_->hurry();
}

void OffsetTable::forget_topic(std::string_view topic) {
  ++generation_;
  for (Share& share : shares_) {
    const std::lock_guard lock(share.mutex);
    bool changed = false;
    for (auto topics = share.groups.begin(); topics != share.groups.end();) {
      if (const auto row = topics->second.find(topic); row != topics->second.end()) {
        share.taken_out.insert(offset_key(topics->first, topic));
        topics->second.erase(row);
        changed = true;
      }
      topics = topics->second.empty() ? share.groups.erase(topics) : std::next(topics);
    }
    if (changed) count_change(share);
  }
  if (writer_ != nullptr) writer_->hurry();
}

api::TableVersion OffsetTable::version() const {
  api::TableVersion version{.changed_at = base_changed_at_, .counter = base_counter_};
  for (const Share& share : shares_) {
    const std::lock_guard lock(share.mutex);
    version.counter += share.changes;
    version.changed_at = std::max(version.changed_at, share.changed_at);
  }
  return version;
}

void OffsetTable::set_version(api::TableVersion version) {
  for (Share& share : shares_) {
    const std::lock_guard lock(share.mutex);
    share.changes = 0;
    share.changed_at = 0;
  }
  base_counter_ = version.counter;
  base_changed_at_ = version.changed_at;
}

void OffsetTable::for_each(const Each& each) const {
  for (const Share& share : shares_) {
    const std::lock_guard lock(share.mutex);
    for (const auto& [group, topics] : share.groups)
      for (const auto& [topic, row] : topics) each(group, topic, row.offsets);
  }
}

Result<void> OffsetTable::check(std::string_view key, const std::optional<std::string>& value) const {
  if (key == kGenerationKey) {
    if (value && !read_generation(*value))
      return api::Refusal{.text = remoting::quoted(*value) + " is no generation of offsets"};
    return {};
  }
  if (const auto split = split_offset_key(key); !split) return split.error();
  if (!value) return {};
  if (const auto row = read_offset_row(key, *value); !row) return row.error();
  return {};
}

std::string OffsetTable::merged(std::string_view key, const std::string& value) const {
  if (key == kGenerationKey) {
    const std::uint64_t theirs = read_generation(value).value_or(0);
    return std::to_string(std::max(theirs, generation_.load()));
  }
  const OffsetKey at = split_offset_key(key).value();
  OffsetRow row = read_offset_row(key, value).value();
  {
    const Share& share = share_of(at.group);
    const std::lock_guard lock(share.mutex);
    if (const Row* const ours = find(share, at.group, at.topic)) row.merge(ours->offsets);
  }
  std::string text;
  append_offset_row(text, row);
  return text;
}

void OffsetTable::adopt_generation(std::string_view text) {
  const std::uint64_t generation = read_generation(text).value_or(0);
  raise(generation_, generation);
  raise(generation_written_, generation);
}

void OffsetTable::adopt(std::string_view key, const std::optional<std::string>& value) {
  if (key == kGenerationKey) return value ? adopt_generation(*value) : void();
  const OffsetKey at = split_offset_key(key).value();
  Share& share = share_of(at.group);
  if (!value) {
    const std::lock_guard lock(share.mutex);
    return forget(share, at.group, at.topic);
  }
  OffsetRow theirs = read_offset_row(key, *value).value();
  raise(generation_, theirs.generation);
  const std::lock_guard lock(share.mutex);
  const bool known = find(share, at.group, at.topic) != nullptr;
  Row& row = row_of(share, at.group, at.topic);
  if (!known) {
    row.offsets = std::move(theirs);
    return;
  }
  row.offsets.merge(theirs);
  row.changed = row.changed || row.offsets != theirs;
  share.dirty = share.dirty || row.changed;
}

void OffsetTable::collect(Share& share, Written& to) {
  const std::lock_guard lock(share.mutex);
  if (!std::exchange(share.dirty, false)) return;
  for (auto& [group, topics] : share.groups) {
    for (auto& [topic, row] : topics) {
      if (!std::exchange(row.changed, false)) continue;
      const std::size_t key_at = to.bytes.size();
      to.bytes.append(group).append("@").append(topic);
      const std::size_t value_at = to.bytes.size();
      append_offset_row(to.bytes, row.offsets);
      to.items.push_back({key_at, value_at, to.bytes.size(), false});
    }
  }
  for (const std::string& key : share.taken_out) {
    const OffsetKey at = split_offset_key(key).value();
    if (find(share, at.group, at.topic) != nullptr) continue;  // made anew since then
    const std::size_t key_at = to.bytes.size();
    to.bytes.append(key);
    to.items.push_back({key_at, to.bytes.size(), to.bytes.size(), true});
  }
  share.taken_out.clear();
}

std::optional<MetadataWriter::Job> OffsetTable::write_behind() {
  auto written = std::make_shared<Written>();
  for (Share& share : shares_) collect(share, *written);
  if (written->items.empty()) return std::nullopt;
  written->generation = generation_.load();
  written->version = version();
  return MetadataWriter::Job{
      .write = [this, written](EntryTable& entries) { return write(entries, *written); },
      .settle =
          [this, written](MetadataWriter::Job::Outcome outcome) {
            if (outcome == MetadataWriter::Job::Outcome::kept)
              raise(generation_written_, written->generation);
            else
              take_back(*written);
          },
      .done = api::Completion<void>([](const Result<void>&) {})};
}

Result<void> OffsetTable::write(EntryTable& entries, const Written& what) const {
  for (const Written::Item& item : what.items) {
    if (item.taken_out) {
      if (const auto removed = entries.remove(space::kOffsets, what.key(item)); !removed)
        return removed.error();
    } else if (auto put = entries.put(space::kOffsets, what.key(item), what.value(item)); !put) {
      return put;
    }
  }
  if (what.generation > generation_written_) {
    if (auto put = entries.put(space::kOffsets, kGenerationKey, std::to_string(what.generation)); !put)
      return put;
  }
  return entries.put(space::kVersions, space::kOffsets, encode_version(what.version));
}

void OffsetTable::take_back(const Written& what) {
  for (const Written::Item& item : what.items) {
    const OffsetKey at = split_offset_key(what.key(item)).value();
    Share& share = share_of(at.group);
    const std::lock_guard lock(share.mutex);
    const auto topics = share.groups.find(at.group);
    const auto row = topics == share.groups.end() ? Topics::iterator() : topics->second.find(at.topic);
    if (topics != share.groups.end() && row != topics->second.end())
      row->second.changed = true;
    else
      share.taken_out.emplace(what.key(item));
    share.dirty = true;
  }
}

}  // namespace gantry::kernel
