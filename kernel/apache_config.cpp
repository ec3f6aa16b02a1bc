#include "kernel/apache_config.h"

#include "kernel/group_table.h"
#include "kernel/topic_table.h"
#include "remoting/bodies/offsets.h"
#include "remoting/bodies/subscription_group.h"
#include "remoting/bodies/topic_config.h"
#include "remoting/json_reader.h"

#include <limits>
#include <span>
#include <utility>

namespace gantry::kernel {

namespace {

namespace fs = std::filesystem;
using api::Refusal;
using remoting::ConsumerOffsetSerializeWrapper;
using remoting::DelayOffsetSerializeWrapper;
using remoting::SubscriptionGroupWrapper;
using remoting::TopicConfigSerializeWrapper;

// A big cluster has millions of offsets, and the file is the operator's own.
constexpr remoting::JsonLimits kLimits{.elements = 1'000'000'000};

constexpr std::array<std::string_view, 4> kTables{"topicConfigTable", "subscriptionGroupTable", "offsetTable",
                                                  "offsetTable"};

// A JSON text without its table is some other text: `{}` must not pass for no topics.
Result<void> check_table(ApacheFile file, std::string_view text) {
  const std::string_view table = kTables[static_cast<std::size_t>(file)];
  std::string spoilt(text);
  remoting::JsonReader in(spoilt);
  bool found = false;
  in.enter_object();
  for (std::string_view key; in.next_member(key);) {
    if (key == table) found = in.peek() == remoting::JsonKind::object;
    in.skip_value();
  }
  if (!in.finish()) return Refusal{.text = in.error().str()};
  if (!found) return Refusal{.text = "it has no " + std::string(table)};
  return {};
}

template <class Wrapper>
Result<Wrapper> parse(ApacheFile file, std::string_view text) {
  if (auto whole = check_table(file, text); !whole) return whole.error();
  Wrapper wrapper;
  std::string spoilt(text);
  if (const auto read = remoting::read_json(std::span<char>(spoilt), wrapper, kLimits); !read)
    return Refusal{.text = read.error().str()};
  return wrapper;
}

api::TableVersion version_of(const remoting::DataVersion& version) {
  return {.changed_at = version.timestamp, .counter = version.counter};
}
remoting::DataVersion version_to_wire(const api::TableVersion& version) {
  return {.counter = version.counter, .timestamp = version.changed_at};
}

Result<void> read_topics(std::string_view text, ApacheConfig& to) {
  auto file = parse<TopicConfigSerializeWrapper>(ApacheFile::topics, text);
  if (!file) return file.error();
  TopicConfigSerializeWrapper aside;
  for (auto& [name, config] : file->topic_config_table) {
    config.topic_name = name;
    if (auto topic = from_wire(config))
      to.topics.push_back(std::move(*topic));
    else
      aside.topic_config_table.emplace(name, config);
  }
  to.topics_version = version_of(file->data_version);
  if (!aside.topic_config_table.empty()) to.set_aside[ApacheFile::topics] = remoting::to_json(aside);
  return {};
}

Result<void> read_groups(std::string_view text, ApacheConfig& to) {
  auto file = parse<SubscriptionGroupWrapper>(ApacheFile::groups, text);
  if (!file) return file.error();
  SubscriptionGroupWrapper aside;
  for (auto& [name, config] : file->subscription_group_table) {
    config.group_name = name;
    if (auto group = from_wire(config))
      to.groups.push_back(std::move(*group));
    else
      aside.subscription_group_table.emplace(name, config);
  }
  to.groups_version = version_of(file->data_version);
  if (!aside.subscription_group_table.empty()) to.set_aside[ApacheFile::groups] = remoting::to_json(aside);
  return {};
}

void add_offset(ApacheConfig& to, const std::string& key, std::int32_t queue, std::int64_t offset) {
  if (offset >= 0) static_cast<void>(to.offsets[key].advance(queue, offset));
}

// "topic@group" as we write it; empty: it has no names that we could use.
std::string our_key(std::string_view apaches) {
  const std::size_t at = apaches.find('@');
  if (at == std::string_view::npos) return {};
  std::string key = offset_key(apaches.substr(at + 1), apaches.substr(0, at));
  return split_offset_key(key) ? key : std::string();
}

Result<void> read_offsets(std::string_view text, ApacheConfig& to) {
  const auto file = parse<ConsumerOffsetSerializeWrapper>(ApacheFile::offsets, text);
  if (!file) return file.error();
  ConsumerOffsetSerializeWrapper aside;
  for (const auto& [name, queues] : file->offset_table) {
    const std::string key = our_key(name);
    for (const auto& [queue, offset] : queues) {
      if (key.empty() || queue < 0)
        aside.offset_table[name].emplace(queue, offset);
      else
        add_offset(to, key, queue, offset);
    }
  }
  if (!aside.offset_table.empty()) to.set_aside[ApacheFile::offsets] = remoting::to_json(aside);
  return {};
}

Result<void> read_delays(std::string_view text, ApacheConfig& to) {
  const auto file = parse<DelayOffsetSerializeWrapper>(ApacheFile::delays, text);
  if (!file) return file.error();
  DelayOffsetSerializeWrapper aside;
  const std::string key = offset_key(kScheduleGroup, kScheduleTopic);
  for (const auto& [level, offset] : file->offset_table) {
    if (level < 1)
      aside.offset_table.emplace(level, offset);
    else
      add_offset(to, key, level - 1, offset);
  }
  if (!aside.offset_table.empty()) to.set_aside[ApacheFile::delays] = remoting::to_json(aside);
  return {};
}

// What was set aside of that file; it was written by us, and so can be read.
template <class Wrapper>
Wrapper set_aside(ApacheFile file, const ApacheConfig& from) {
  const auto found = from.set_aside.find(file);
  return found == from.set_aside.end() ? Wrapper() : parse<Wrapper>(file, found->second).value();
}

std::string topics_text(const ApacheConfig& from) {
  auto file = set_aside<TopicConfigSerializeWrapper>(ApacheFile::topics, from);
  file.data_version = version_to_wire(from.topics_version);
  for (const auto& topic : from.topics) file.topic_config_table[topic.name.str()] = to_wire(topic);
  return remoting::to_json(file);
}

std::string groups_text(const ApacheConfig& from) {
  auto file = set_aside<SubscriptionGroupWrapper>(ApacheFile::groups, from);
  file.data_version = version_to_wire(from.groups_version);
  for (const auto& group : from.groups) file.subscription_group_table[group.name.str()] = to_wire(group);
  return remoting::to_json(file);
}

// The highest queue has no level: nobody can have made it.
bool is_delay(std::string_view key, std::int32_t queue) {
  return key == offset_key(kScheduleGroup, kScheduleTopic) &&
         queue < std::numeric_limits<std::int32_t>::max();
}

std::string offsets_text(const ApacheConfig& from) {
  auto file = set_aside<ConsumerOffsetSerializeWrapper>(ApacheFile::offsets, from);
  for (const auto& [key, row] : from.offsets) {
    const OffsetKey at = split_offset_key(key).value();
    for (const auto& [queue, offset] : row.queues)
      if (!is_delay(key, queue))
        file.offset_table[std::string(at.topic) + "@" + std::string(at.group)][queue] = offset;
  }
  return remoting::to_json(file);
}

std::string delays_text(const ApacheConfig& from) {
  auto file = set_aside<DelayOffsetSerializeWrapper>(ApacheFile::delays, from);
  if (const auto row = from.offsets.find(offset_key(kScheduleGroup, kScheduleTopic));
      row != from.offsets.end())
    for (const auto& [queue, offset] : row->second.queues)
      if (is_delay(row->first, queue)) file.offset_table[queue + 1] = offset;
  return remoting::to_json(file);
}

// What one candidate, a file or its .bak, is worth.
struct Candidate {
  enum class State : std::uint8_t { missing, unusable, read } state;
  std::string why{};  // unusable
};

Candidate try_file(disk::Files& files, const fs::path& path, ApacheFile file, ApacheConfig& to) {
  const auto text = files.read(path);
  if (!text) return {Candidate::State::unusable, path.string() + ": " + text.error().message()};
  if (!*text) return {Candidate::State::missing, path.string() + " is not there"};
  if ((*text)->empty()) return {Candidate::State::unusable, path.string() + " is empty"};
  if (const auto read = read_apache_file(file, **text, to); !read)
    return {Candidate::State::unusable, path.string() + " is not whole: " + read.error().text};
  return {Candidate::State::read};
}

fs::path with_suffix(const fs::path& file, const char* suffix) {
  return fs::path(file.string() + suffix);
}

}  // namespace

Result<void> read_apache_file(ApacheFile file, std::string_view text, ApacheConfig& to) {
  switch (file) {
    case ApacheFile::topics:
      return read_topics(text, to);
    case ApacheFile::groups:
      return read_groups(text, to);
    case ApacheFile::offsets:
      return read_offsets(text, to);
    case ApacheFile::delays:
      return read_delays(text, to);
  }
  return {};
}

std::string apache_file_text(ApacheFile file, const ApacheConfig& from) {
  switch (file) {
    case ApacheFile::topics:
      return topics_text(from);
    case ApacheFile::groups:
      return groups_text(from);
    case ApacheFile::offsets:
      return offsets_text(from);
    case ApacheFile::delays:
      return delays_text(from);
  }
  return {};
}

Result<std::optional<ApacheImport>> import_apache_config(disk::Files& files, const fs::path& root) {
  ApacheImport import;
  for (const ApacheFile file : kAllApacheFiles) {
    const fs::path path = root / "config" / name_of(file);
    const Candidate first = try_file(files, path, file, import.config);
    if (first.state == Candidate::State::read) {
      import.read.emplace_back(name_of(file));
      continue;
    }
    const Candidate second = try_file(files, with_suffix(path, ".bak"), file, import.config);
    if (second.state == Candidate::State::read) {
      import.read.push_back(std::string(name_of(file)) + ".bak");
      import.fell_back.push_back(first.why);
    } else if (first.state != Candidate::State::missing || second.state != Candidate::State::missing) {
      return Refusal{.text =
                         "Apache's metadata cannot be taken over: " + first.why + "; " + second.why +
                         ". Put a whole " + path.string() +
                         " there, or move both away to begin without what they held; nothing was changed"};
    }
  }
  if (import.read.empty()) return std::optional<ApacheImport>();
  return std::optional(std::move(import));
}

Result<void> export_apache_config(disk::Files& files, const fs::path& root, const ApacheConfig& config) {
  const fs::path folder = root / "config";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Refusal{.text = "cannot make " + folder.string() + ": " + error.message()};
  for (const ApacheFile file : kAllApacheFiles) {
    const fs::path path = folder / name_of(file);
    const auto before = files.read(path);
    if (!before) return Refusal{.text = "cannot read " + path.string() + ": " + before.error().message()};
    if (*before) {
      if (auto kept = disk::replace_file(files, with_suffix(path, ".bak"), **before); !kept)
        return Refusal{.text = kept.error().text};
    }
    if (auto done = disk::replace_file(files, path, apache_file_text(file, config)); !done)
      return Refusal{.text = done.error().text};
  }
  return {};
}

}  // namespace gantry::kernel
