#include "kernel/metadata_file.h"

#include "disk/files.h"
#include "kernel/apache_config.h"
#include "kernel/group_table.h"
#include "kernel/topic_table.h"

#include <random>
#include <utility>

namespace gantry::kernel {

namespace {

namespace fs = std::filesystem;
using api::Refusal;

constexpr std::int64_t kApplication = 0x474e5452;  // "GNTR"
constexpr std::int64_t kFormat = 1;

// Not a number that anybody could guess or meet again: two databases never have the same history.
std::int64_t new_history() {
  std::random_device random;
  const std::uint64_t bits = (std::uint64_t{random()} << 32 | random()) >> 1;
  return static_cast<std::int64_t>(bits | 1);
}

void log_import(const ApacheImport& import, logging::Logger& log) {
  for (const std::string& why : import.fell_back)
    log.warn("Apache's backup was read instead", {{"reason", why}});
  std::string files;
  for (const std::string& name : import.read) files += (files.empty() ? "" : ", ") + name;
  log.info("Apache's metadata taken over", {{"files", files},
                                            {"topics", import.config.topics.size()},
                                            {"groups", import.config.groups.size()},
                                            {"offset_rows", import.config.offsets.size()}});
  for (const auto& [file, text] : import.config.set_aside)
    log.warn("unusable names set aside; an export writes them again",
             {{"file", name_of(file)}, {"content", std::string_view(text).substr(0, 1000)}});
}

Result<void> put_version(EntryTable& entries, std::string_view space, const api::TableVersion& version) {
  if (version == api::TableVersion()) return {};
  return entries.put(space::kVersions, space, encode_version(version));
}

Result<void> put_import(EntryTable& entries, const ApacheConfig& config) {
  for (const auto& topic : config.topics)
    if (auto put = entries.put(space::kTopics, topic.name, TopicCodec::encode(topic)); !put) return put;
  for (const auto& group : config.groups)
    if (auto put = entries.put(space::kGroups, group.name, GroupCodec::encode(group)); !put) return put;
  for (const auto& [key, row] : config.offsets) {
    std::string value;
    append_offset_row(value, row);
    if (auto put = entries.put(space::kOffsets, key, value); !put) return put;
  }
  for (const auto& [file, text] : config.set_aside)
    if (auto put = entries.put(space::kSetAside, name_of(file), text); !put) return put;
  if (auto put = put_version(entries, space::kTopics, config.topics_version); !put) return put;
  return put_version(entries, space::kGroups, config.groups_version);
}

Result<void> configure(Database& database) {
  // FULL: what was told as done is on disk. The log is cut back after a burst. Pages are read, never mapped:
  // a bad sector is an error then, not a signal.
  return database.execute(
      "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; PRAGMA mmap_size = 0; "
      "PRAGMA cache_size = -16384; PRAGMA cell_size_check = ON;");
}

Result<void> write_new(const fs::path& file, const std::optional<ApacheImport>& import) {
  auto database = Database::open(file, Database::Open::create);
  if (!database) return database.error();
  if (auto configured = configure(**database); !configured) return configured;
  if (auto made = EntryTable::create(**database, new_history()); !made) return made;
  EntryTable entries(**database);
  if (auto loaded = entries.load([](const MetadataChange&) -> Result<void> { return {}; }); !loaded)
    return loaded;
  if (!import) return {};
  if (auto begun = entries.begin(); !begun) return begun;
  if (auto put = put_import(entries, import->config); !put) return put;
  return entries.commit();
}

void remove_with_log(disk::Files& files, const fs::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"})
    static_cast<void>(files.remove(fs::path(file.string() + suffix)));  // mostly there is none
}

// Closing the database has brought its log into it and synced it.
Result<void> make(const fs::path& data_dir, const fs::path& file, logging::Logger& log) {
  disk::PosixFiles files;
  auto import = import_apache_config(files, data_dir);
  if (!import) return import.error();
  const fs::path fresh = file.string() + ".new";
  remove_with_log(files, fresh);
  if (auto written = write_new(fresh, *import); !written) {
    Refusal why = written.error();
    remove_with_log(files, fresh);
    why.text = "the metadata cannot be made: " + why.text;
    return why;
  }
  std::error_code there;
  if (fs::exists(fresh.string() + "-wal", there))
    return Refusal{.text = "the metadata cannot be made: " + fresh.string() +
                           " could not be brought to the disk"};
  auto renamed = files.rename(fresh, file);
  if (renamed) renamed = files.sync_directory(data_dir);
  if (!renamed) return Refusal{.text = "cannot name " + file.string() + ": " + renamed.error().message()};
  if (*import) {
    log_import(**import, log);
  } else {
    log.info("new metadata begun", {{"file", file.string()}});
  }
  return {};
}

Result<std::int64_t> pragma(Database& database, std::string_view sql) {
  Statement statement(database, sql);
  const auto found = statement.step();
  if (!found) return found.error();
  return statement.number(0);
}

// "ok", or the first thing that is wrong with the file's structure. What the entries say has checksums.
Result<void> check_structure(Database& database) {
  Statement statement(database, "PRAGMA integrity_check(1)");
  const auto found = statement.step();
  if (!found) return found.error();
  if (statement.bytes(0) == "ok") return {};
  return Refusal{.text =
                     database.file().string() + ": it is damaged (" + std::string(statement.bytes(0)) + ")"};
}

Result<void> check(Database& database) {
  const auto application = pragma(database, "PRAGMA application_id");
  if (!application) return application.error();
  if (*application != kApplication)
    return Refusal{.text = database.file().string() + ": it is not a metadata file of this broker"};
  const auto format = pragma(database, "PRAGMA user_version");
  if (!format) return format.error();
  if (*format != kFormat)
    return Refusal{.text = database.file().string() + ": its format is " + std::to_string(*format) +
                           ", this broker reads " + std::to_string(kFormat)};
  return check_structure(database);
}

Result<std::unique_ptr<Database>> open_existing(const fs::path& file) {
  auto database = Database::open(file, Database::Open::existing);
  if (!database) return database.error();
  if (auto configured = configure(**database); !configured) return configured.error();
  if (auto checked = check(**database); !checked) return checked.error();
  return database;
}

}  // namespace

Refusal unusable_metadata(const fs::path& file, const Refusal& why) {
  return {
      .code = why.code,
      .text = "the broker's metadata cannot be used: " + why.text + ". Put a backup of " +
              file.filename().string() +
              " in its place (without the -wal and -shm files beside it), or move it away and put an export "
              "into config/ beside it; nothing was changed or deleted"};
}

Result<std::unique_ptr<Database>> open_metadata_file(const fs::path& data_dir, logging::Logger& log) {
  const fs::path file = metadata_file(data_dir);
  std::error_code error;
  if (!fs::exists(fs::symlink_status(file, error))) {
    if (fs::exists(file.string() + "-wal", error))
      return unusable_metadata(file, {.text = file.string() + ": it is missing, and its -wal file is there"});
    if (auto made = make(data_dir, file, log); !made) return made.error();
  } else if (fs::file_size(file, error) == 0) {
    return unusable_metadata(file, {.text = file.string() + ": it is empty"});
  }
  auto opened = open_existing(file);
  if (!opened) return unusable_metadata(file, opened.error());
  return opened;
}

}  // namespace gantry::kernel
