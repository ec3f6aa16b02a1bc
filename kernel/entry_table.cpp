#include "kernel/entry_table.h"

#include "remoting/crc32.h"
#include "remoting/quoted.h"

#include <charconv>
#include <utility>

namespace gantry::kernel {

namespace {

// 0x474e5452 is "GNTR": what `file metadata.db` shows, and how a database of somebody else's is told apart.
constexpr const char* kCreate = R"(
  PRAGMA journal_mode = WAL;
  BEGIN;
  PRAGMA application_id = 0x474e5452;
  PRAGMA user_version = 1;
  CREATE TABLE entries (
    space TEXT NOT NULL,
    key BLOB NOT NULL,
    revision INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    value BLOB,
    PRIMARY KEY (space, key)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX entries_by_revision ON entries (revision);
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    history INTEGER NOT NULL,
    pruned_to INTEGER NOT NULL,
    followed_history INTEGER NOT NULL,
    followed_revision INTEGER NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
)";
constexpr std::string_view kState =
    "SELECT history, pruned_to, followed_history, followed_revision, crc FROM state";
constexpr std::string_view kWriteState = "INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?)";

// What the checksum covers: all of an entry, with lengths, so that no byte can move from one part to another.
std::int64_t checksum(std::string_view space, std::string_view key, std::int64_t revision,
                      std::optional<std::string_view> value) {
  const std::uint64_t numbers[] = {static_cast<std::uint64_t>(revision),
                                   space.size(),
                                   remoting::crc32(space),
                                   key.size(),
                                   remoting::crc32(key),
                                   value ? value->size() + 1 : 0,
                                   value ? remoting::crc32(*value) : 0};
  return remoting::crc32({reinterpret_cast<const char*>(numbers), sizeof numbers});
}

std::int64_t checksum(std::int64_t history, std::int64_t pruned_to, FeedPosition followed) {
  const std::int64_t numbers[] = {history, pruned_to, followed.history, followed.revision};
  return remoting::crc32({reinterpret_cast<const char*>(numbers), sizeof numbers});
}

api::Refusal damaged(const Database& database, const std::string& what) {
  return {.text = database.file().string() + ": it is damaged (" + what + ")"};
}

api::Refusal damaged_entry(const Database& database, std::string_view space, std::string_view key) {
  return damaged(database, "the entry " + remoting::quoted(key) + " of " + remoting::quoted(space) +
                               " does not have its checksum");
}

// The columns of an entry, in this order in every SELECT.
struct Row {
  explicit Row(const Statement& at)
      : space(at.bytes(0)),
        key(at.bytes(1)),
        revision(at.number(2)),
        crc(at.number(3)),
        value(at.bytes_or_null(4)) {}
  bool is_whole() const { return checksum(space, key, revision, value) == crc; }
  MetadataChange change() const {
    return {std::string(space), std::string(key), value ? std::optional<std::string>(*value) : std::nullopt};
  }

  std::string_view space;
  std::string_view key;
  std::int64_t revision;
  std::int64_t crc;
  std::optional<std::string_view> value;
};

constexpr std::string_view kAllWithValue =
    "SELECT space, key, revision, crc, value FROM entries WHERE value IS NOT NULL ORDER BY space, key";

Result<void> append_rows(Database& database, Statement& rows, std::vector<MetadataChange>& to) {
  while (true) {
    const auto found = rows.step();
    if (!found) return found.error();
    if (*found == Statement::Row::none) return {};
    const Row row(rows);
    if (!row.is_whole()) {
      api::Refusal why = damaged_entry(database, row.space, row.key);
      rows.reset();
      return why;
    }
    to.push_back(row.change());
  }
}

// A read that sees one moment of the database.
class Moment {
 public:
  explicit Moment(Database& database) : database_(database), begun_(database.execute("BEGIN")) {}
  Moment(const Moment&) = delete;
  ~Moment() {
    if (begun_) static_cast<void>(database_.execute("COMMIT"));  // it has read only
  }
  const Result<void>& begun() const { return begun_; }

 private:
  Database& database_;
  Result<void> begun_;
};

}  // namespace

std::string encode_version(api::TableVersion version) {
  return std::to_string(version.counter) + " " + std::to_string(version.changed_at);
}

std::optional<api::TableVersion> decode_version(std::string_view text) {
  api::TableVersion version;
  const char* const end = text.data() + text.size();
  const auto counter = std::from_chars(text.data(), end, version.counter);
  if (counter.ec != std::errc() || counter.ptr == end || *counter.ptr != ' ') return std::nullopt;
  const auto changed = std::from_chars(counter.ptr + 1, end, version.changed_at);
  if (changed.ec != std::errc() || changed.ptr != end) return std::nullopt;
  return version;
}

EntryReader::EntryReader(Database& database)
    : database_(database),
      get_(database, "SELECT space, key, revision, crc, value FROM entries WHERE space = ? AND key = ?"),
      scan_(database,
            "SELECT space, key, revision, crc, value FROM entries "
            "WHERE space = ? AND key >= ? AND value IS NOT NULL ORDER BY key"),
      changes_(database,
               "SELECT space, key, revision, crc, value FROM entries "
               "WHERE revision > ? ORDER BY revision LIMIT ?"),
      all_(
          database,
          "SELECT space, key, revision, crc, value FROM entries WHERE value IS NOT NULL ORDER BY space, key"),
      state_(database,
             "SELECT history, pruned_to, max(pruned_to, coalesce((SELECT max(revision) FROM entries), 0)) "
             "FROM state") {
}

Result<std::optional<std::string>> EntryReader::get(std::string_view space, std::string_view key) {
  const auto found = get_.bind_text(1, space).bind(2, key).step();
  if (!found) return found.error();
  if (*found == Statement::Row::none) return std::optional<std::string>();
  const Row row(get_);
  const bool whole = row.is_whole();
  std::optional<std::string> value = row.change().value;
  get_.reset();
  if (!whole) return damaged_entry(database_, space, key);
  return value;
}

Result<void> EntryReader::scan(std::string_view space, std::string_view prefix, const Each& each) {
  scan_.bind_text(1, space).bind(2, prefix);
  while (true) {
    const auto found = scan_.step();
    if (!found) return found.error();
    if (*found == Statement::Row::none) return {};
    const Row row(scan_);
    if (!row.is_whole()) {
      api::Refusal why = damaged_entry(database_, space, row.key);
      scan_.reset();
      return why;
    }
    if (row.key.starts_with(prefix) && each(row.key, *row.value)) continue;
    scan_.reset();
    return {};
  }
}

Result<EntryReader::State> EntryReader::state() {
  const auto found = state_.step();
  if (!found) return found.error();
  if (*found == Statement::Row::none) return damaged(database_, "its state is missing");
  const State state{.history = state_.number(0), .revision = state_.number(2), .pruned_to = state_.number(1)};
  state_.reset();
  return state;
}

Result<void> EntryReader::read_changes(MetadataChanges& to, std::size_t limit) {
  changes_.bind(1, to.after.revision).bind(2, static_cast<std::int64_t>(limit));
  while (true) {
    const auto found = changes_.step();
    if (!found) return found.error();
    if (*found == Statement::Row::none) return {};
    const Row row(changes_);
    if (!row.is_whole()) {
      api::Refusal why = damaged_entry(database_, row.space, row.key);
      changes_.reset();
      return why;
    }
    to.changes.push_back(row.change());
    to.reached.revision = row.revision;
  }
}

Result<std::optional<MetadataChanges>> EntryReader::changes_after(FeedPosition position, std::size_t limit) {
  const Moment moment(database_);
  if (!moment.begun()) return moment.begun().error();
  const auto now = state();
  if (!now) return now.error();
  if (position.history != now->history || position.revision < now->pruned_to ||
      position.revision > now->revision)
    return std::optional<MetadataChanges>();
  MetadataChanges changes{.after = position, .reached = position};
  if (auto read = read_changes(changes, limit); !read) return read.error();
  changes.more = changes.reached.revision < now->revision;
  return std::optional(std::move(changes));
}

Result<MetadataSnapshot> EntryReader::snapshot() {
  const Moment moment(database_);
  if (!moment.begun()) return moment.begun().error();
  const auto now = state();
  if (!now) return now.error();
  MetadataSnapshot snapshot{.at = {.history = now->history, .revision = now->revision}};
  if (auto read = append_rows(database_, all_, snapshot.entries); !read) return read.error();
  return snapshot;
}

Result<void> EntryTable::create(Database& database, std::int64_t history) {
  if (auto made = database.execute(kCreate); !made) return made;
  Statement state(database, kWriteState);
  state.bind(1, history).bind(2, 0).bind(3, 0).bind(4, 0).bind(5, checksum(history, 0, {}));
  if (auto written = state.run(); !written) return written;
  return database.execute("COMMIT");
}

EntryTable::EntryTable(Database& database)
    : database_(database),
      write_(database,
             "INSERT INTO entries (space, key, revision, crc, value) VALUES (?, ?, ?, ?, ?) "
             "ON CONFLICT (space, key) DO UPDATE SET revision = excluded.revision, crc = excluded.crc, "
             "value = excluded.value"),
      find_(database, "SELECT value IS NOT NULL FROM entries WHERE space = ? AND key = ?"),
      prune_(database, "DELETE FROM entries WHERE revision <= ? AND value IS NULL"),
      prune_to_(database,
                "SELECT revision FROM entries WHERE value IS NULL ORDER BY revision DESC LIMIT 1 OFFSET ?"),
      write_state_(database, kWriteState) {
}

Result<void> EntryTable::load_state() {
  Statement state(database_, kState);
  const auto found = state.step();
  if (!found) return found.error();
  if (*found == Statement::Row::none) return damaged(database_, "its state is missing");
  now_.history = state.number(0);
  now_.pruned_to = state.number(1);
  now_.followed = {.history = state.number(2), .revision = state.number(3)};
  if (checksum(now_.history, now_.pruned_to, now_.followed) != state.number(4))
    return damaged(database_, "its state does not have its checksum");
  now_.revision = now_.pruned_to;
  return {};
}

Result<void> EntryTable::load(const Each& each) {
  if (auto loaded = load_state(); !loaded) return loaded;
  Statement all(database_, "SELECT space, key, revision, crc, value FROM entries ORDER BY space, key");
  while (true) {
    const auto found = all.step();
    if (!found) return found.error();
    if (*found == Statement::Row::none) break;
    const Row row(all);
    if (!row.is_whole()) return damaged_entry(database_, row.space, row.key);
    now_.revision = std::max(now_.revision, row.revision);
    if (!row.value) {
      ++now_.tombstones;
      continue;
    }
    if (row.space == space::kVersions) {
      const auto version = decode_version(*row.value);
      if (!version) return damaged(database_, "the version of " + remoting::quoted(row.key) + " is none");
      versions_.emplace(row.key, *version);
    }
    if (auto taken = each(row.change()); !taken) return damaged(database_, taken.error().text);
  }
  committed_ = now_;
  return {};
}

Result<std::vector<MetadataChange>> EntryTable::all() {
  Statement all(database_, kAllWithValue);
  std::vector<MetadataChange> entries;
  if (auto read = append_rows(database_, all, entries); !read) return read.error();
  return entries;
}

Result<void> EntryTable::begin() {
  return database_.execute("BEGIN IMMEDIATE");
}

Result<void> EntryTable::commit() {
  if (auto done = database_.execute("COMMIT"); !done) return done;
  committed_ = now_;
  for (auto& [space, version] : new_versions_) versions_[space] = version;
  new_versions_.clear();
  return {};
}

void EntryTable::rollback() {
  // Some failures have ended the transaction by themselves.
  if (database_.in_transaction()) static_cast<void>(database_.execute("ROLLBACK"));
  now_ = committed_;
  new_versions_.clear();
}

Result<void> EntryTable::write(std::string_view space, std::string_view key,
                               std::optional<std::string_view> value) {
  const std::int64_t revision = now_.revision + 1;
  write_.bind_text(1, space).bind(2, key).bind(3, revision).bind(4, checksum(space, key, revision, value));
  value ? write_.bind(5, *value) : write_.bind_null(5);
  if (auto written = write_.run(); !written) return written;
  now_.revision = revision;
  return {};
}

Result<EntryTable::Found> EntryTable::find(std::string_view space, std::string_view key) {
  const auto found = find_.bind_text(1, space).bind(2, key).step();
  if (!found) return found.error();
  if (*found == Statement::Row::none) return Found::nothing;
  const bool has_value = find_.number(0) != 0;
  find_.reset();
  return has_value ? Found::value : Found::tombstone;
}

Result<void> EntryTable::put(std::string_view space, std::string_view key, std::string_view value) {
  // Only where something was ever taken out a tombstone can be in the way.
  if (now_.tombstones > 0) {
    const auto found = find(space, key);
    if (!found) return found.error();
    if (*found == Found::tombstone) --now_.tombstones;
  }
  if (space == space::kVersions) {
    const auto version = decode_version(value);
    if (!version) return api::Refusal{.text = remoting::quoted(value) + " is no version of a table"};
    new_versions_[std::string(key)] = *version;
  }
  return write(space, key, value);
}

Result<EntryTable::Effect> EntryTable::remove(std::string_view space, std::string_view key) {
  const auto found = find(space, key);
  if (!found) return found.error();
  if (*found != Found::value) return Effect::none;
  if (auto written = write(space, key, std::nullopt); !written) return written.error();
  ++now_.tombstones;
  return Effect::changed;
}

Result<api::TableVersion> EntryTable::next_version(std::string_view space, std::int64_t date_ms) {
  api::TableVersion next = version(space);
  ++next.counter;
  next.changed_at = date_ms;
  if (auto written = put(space::kVersions, space, encode_version(next)); !written) return written.error();
  return next;
}

Result<void> EntryTable::prune(std::size_t kept) {
  // A quarter more than that, so that not every removal has to look for the oldest.
  if (now_.tombstones <= static_cast<std::int64_t>(kept + kept / 4)) return {};
  const auto found = prune_to_.bind(1, static_cast<std::int64_t>(kept)).step();
  if (!found) return found.error();
  if (*found == Statement::Row::none) return {};
  const std::int64_t to = prune_to_.number(0);
  prune_to_.reset();
  if (auto pruned = prune_.bind(1, to).run(); !pruned) return pruned;
  now_.tombstones = static_cast<std::int64_t>(kept);
  now_.pruned_to = to;
  return write_state();
}

Result<void> EntryTable::set_followed(FeedPosition position) {
  now_.followed = position;
  return write_state();
}

Result<void> EntryTable::write_state() {
  return write_state_.bind(1, now_.history)
      .bind(2, now_.pruned_to)
      .bind(3, now_.followed.history)
      .bind(4, now_.followed.revision)
      .bind(5, checksum(now_.history, now_.pruned_to, now_.followed))
      .run();
}

api::TableVersion EntryTable::version(std::string_view space) const {
  for (const Versions* versions : {&new_versions_, &versions_})
    if (const auto found = versions->find(space); found != versions->end()) return found->second;
  return {};
}

}  // namespace gantry::kernel
