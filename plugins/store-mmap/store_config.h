// The store's options, as [plugins.store-mmap] has them.
#pragma once

#include "kernel/api/message_store.h"
#include "kernel/api/options.h"
#include "plugins/store-mmap/retention.h"
#include "remoting/byte_size.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gantry::store {

// When messages are acknowledged and shown.
enum class Flush : std::uint8_t {
  sync,   // when they are on the disk; one sync for all that wait
  async,  // when the operating system has them: a crash of the process loses none, a power cut what is not
          // yet synced
  pool,   // when they are in memory of the broker: Apache's transientStorePoolEnable. A crash loses them
};

// What to do about damage in what had been made durable.
enum class OnDamage : std::uint8_t {
  stop,  // do not start
  cut,   // give up everything from the damage on
};

struct StoreConfig {
  std::filesystem::path dir = "store";         // in the broker's data directory
  std::vector<std::string> commit_log_dirs{};  // empty: <dir>/commitlog
  ByteSize commit_log_file_size = ByteSize::gib(1);
  std::int64_t queue_file_entries = 300'000;
  ByteSize queue_memory = ByteSize::mib(64);
  bool key_index = true;
  std::int32_t index_slots = 5'000'000;
  std::int32_t index_entries = 20'000'000;
  ByteSize max_message_size = ByteSize::mib(4);
  ByteSize max_waiting = ByteSize::mib(64);    // bytes of appends that wait for the disk
  std::chrono::milliseconds busy_after{1000};  // an append that waits longer is refused

  bool append_on_thread = false;  // always, and not only while the disk is slow

  Flush flush = Flush::sync;
  std::chrono::milliseconds flush_interval{500};
  std::int64_t flush_least_pages = 4;
  std::chrono::milliseconds flush_thorough_interval{10'000};
  ByteSize pool_size = ByteSize::mib(256);
  std::chrono::milliseconds commit_interval{200};
  std::chrono::milliseconds checkpoint_interval{1000};
  // No option: a sender that waits for a sync longer is told that it is late.
  std::chrono::milliseconds give_up_after{5000};
  // No options: sooner than after these intervals, when so much has gathered. What a start has to read, write
  // and sync after a crash is bounded by that, and not only by time.
  ByteSize flush_at = ByteSize::mib(64);
  ByteSize checkpoint_at = ByteSize::mib(256);

  std::int64_t resident_percent = 40;  // of memory: what is older is told to be cold
  std::int64_t mapped_files = 16;

  std::chrono::hours retention_age{72};
  std::vector<std::string> retention_hours{"4"};
  std::int64_t disk_warn_percent = 75;
  std::int64_t disk_force_percent = 85;
  std::int64_t disk_refuse_percent = 90;
  bool force_clean = true;

  bool check_crc_on_recovery = true;
  OnDamage on_damage = OnDamage::stop;
};

api::Schema<StoreConfig> store_options();

api::Durability durability_of(const StoreConfig& config);

RetentionSettings retention_settings(const StoreConfig& config);

}  // namespace gantry::store
