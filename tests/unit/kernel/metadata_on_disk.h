// Metadata in a folder of the test's own, with a clock that the test moves and a log that it reads. Nothing
// is written behind unless the test asks for it or moves the clock.
#pragma once

#include "kernel/metadata.h"
#include "logging/capturing_logger.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

class MovedClock final : public api::Clock {
 public:
  std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(ms_));
  }
  std::chrono::system_clock::time_point date() const override {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'000 + ms_));
  }
  void move(std::chrono::milliseconds by) { ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> ms_{0};
};

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gantry-kernel-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_text(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

inline api::TopicName topic_name(std::string_view text) {
  return api::TopicName::parse(text).value();
}
inline api::GroupName group_name(std::string_view text) {
  return api::GroupName::parse(text).value();
}

// Calls `start` with a completion and waits for the outcome.
template <class Start>
Result<void> outcome_of(Start start) {
  std::promise<Result<void>> told;
  start(api::Completion<void>([&](const Result<void>& outcome) { told.set_value(outcome); }));
  return told.get_future().get();
}
inline api::Completion<void> nobody() {
  return api::Completion<void>([](const Result<void>&) {});
}

class MetadataOnDisk {
 public:
  explicit MetadataOnDisk(std::filesystem::path path) : path_(std::move(path)) {}

  Result<void> open() {
    metadata_.reset();
    auto opened = Metadata::open(path_, setting, clock, log);
    if (!opened) return opened.error();
    metadata_ = std::move(*opened);
    return {};
  }
  void close() { metadata_.reset(); }
  Metadata& operator*() { return *metadata_; }
  Metadata* operator->() { return metadata_.get(); }

  Result<void> put(api::Topic topic) {
    return outcome_of(
        [&](api::Completion<void> done) { metadata_->topics().put(std::move(topic), std::move(done)); });
  }
  Result<void> put(api::Group group) {
    return outcome_of(
        [&](api::Completion<void> done) { metadata_->groups().put(std::move(group), std::move(done)); });
  }
  Result<void> remove_topic(std::string_view name) {
    return outcome_of(
        [&](api::Completion<void> done) { metadata_->topics().remove(topic_name(name), std::move(done)); });
  }
  Result<void> flush() {
    return outcome_of([&](api::Completion<void> done) { metadata_->flush_offsets(std::move(done)); });
  }
  Result<void> change(api::KeyValues& space, std::vector<api::KeyValueChange> changes) {
    return outcome_of([&](api::Completion<void> done) { space.change(std::move(changes), std::move(done)); });
  }
  bool commit(std::string_view group, std::string_view topic, int queue, std::int64_t next) {
    return metadata_->offsets().commit(group_name(group), topic_name(topic), api::QueueId{queue},
                                       api::QueueOffset{next});
  }
  std::int64_t committed(std::string_view group, std::string_view topic, int queue) {  // -1: none
    return metadata_->offsets()
        .committed(group, topic, api::QueueId{queue})
        .value_or(api::QueueOffset{-1})
        .value;
  }

  MetadataSetting setting{.offsets_interval = std::chrono::seconds(5)};
  MovedClock clock;
  logging::CapturingLogger log;

 private:
  std::filesystem::path path_;
  std::unique_ptr<Metadata> metadata_;
};

// All that two databases can have in common: whatever is under a space and a key.
inline std::vector<MetadataChange> entries_of(Metadata& metadata) {
  return metadata.snapshot().value().entries;
}

}  // namespace gantry::kernel
