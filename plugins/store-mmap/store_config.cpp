#include "plugins/store-mmap/store_config.h"

#include "plugins/store-mmap/apache_keys.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using api::Alias;

constexpr std::int64_t kEntryBytes = 20;
// Nobody has files of a consume queue that are smaller than a megabyte, nor with more than a million entries.
constexpr std::int64_t kSurelyEntries = 1'000'000;

constexpr std::array<std::pair<std::string_view, Flush>, 3> kFlushNames{
    {{"sync", Flush::sync}, {"async", Flush::async}, {"pool", Flush::pool}}};
constexpr std::array<std::pair<std::string_view, OnDamage>, 2> kOnDamageNames{
    {{"stop", OnDamage::stop}, {"cut", OnDamage::cut}}};

void places(api::Schema<StoreConfig>& schema) {
  schema.option("dir", &StoreConfig::dir)
      .help(
          "The store's directory; without a leading slash, in the broker's data directory. It may be one "
          "that Apache RocketMQ 4.9 has written (its storePathRootDir).")
      .default_with_apache(".");
  schema.option("commit_log_dirs", &StoreConfig::commit_log_dirs)
      .help(
          "Directories for the files of the log, which are spread over them by turns; without a leading "
          "slash, in dir. None: commitlog. One that still holds files of the log must stay in the list.")
      .apache("storePathCommitLog");
  schema.option("commit_log_file_size", &StoreConfig::commit_log_file_size)
      .range(ByteSize::kib(64), ByteSize(std::uint64_t{0x7FFFFFFF}))
      .help("The length of one file of the log. Where there are files already, theirs counts.")
      .apache(Alias::bytes("mappedFileSizeCommitLog"))
      .apache(Alias::bytes("mapedFileSizeCommitLog").not_told());
  schema.option("queue_file_entries", &StoreConfig::queue_file_entries)
      .range(100, 100'000'000)
      .help(
          "How many messages one file of a consume queue points to. Where there are queues already, the "
          "length of their files counts.")
      .apache(Alias::items("mappedFileSizeConsumeQueue", kEntryBytes))
      // Files that people have give it in entries as often as in bytes.
      .apache(Alias::items("mapedFileSizeConsumeQueue", kEntryBytes, kSurelyEntries).not_told());
  schema.option("mapped_files", &StoreConfig::mapped_files)
      .range(2, 4096)
      .help(
          "How many files of the log stay mapped for readers, those that were read last. More cost address "
          "space and page tables, not memory for their bytes.");
}

void promises(api::Schema<StoreConfig>& schema) {
  schema.option("flush", &StoreConfig::flush, kFlushNames)
      .help(
          "When a message is acknowledged. sync: once it is on the disk. async: once the operating system "
          "has it; a crash of the broker costs nothing, a power cut what was not yet synced. pool: once it "
          "is in the broker's memory; a crash of the broker costs up to commit_interval as well.")
      .apache(Alias::choice("flushDiskType",
                            {{"SYNC_FLUSH", "sync"}, {"ASYNC_FLUSH", "async"}, {"ASYNC_FLUSH", "pool"}}))
      .apache(Alias::upgrade("transientStorePoolEnable", "async", "pool"))
      .default_with_apache("async");
  schema.option("flush_interval", &StoreConfig::flush_interval)
      .range(1ms, 1h)
      .help(
          "With async and pool: how often the log is synced, if flush_least_pages have come. 64 MiB do not "
          "wait for it.")
      .apache(Alias::units("flushIntervalCommitLog", 1ms));
  schema.option("flush_least_pages", &StoreConfig::flush_least_pages)
      .range(0, 1'000'000)
      .help(
          "With async and pool: pages of 4 KiB that must have come for a sync; fewer wait, at most "
          "flush_thorough_interval. 0: no page waits.")
      .apache("flushCommitLogLeastPages");
  schema.option("flush_thorough_interval", &StoreConfig::flush_thorough_interval)
      .range(1ms, 24h)
      .help(
          "With async and pool: how long after the last sync fewer pages are synced all the same. What a "
          "power cut can cost is what came in this time and one flush_interval.")
      .apache(Alias::units("flushCommitLogThoroughInterval", 1ms));
  schema.option("pool_size", &StoreConfig::pool_size)
      .range(ByteSize::mib(1), ByteSize::gib(64))
      .help(
          "With pool: memory in which messages wait to be written. It is locked if the process may lock "
          "that much (ulimit -l).");
  schema.option("commit_interval", &StoreConfig::commit_interval)
      .range(1ms, 1min)
      .help(
          "With pool: how often waiting messages are written to the log. Consumers see a message only then.")
      .apache(Alias::units("commitIntervalCommitLog", 1ms));
  schema.option("checkpoint_interval", &StoreConfig::checkpoint_interval)
      .range(10ms, 10min)
      .help(
          "How often consume queues are written and the checkpoint after them; and when 256 MiB of the log "
          "have come. Where that takes long, as with very many queues, it rests ten times as long in "
          "between. A start after a crash reads the part of the log that came since.");
  schema.option("append_on_thread", &StoreConfig::append_on_thread)
      .help(
          "Write the log in a thread of its own always, and not only while the disk is slow. For disks "
          "that stall all the time; on others it costs throughput.");
}

void limits(api::Schema<StoreConfig>& schema) {
  schema.option("max_message_size", &StoreConfig::max_message_size)
      .range(ByteSize::kib(1), ByteSize::gib(1))
      .help("The largest body of a message; a larger one is refused.")
      .apache(Alias::bytes("maxMessageSize"));
  schema.option("max_waiting", &StoreConfig::max_waiting)
      .range(ByteSize::mib(1), ByteSize::gib(64))
      .help("Messages of so many bytes may wait to be acknowledged; what comes then is refused as busy.");
  schema.option("busy_after", &StoreConfig::busy_after)
      .range(10ms, 1min)
      .help("A message that has waited longer than this to be written is refused as busy.")
      .apache(Alias::units("osPageCacheBusyTimeOutMills", 1ms));
  schema.option("queue_memory", &StoreConfig::queue_memory)
      .range(ByteSize::mib(1), ByteSize::gib(16))
      .help("Memory for the entries of all consume queues that wait to be written.");
  schema.option("resident_percent", &StoreConfig::resident_percent)
      .range(1, 100)
      .help(
          "A consumer that reads further behind the end of the log than this share of the machine's memory "
          "is sent to a slave, where there is one.")
      .apache("accessMessageInMemoryMaxRatio");
}

void index_options(api::Schema<StoreConfig>& schema) {
  schema.option("key_index", &StoreConfig::key_index)
      .help(
          "Whether messages can be found by their keys. Switched off, the index's files stay as they are; "
          "switched on again, they are removed and the index is made anew from the whole log.")
      .apache("messageIndexEnable");
  schema.option("index_slots", &StoreConfig::index_slots)
      .range(1, 100'000'000)
      .help(
          "Hash slots of one file of the key index; Apache's maxHashSlotNum. A start with another number "
          "than the files were made with removes all of them, and the index is made anew from the log in "
          "the background; what has expired from the log by then is no longer found.")
      .apache("maxHashSlotNum");
  schema.option("index_entries", &StoreConfig::index_entries)
      .range(2, 100'000'000)
      .help(
          "Keys of one file of the key index, plus one; Apache's maxIndexNum. Another number makes the "
          "index anew as another index_slots does.")
      .apache("maxIndexNum");
}

void retention(api::Schema<StoreConfig>& schema) {
  schema.option("retention_age", &StoreConfig::retention_age)
      .range(1h, 24h * 365 * 10)
      .help(
          "A file of the log has expired when it was last written to so long ago. Whether its messages "
          "were consumed does not matter.")
      .apache(Alias::units("fileReservedTime", 1h));
  schema.option("retention_hours", &StoreConfig::retention_hours)
      .help(
          "The hours of the day, \"0\" to \"23\" by the machine's local time, in which expired files are "
          "removed. None: only when the disk is fuller than disk_warn_percent.")
      .apache(Alias::semicolons("deleteWhen"));
  schema.option("disk_warn_percent", &StoreConfig::disk_warn_percent)
      .range(10, 100)
      .help("When the disk is fuller than this, expired files go at any hour.")
      .apache("diskMaxUsedSpaceRatio");
  schema.option("disk_force_percent", &StoreConfig::disk_force_percent)
      .range(10, 100)
      .help(
          "When it is fuller than this, the oldest files go whatever their age (see force_clean), and "
          "directories so full get no new files if another one has room. The default is disk_warn_percent "
          "where "
          "that is more.");
  schema.option("disk_refuse_percent", &StoreConfig::disk_refuse_percent)
      .range(10, 100)
      .help(
          "When it is fuller than this, messages are refused until there is room. Reading goes on. The "
          "default is "
          "disk_force_percent where that is more.");
  schema.option("force_clean", &StoreConfig::force_clean)
      .help("Whether files that have not expired may go when the disk is fuller than disk_force_percent.")
      .apache("cleanFileForciblyEnable");
}

void recovery(api::Schema<StoreConfig>& schema) {
  schema.option("check_crc_on_recovery", &StoreConfig::check_crc_on_recovery)
      .help("Whether a start checks the checksums of the messages that it reads.")
      .apache("checkCRCOnRecover");
  schema.option("on_damage", &StoreConfig::on_damage, kOnDamageNames)
      .help(
          "What a start does about damage in a part of the log that had been on the disk. stop: the broker "
          "does not start and says where. cut: everything from there on is given up, intact messages "
          "behind it too.");
}

std::optional<int> hour_of(std::string_view text) {
  int hour = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hour);
  if (error != std::errc() || end != text.data() + text.size() || hour < 0 || hour > 23) return std::nullopt;
  return hour;
}

struct DiskLevels {
  std::int64_t warn, force, refuse;
};

// Who sets the first level alone, as Apache's files do, does not mean the others to lie below it.
DiskLevels levels_of(const StoreConfig& config) {
  const StoreConfig defaults;
  DiskLevels levels{config.disk_warn_percent, config.disk_force_percent, config.disk_refuse_percent};
  if (levels.force == defaults.disk_force_percent) levels.force = std::max(levels.force, levels.warn);
  if (levels.refuse == defaults.disk_refuse_percent) levels.refuse = std::max(levels.refuse, levels.force);
  return levels;
}

std::vector<api::Complaint> check(const StoreConfig& config) {
  std::vector<api::Complaint> complaints;
  for (const std::string& hour : config.retention_hours) {
    if (!hour_of(hour))
      complaints.push_back(
          {"retention_hours", "\"" + hour + "\" is no hour of the day: \"0\" to \"23\" are"});
  }
  const auto [warn, force, refuse] = levels_of(config);
  if (warn > force)
    complaints.push_back({"disk_force_percent", "must not be less than disk_warn_percent (" +
                                                    std::to_string(config.disk_warn_percent) + ")"});
  if (force > refuse)
    complaints.push_back(
        {"disk_refuse_percent", "must not be less than disk_force_percent (" + std::to_string(force) + ")"});
  if (config.max_message_size.bytes() + 65536 + 8 > config.commit_log_file_size.bytes())
    complaints.push_back({"commit_log_file_size", "must hold a message of max_message_size (" +
                                                      config.max_message_size.str() + ") and 64KiB more"});
  return complaints;
}

}  // namespace

api::Schema<StoreConfig> store_options() {
  api::Schema<StoreConfig> schema;
  places(schema);
  promises(schema);
  limits(schema);
  index_options(schema);
  retention(schema);
  recovery(schema);
  declare_apache_keys(schema);
  schema.check_whole(check);
  return schema;
}

api::Durability durability_of(const StoreConfig& config) {
  const auto in_words = [](std::chrono::nanoseconds time) { return options::plain_text(time); };
  const auto unsynced = config.flush_interval + config.flush_thorough_interval;
  switch (config.flush) {
    case Flush::sync:
      return {R"(once it is on the disk (flush = "sync"; one sync for all that wait))",
              "no message that was acknowledged"};
    case Flush::async:
      return {R"(once the operating system has it (flush = "async"))",
              "the messages of the last " + in_words(config.flush_interval) +
                  ", of a trickle those of the last " + in_words(unsynced) +
                  "; a crash of the broker costs none"};
    case Flush::pool:
      return {R"(once it is in the broker's memory (flush = "pool"))",
              "the messages of the last " + in_words(config.flush_interval + config.commit_interval) +
                  ", of a trickle those of the last " + in_words(unsynced + config.commit_interval) +
                  "; a crash of the broker those of the last " + in_words(config.commit_interval)};
  }
  return {};
}

RetentionSettings retention_settings(const StoreConfig& config) {
  const auto [warn, force, refuse] = levels_of(config);
  RetentionSettings settings{.age = config.retention_age,
                             .hours = {},
                             .warn_percent = static_cast<int>(warn),
                             .force_percent = static_cast<int>(force),
                             .refuse_percent = static_cast<int>(refuse),
                             .force = config.force_clean};
  for (const std::string& text : config.retention_hours) {
    if (const auto hour = hour_of(text)) settings.hours.push_back(*hour);
  }
  return settings;
}

}  // namespace gantry::store
