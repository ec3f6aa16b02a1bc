// A store in a directory of the machine, and hands to damage its files with while it is closed.
#pragma once

#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/posix_file_system.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/running_store.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::store {

class DamagedDirectory : public testing::Test {
 protected:
  // Nothing of it goes to the disk by itself: a test says when.
  static StoreConfig left_alone() {
    StoreConfig config = small_files();
    config.checkpoint_interval = std::chrono::hours(24);
    return config;
  }

  // Messages "0" to "count - 1" of queue 0, in bursts of ten; several files of the log and of the queue.
  RunningStore& fill(int count, const StoreConfig& config = left_alone()) {
    store_.emplace(files_, directory_, config);
    append_numbers(0, count);
    return *store_;
  }
  void append_numbers(int from, int to) {
    std::vector<TestMessage> burst;
    for (int i = from; i < to; ++i) {
      const std::string number = std::to_string(i);
      burst.push_back({.body = number, .properties = "KEYS\x01" + number + "\x02"});
      if (burst.size() < 10 && i + 1 < to) continue;
      const Told told = store_->append(std::exchange(burst, {}));
      ASSERT_EQ(told.why(), "");
      for (const auto& outcome : told.outcomes) places_.push_back(outcome.at);
    }
  }
  static std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> all;
    for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
    return all;
  }

  // Opens what was closed or left. Empty: it did; otherwise why not.
  std::string why_it_does_not_start() {
    try {
      store_->open();
      return {};
    } catch (const std::exception& why) {
      store_->leave();
      return why.what();
    }
  }
  // The value that a line of the log has; empty: there is no such line.
  std::string logged(std::string_view message, std::string_view field) const {
    for (const auto& line : store_->log.lines())
      if (line.message == message) return without_quotes(line.field(field));
    return {};
  }
  static std::string without_quotes(std::string value) {
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }

  std::filesystem::path log_file(std::int64_t start = 0) const {
    return directory_ / "commitlog" / log_file_name(start);
  }
  std::filesystem::path log_file_of(std::size_t message) const {
    return log_file(places_.at(message).value / kLogFile * kLogFile);
  }
  std::int64_t place_in_file(std::size_t message) const { return places_.at(message).value % kLogFile; }
  std::filesystem::path queue_directory(std::int32_t queue = 0) const {
    return directory_ / "consumequeue" / "T" / std::to_string(queue);
  }

  static std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void overwrite(const std::filesystem::path& file, std::int64_t at, std::string_view bytes) {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(at);
    out.write(bytes.data(), std::ssize(bytes));
    ASSERT_TRUE(out.good()) << file;
  }
  static void flip_bit(const std::filesystem::path& file, std::int64_t at) {
    const char byte = bytes_of(file).at(static_cast<std::size_t>(at));
    overwrite(file, at, std::string(1, static_cast<char>(byte ^ 4)));
  }

  // Where the body of a message begins in its record.
  static constexpr std::int64_t kBodyAt = 88;
  static constexpr std::int64_t kLogFile = 16 << 10;

  kernel::TemporaryFolder folder_;
  const std::filesystem::path directory_ = folder_.path() / "store";
  PosixFileSystem files_;
  std::vector<api::LogOffset> places_;  // of the messages, by their number
  std::optional<RunningStore> store_;
};

}  // namespace gantry::store
