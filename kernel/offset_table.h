// api::Offsets: in memory, behind a lock for each share of the groups; written behind by the metadata writer.
// Only rows that have changed since the last time are written, in one transaction.
//
// What an operator wishes (reset, forget) is written at once.
//
// Thread: any for api::Offsets. The rest is for the writer's thread, and for the start before there is one.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/offsets.h"
#include "kernel/entry_table.h"
#include "kernel/metadata_writer.h"
#include "kernel/offset_row.h"

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace gantry::kernel {

class OffsetTable final : public api::Offsets {
 public:
  explicit OffsetTable(const api::Clock& clock) : clock_(clock) {}
  // Before the first change.
  void write_with(MetadataWriter& writer) { writer_ = &writer; }

  std::optional<api::QueueOffset> committed(std::string_view group, std::string_view topic,
                                            api::QueueId queue) const override;
  std::map<api::QueueId, api::QueueOffset> committed(std::string_view group,
                                                     std::string_view topic) const override;
  // False also for a queue or an offset below 0: there is none.
  bool commit(const api::GroupName& group, const api::TopicName& topic, api::QueueId queue,
              api::QueueOffset next) override;
  void reset(const api::GroupName& group, const api::TopicName& topic, api::QueueId queue,
             api::QueueOffset next) override;
  std::vector<api::GroupName> groups() const override;
  std::vector<api::TopicName> topics_of(std::string_view group) const override;
  std::vector<api::GroupName> groups_of(std::string_view topic) const override;
  void forget_group(std::string_view group) override;
  void forget_topic(std::string_view topic) override;
  api::TableVersion version() const override;

  // All rows, for an export: by group and topic.
  using Each = std::function<void(std::string_view group, std::string_view topic, const OffsetRow& row)>;
  void for_each(const Each& each) const;

  // An entry as it was read from disk, or comes from the broker that is followed; nullopt: taken out there.
  // Merged with what is here: an offset goes back by a reset only. Refused: it is no row of offsets.
  Result<void> check(std::string_view key, const std::optional<std::string>& value) const;
  std::string merged(std::string_view key,
                     const std::string& value) const;  // what adopt() will have made of it
  void adopt(std::string_view key, const std::optional<std::string>& value);
  void set_version(api::TableVersion version);

  // The job of what has changed since the last one; nullopt: nothing has.
  std::optional<MetadataWriter::Job> write_behind();

 private:
  struct Row {
    OffsetRow offsets;
    bool changed = false;  // since it was last written
  };
  using Topics = std::map<std::string, Row, std::less<>>;
  struct Share {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Topics, api::NameHash, api::NameEqual> groups;
    std::set<std::string> taken_out;  // keys of rows that are gone here and still on disk
    std::int64_t changes = 0;         // for the version
    std::int64_t changed_at = 0;
    bool dirty = false;  // some row has changed, or is gone
  };
  struct Written;

  Share& share_of(std::string_view group) const { return shares_[api::NameHash{}(group) % shares_.size()]; }
  void count_change(Share& share) const;
  Row& row_of(Share& share, std::string_view group, std::string_view topic) const;
  static const Row* find(const Share& share, std::string_view group, std::string_view topic);
  void adopt_generation(std::string_view text);
  static void forget(Share& share, std::string_view group, std::string_view topic);
  static void collect(Share& share, Written& to);
  Result<void> write(EntryTable& entries, const Written& what) const;
  void take_back(const Written& what);

  const api::Clock& clock_;
  MetadataWriter* writer_ = nullptr;
  mutable std::array<Share, 64> shares_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::uint64_t> generation_written_{0};
  std::atomic<std::int64_t> base_counter_{0};
  std::atomic<std::int64_t> base_changed_at_{0};
};

}  // namespace gantry::kernel
