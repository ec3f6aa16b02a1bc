// A key index with tiny files on a simulated disk, and a log that it follows.
#pragma once

#include "plugins/store-mmap/key_index.h"
#include "tests/unit/store-mmap/keyed_messages.h"
#include "tests/unit/store-mmap/simulated_file_system.h"

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::store {

inline constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kNoon = 1'600'000'000'000;

struct SomeIndex {
  static constexpr std::int32_t kSlots = 7;
  static constexpr std::int32_t kEntries = 10;
  static constexpr std::string_view kDirectory = "store/index";

  explicit SomeIndex(std::uint64_t seed = 1) : disk(seed, clock) {
    disk.plant_directory("store");
    restart();
    index->open(IndexPosition{}, true, {}, {}).value();
  }

  // The process begins anew, without a word to the old one's index.
  void restart() {
    index = std::make_unique<KeyIndex>(disk, KeyIndex::Settings{kDirectory, kSlots, kEntries}, clock);
  }
  // Afterwards it has all of the log.
  KeyIndex::Opened reopen(const std::optional<IndexPosition>& position, bool clean) {
    KeyIndex::Opened opened = open_only(position, clean);
    follow(opened.follow_from);
    return opened;
  }
  KeyIndex::Opened open_only(const std::optional<IndexPosition>& position, bool clean) {
    restart();
    return index->open(position, clean, log_first, log.end()).value();
  }
  void follow(api::LogOffset from) { index->add(log.entries(std::max(from, log_first))).value(); }

  // A message that goes into the log and the index.
  api::LogOffset add(const std::string& unique, const std::string& keys = "", std::int64_t stored_at = kNoon,
                     const std::string& topic = "T") {
    const auto& message = log.append(topic, unique, keys, stored_at);
    follow(message.at);
    return message.at;
  }

  // As the store asks: it looks into the records.
  std::vector<api::LogOffset> find(std::string_view key, std::int64_t from_ms = 0,
                                   std::int64_t to_ms = kAnyTime, std::string_view topic = "T",
                                   std::size_t most = 1000) const {
    std::vector<api::LogOffset> found;
    for (const api::LogOffset at : index->find(topic, key, most, from_ms, to_ms).value()) {
      const auto& message = log.at(at);
      const bool in_time = message.stored_at >= from_ms && message.stored_at <= to_ms;
      if (message.topic == topic && message.has(key) && in_time) found.push_back(at);
    }
    return found;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& file : disk.all_files()) all.push_back(file.filename().string());
    return all;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const auto& file : disk.all_files()) all.push_back(disk.text(file));
    return all;
  }
  std::filesystem::path path(const std::string& name) const {
    return std::filesystem::path(kDirectory) / name;
  }

  api::testing::ManualClock clock;
  SimulatedFileSystem disk;
  KeyedMessages log;
  api::LogOffset log_first;
  std::unique_ptr<KeyIndex> index;
};

}  // namespace gantry::store
