// The broker's metadata: topics, groups, offsets, and a key-value space for each plugin, in one database,
// <data_dir>/metadata.db. docs/decisions/0007-metadata-in-one-table.md says why it is as it is.
//
// What is told as done is on disk, but for offsets, which are written behind: a crash costs at most one
// interval of them, and nothing else. A change that cannot be written is refused with the reason, and what is
// in memory stays as it was; the next one is tried anew, so a disk that has space again needs no restart.
//
// Thread: any, unless a call says otherwise. Nothing but open(), export_apache(), the feed and close() waits
// for the disk, nor does anything told through a Completion come on the caller's thread before close().
#pragma once

#include "disk/data_directory.h"
#include "disk/files.h"
#include "kernel/api/clock.h"
#include "kernel/api/key_values.h"
#include "kernel/database.h"
#include "kernel/entry_table.h"
#include "kernel/group_table.h"
#include "kernel/key_value_space.h"
#include "kernel/metadata_feed.h"
#include "kernel/metadata_writer.h"
#include "kernel/offset_table.h"
#include "kernel/topic_table.h"
#include "logging/logger.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace gantry::kernel {

struct MetadataSetting {
  std::chrono::milliseconds offsets_interval{5000};  // between two writings of offsets: what a crash may cost
  // How many entries that were taken out the feed remembers; a replica that has missed more begins with a
  // snapshot.
  std::size_t removals_kept = 10'000;
};

class Metadata {
 public:
  // Holds the directory, reads everything, and takes Apache's files over where there is no database yet.
  // Refused, with a sentence for the operator: another broker holds the directory; the database is damaged;
  // Apache's files are torn. The clock and the logger outlive it.
  static Result<std::unique_ptr<Metadata>> open(const std::filesystem::path& data_dir,
                                                const MetadataSetting& setting, const api::Clock& clock,
                                                logging::Logger& log);
  Metadata(const Metadata&) = delete;
  ~Metadata() { close(); }

  api::Topics& topics() { return topics_; }
  api::Groups& groups() { return groups_; }
  OffsetTable& offsets() { return offsets_; }
  // The same space for the same name, also after a restart. It must not outlive the metadata.
  std::unique_ptr<api::KeyValues> key_values(std::string_view plugin);

  // Writes the offsets that have changed now; `done` once they, and all that was changed before, are on disk.
  void flush_offsets(api::Completion<void> done) { writer_->hurry(std::move(done)); }

  // The source's side of replication (kernel/metadata_feed.h). `told` runs on the writer's thread after every
  // change that has become durable.
  Result<std::optional<MetadataChanges>> changes_after(FeedPosition position, std::size_t limit);
  Result<MetadataSnapshot> snapshot();
  [[nodiscard]] std::shared_ptr<void> watch(std::function<void()> told) {
    return writer_->watch(std::move(told));
  }

  // The replica's side: all of it is applied, or none. Refused: the changes do not begin where this replica
  // is, or hold what no entry can be. Offsets are merged: they go back by a reset at the source only.
  void apply(MetadataChanges changes, api::Completion<void> done);
  void apply(MetadataSnapshot snapshot, api::Completion<void> done);
  // Where it is; {} before the first snapshot.
  FeedPosition followed() const;

  // Writes <root>/config/*.json as Apache's broker does, with what is true now.
  Result<void> export_apache(const std::filesystem::path& root);

  // Writes the offsets and ends the writing; what is changed afterwards is refused. Waits. Not from the
  // writer's thread.
  void close();

 private:
  Metadata(disk::DataDirectory directory, std::unique_ptr<Database> database, const api::Clock& clock,
           logging::Logger& log);

  Result<void> load();
  Result<void> take(const MetadataChange& entry);
  void start(const MetadataSetting& setting);
  void post_apply(std::function<Result<std::vector<MetadataChange>>(EntryTable&)> changes,
                  FeedPosition reached, api::Completion<void> done);
  Result<void> check(const MetadataChange& change) const;
  Result<void> write(EntryTable& entries, const MetadataChange& change) const;
  void adopt(const std::vector<MetadataChange>& changes);

  disk::DataDirectory directory_;
  const api::Clock& clock_;
  logging::Logger& log_;
  std::unique_ptr<Database> database_;
  EntryTable entries_;  // the writer's, once it runs
  EntryReaders readers_;
  TopicTable topics_;
  GroupTable groups_;
  OffsetTable offsets_;
  mutable std::mutex mutex_;
  FeedPosition followed_;                   // guarded by mutex_
  std::unique_ptr<MetadataWriter> writer_;  // last: it uses all of the above
};

}  // namespace gantry::kernel
