#include "kernel/metadata.h"

#include "kernel/apache_config.h"
#include "kernel/metadata_file.h"
#include "remoting/quoted.h"

#include <algorithm>
#include <map>
#include <utility>

namespace gantry::kernel {

namespace {

using api::Refusal;
using Outcome = MetadataWriter::Job::Outcome;

// From what is here to what the snapshot says.
std::vector<MetadataChange> changes_to(std::vector<MetadataChange> here, std::vector<MetadataChange> there) {
  std::map<std::pair<std::string, std::string>, std::optional<std::string>> left;
  for (auto& entry : here)
    left.emplace(std::pair(std::move(entry.space), std::move(entry.key)), std::move(entry.value));
  std::vector<MetadataChange> changes;
  for (auto& entry : there) {
    const auto found = left.find(std::pair(entry.space, entry.key));
    const bool same = found != left.end() && found->second == entry.value;
    if (found != left.end()) left.erase(found);
    if (!same) changes.push_back(std::move(entry));
  }
  for (auto& [at, value] : left) changes.push_back({at.first, at.second, std::nullopt});
  return changes;
}

}  // namespace

Result<std::unique_ptr<Metadata>> Metadata::open(const std::filesystem::path& data_dir,
                                                 const MetadataSetting& setting, const api::Clock& clock,
                                                 logging::Logger& log) {
  auto directory = disk::DataDirectory::open(data_dir, {.lock_file = "broker.lock", .what = "broker"});
  if (!directory) return Refusal{.text = directory.error().text};
  auto database = open_metadata_file(data_dir, log);
  if (!database) return database.error();
  std::unique_ptr<Metadata> metadata(new Metadata(std::move(*directory), std::move(*database), clock, log));
  if (auto loaded = metadata->load(); !loaded)
    return unusable_metadata(metadata_file(data_dir), loaded.error());
  metadata->start(setting);
  return metadata;
}

Metadata::Metadata(disk::DataDirectory directory, std::unique_ptr<Database> database, const api::Clock& clock,
                   logging::Logger& log)
    : directory_(std::move(directory)),
      clock_(clock),
      log_(log),
      database_(std::move(database)),
      entries_(*database_),
      readers_(database_->file()),
      topics_(clock, log),
      groups_(clock),
      offsets_(clock) {
}

Result<void> Metadata::load() {
  if (auto loaded = entries_.load([this](const MetadataChange& entry) { return take(entry); }); !loaded)
    return loaded;
  topics_.objects().set_version(entries_.version(space::kTopics));
  groups_.objects().set_version(entries_.version(space::kGroups));
  offsets_.set_version(entries_.version(space::kOffsets));
  followed_ = entries_.followed();
  return {};
}

Result<void> Metadata::take(const MetadataChange& entry) {
  if (auto checked = check(entry); !checked) return checked;
  adopt({entry});
  return {};
}

void Metadata::start(const MetadataSetting& setting) {
  writer_ = std::make_unique<MetadataWriter>(
      entries_,
      MetadataWriter::Setting{.interval = setting.offsets_interval, .tombstones_kept = setting.removals_kept},
      [this] { return offsets_.write_behind(); }, clock_, log_);
  topics_.write_with(*writer_);
  groups_.write_with(*writer_);
  offsets_.write_with(*writer_);
}

std::unique_ptr<api::KeyValues> Metadata::key_values(std::string_view plugin) {
  return std::make_unique<KeyValueSpace>(plugin, readers_, *writer_, clock_);
}

Result<std::optional<MetadataChanges>> Metadata::changes_after(FeedPosition position, std::size_t limit) {
  return readers_.with([&](EntryReader& entries) { return entries.changes_after(position, limit); });
}

Result<MetadataSnapshot> Metadata::snapshot() {
  return readers_.with([](EntryReader& entries) { return entries.snapshot(); });
}

FeedPosition Metadata::followed() const {
  const std::lock_guard lock(mutex_);
  return followed_;
}

void Metadata::apply(MetadataChanges changes, api::Completion<void> done) {
  const auto reached = changes.reached;
  post_apply(
      [changes = std::move(changes)](EntryTable& entries) -> Result<std::vector<MetadataChange>> {
        if (entries.followed() != changes.after)
          return Refusal{.text = "the changes of the metadata begin at revision " +
                                 std::to_string(changes.after.revision) +
                                 " of another broker's, this replica is at " +
                                 std::to_string(entries.followed().revision) +
                                 ": ask for the changes after that, or for a snapshot"};
        return changes.changes;
      },
      reached, std::move(done));
}

void Metadata::apply(MetadataSnapshot snapshot, api::Completion<void> done) {
  const auto reached = snapshot.at;
  post_apply(
      [there = std::move(snapshot.entries)](EntryTable& entries) -> Result<std::vector<MetadataChange>> {
        auto here = entries.all();
        if (!here) return here.error();
        return changes_to(std::move(*here), there);
      },
      reached, std::move(done));
}

void Metadata::post_apply(std::function<Result<std::vector<MetadataChange>>(EntryTable&)> changes,
                          FeedPosition reached, api::Completion<void> done) {
  auto applied = std::make_shared<std::vector<MetadataChange>>();
  writer_->post(
      {.write = [this, applied, reached, changes = std::move(changes)](EntryTable& entries) -> Result<void> {
         auto found = changes(entries);
         if (!found) return found.error();
         *applied = std::move(*found);
         for (const MetadataChange& change : *applied) {
           if (auto checked = check(change); !checked) return checked;
           if (auto written = write(entries, change); !written) return written;
         }
         return entries.set_followed(reached);
       },
       .settle =
           [this, applied, reached](Outcome outcome) {
             if (outcome != Outcome::kept) return;
             adopt(*applied);
             const std::lock_guard lock(mutex_);
             followed_ = reached;
           },
       .done = std::move(done)});
}

Result<void> Metadata::check(const MetadataChange& change) const {
  if (change.space == space::kOffsets) return offsets_.check(change.key, change.value);
  if (!change.value) return {};
  if (change.space == space::kTopics) {
    if (auto topic = TopicTable::Objects::decode(change.key, *change.value); !topic) return topic.error();
  } else if (change.space == space::kGroups) {
    if (auto group = GroupTable::Objects::decode(change.key, *change.value); !group) return group.error();
  } else if (change.space == space::kVersions && !decode_version(*change.value)) {
    return Refusal{.text = remoting::quoted(*change.value) + " is no version of a table"};
  }
  return {};
}

Result<void> Metadata::write(EntryTable& entries, const MetadataChange& change) const {
  if (!change.value) {
    if (const auto removed = entries.remove(change.space, change.key); !removed) return removed.error();
    return {};
  }
  if (change.space == space::kOffsets)
    return entries.put(change.space, change.key, offsets_.merged(change.key, *change.value));
  return entries.put(change.space, change.key, *change.value);
}

// What has passed check().
void Metadata::adopt(const std::vector<MetadataChange>& changes) {
  bool topics_changed = false;
  for (const MetadataChange& change : changes) {
    if (change.space == space::kOffsets) {
      offsets_.adopt(change.key, change.value);
    } else if (change.space == space::kTopics) {
      topics_.objects().set(change.key, change.value
                                            ? TopicTable::Objects::decode(change.key, *change.value).value()
                                            : nullptr);
      topics_changed = true;
    } else if (change.space == space::kGroups) {
      groups_.objects().set(change.key, change.value
                                            ? GroupTable::Objects::decode(change.key, *change.value).value()
                                            : nullptr);
    } else if (change.space == space::kVersions) {
      const auto version =
          change.value ? decode_version(*change.value).value_or(api::TableVersion()) : api::TableVersion();
      if (change.key == space::kTopics) topics_.objects().set_version(version);
      if (change.key == space::kGroups) groups_.objects().set_version(version);
      if (change.key == space::kOffsets) offsets_.set_version(version);
    }
  }
  if (topics_changed) topics_.tell();
}

Result<void> Metadata::export_apache(const std::filesystem::path& root) {
  ApacheConfig config;
  for (const auto& topic : topics_.all()) config.topics.push_back(*topic);
  config.topics_version = topics_.version();
  for (const auto& group : groups_.all()) config.groups.push_back(*group);
  config.groups_version = groups_.version();
  offsets_.for_each([&](std::string_view group, std::string_view topic, const OffsetRow& row) {
    config.offsets.emplace(offset_key(group, topic), row);
  });
  for (const ApacheFile file : kAllApacheFiles) {
    auto aside =
        readers_.with([&](EntryReader& entries) { return entries.get(space::kSetAside, name_of(file)); });
    if (!aside) return aside.error();
    if (*aside) config.set_aside.emplace(file, std::move(**aside));
  }
  disk::PosixFiles files;
  auto exported = export_apache_config(files, root, config);
  if (exported)
    log_.info("metadata exported in Apache's form", {{"directory", (root / "config").string()},
                                                     {"topics", config.topics.size()},
                                                     {"groups", config.groups.size()},
                                                     {"offset_rows", config.offsets.size()}});
  return exported;
}

void Metadata::close() {
  if (writer_) writer_->close();
}

}  // namespace gantry::kernel
