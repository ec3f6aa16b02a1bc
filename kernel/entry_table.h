// The metadata as it lies in its database: one table of entries for everything, so that one mechanism writes,
// checks, and replicates topics, groups, offsets and plugins' own spaces alike.
//
// An entry is a value under (space, key). Every change gets the next revision; what was taken out stays as an
// entry without a value, for replicas, until prune(). Each space has a version (api::TableVersion), which is
// an entry of the space "versions" itself.
//
// Each entry carries a checksum, because SQLite has none: a bit that flipped on the disk is an error here,
// never another offset.
//
// Thread: one at a time. Who reads beside the writer has a Database and an EntryReader of its own.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/table_version.h"
#include "kernel/database.h"
#include "kernel/metadata_feed.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace gantry::kernel {

namespace space {
inline constexpr std::string_view kTopics = "topics";
inline constexpr std::string_view kGroups = "groups";
inline constexpr std::string_view kOffsets = "offsets";
inline constexpr std::string_view kVersions = "versions";
inline constexpr std::string_view kSetAside = "set-aside";  // of Apache's files, what cannot be used
inline constexpr std::string_view kPlugin = "plugin/";      // and the plugin's name
}  // namespace space

inline std::int64_t date_ms(const api::Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.date().time_since_epoch()).count();
}

// "3 1700000000000": the counter and when it changed.
std::string encode_version(api::TableVersion version);
std::optional<api::TableVersion> decode_version(std::string_view text);

class EntryReader {
 public:
  explicit EntryReader(Database& database);

  Result<std::optional<std::string>> get(std::string_view space, std::string_view key);

  using Each = std::function<bool(std::string_view key, std::string_view value)>;
  // Keys that begin with `prefix`, in byte order, until `each` returns false. All of it is of one moment.
  Result<void> scan(std::string_view space, std::string_view prefix, const Each& each);

  // nullopt: no way leads from there; begin with a snapshot.
  Result<std::optional<MetadataChanges>> changes_after(FeedPosition position, std::size_t limit);
  Result<MetadataSnapshot> snapshot();

 private:
  struct State {
    std::int64_t history = 0;
    std::int64_t revision = 0;
    std::int64_t pruned_to = 0;
  };
  Result<State> state();
  Result<void> read_changes(MetadataChanges& to, std::size_t limit);

  Database& database_;
  Statement get_;
  Statement scan_;
  Statement changes_;
  Statement all_;
  Statement state_;
};

class EntryTable {
 public:
  // Writes an empty table into a new database.
  static Result<void> create(Database& database, std::int64_t history);

  explicit EntryTable(Database& database);

  // Reads everything once, each entry checked; `each` sees those that have a value. Before all other calls.
  using Each = std::function<Result<void>(const MetadataChange& entry)>;
  Result<void> load(const Each& each);

  Result<void> begin();
  Result<void> commit();
  void rollback();

  // Within a transaction, with what it has changed: those that have a value, by space and key.
  Result<std::vector<MetadataChange>> all();
  // Within a transaction. A failure leaves it open for rollback().
  enum class Effect : bool { none, changed };
  Result<void> put(std::string_view space, std::string_view key, std::string_view value);
  Result<Effect> remove(std::string_view space, std::string_view key);
  // The space has changed: counts its version on.
  Result<api::TableVersion> next_version(std::string_view space, std::int64_t date_ms);
  // Leaves the newest `kept` of those that were taken out.
  Result<void> prune(std::size_t kept);
  Result<void> set_followed(FeedPosition position);

  api::TableVersion version(std::string_view space) const;  // with what the transaction has changed
  FeedPosition followed() const { return now_.followed; }

 private:
  struct State {
    std::int64_t history = 0;
    std::int64_t pruned_to = 0;
    FeedPosition followed;
    std::int64_t revision = 0;    // of the last change
    std::int64_t tombstones = 0;  // entries without a value
  };
  using Versions = std::map<std::string, api::TableVersion, std::less<>>;

  Result<void> load_state();
  Result<void> write_state();
  Result<void> write(std::string_view space, std::string_view key, std::optional<std::string_view> value);
  enum class Found : std::uint8_t { nothing, tombstone, value };
  Result<Found> find(std::string_view space, std::string_view key);

  Database& database_;
  Statement write_;
  Statement find_;
  Statement prune_;
  Statement prune_to_;
  Statement write_state_;
  State committed_;
  State now_;  // with what the transaction has changed
  Versions versions_;
  Versions new_versions_;
};

}  // namespace gantry::kernel
