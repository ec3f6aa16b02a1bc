// The machine's own file system with a disk that a test can stall, and fail: the calls that count are kept
// back until they are let go, or told that they went wrong.
#pragma once

#include "plugins/store-mmap/posix_file_system.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace gantry::store {

// Thread: any.
class DisturbedFileSystem final : public FileSystem {
 public:
  enum class Call : std::uint8_t {
    open,
    remove,
    sync_directory,
    write,
    read,
    sync,
    allocate,
    resize,
    zero_durably,
    map
  };

  ~DisturbedFileSystem() override { let_go(); }

  // Calls of these kinds about a path that has `part` in it do not come back until let_go().
  void stall(std::initializer_list<Call> calls, std::string part) {
    const std::lock_guard lock(mutex_);
    stalled_ = {.calls = calls, .part = std::move(part)};
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    stalled_.reset();
    changed_.notify_all();
  }
  // So many calls are kept back now. False: they never came.
  [[nodiscard]] bool wait_until_kept(int count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return kept_ >= count; });
  }

  // They do nothing and fail, until mend().
  void fail(std::initializer_list<Call> calls, std::string part, int number) {
    const std::lock_guard lock(mutex_);
    failing_ = {.calls = calls, .part = std::move(part), .number = number};
  }
  void mend() {
    const std::lock_guard lock(mutex_);
    failing_.reset();
  }

  // ---- FileSystem

  IoResult<std::unique_ptr<File>> open(const Path& file, Open how) override {
    if (auto may = enter(Call::open, file, "open"); !may) return may.error();
    auto opened = below_.open(file, how);
    if (!opened) return opened.error();
    return std::unique_ptr<File>(std::make_unique<DisturbedFile>(*this, std::move(*opened), file));
  }
  IoResult<std::vector<Entry>> list(const Path& directory) override { return below_.list(directory); }
  IoResult<bool> exists(const Path& path) override { return below_.exists(path); }
  IoResult<void> make_directories(const Path& directory) override {
    return below_.make_directories(directory);
  }
  IoResult<void> rename(const Path& from, const Path& to) override { return below_.rename(from, to); }
  IoResult<void> remove(const Path& file) override {
    if (auto may = enter(Call::remove, file, "remove"); !may) return may;
    return below_.remove(file);
  }
  IoResult<void> remove_directory(const Path& path) override { return below_.remove_directory(path); }
  IoResult<void> sync_directory(const Path& directory) override {
    if (auto may = enter(Call::sync_directory, directory, "sync"); !may) return may;
    return below_.sync_directory(directory);
  }
  IoResult<std::unique_ptr<Disk>> disk_of(const Path& directory) override {
    auto below = below_.disk_of(directory);
    if (!below) return below.error();
    return std::unique_ptr<Disk>(std::make_unique<DisturbedDisk>(*this, std::move(*below), directory));
  }
  IoResult<Space> space(const Path& directory) override { return below_.space(directory); }
  IoResult<std::unique_ptr<File>> lock(const Path& file) override { return below_.lock(file); }
  IoResult<std::unique_ptr<File>> lock_for_reading(const Path& file) override {
    return below_.lock_for_reading(file);
  }

 private:
  struct Disturbance {
    std::set<Call> calls;
    std::string part;
    int number = 0;
    bool counts(Call call, const Path& path) const {
      return calls.contains(call) && path.native().find(part) != std::string::npos;
    }
  };

  class DisturbedFile final : public File {
   public:
    DisturbedFile(DisturbedFileSystem& disk, std::unique_ptr<File> below, Path path)
        : disk_(disk), below_(std::move(below)), path_(std::move(path)) {}

    IoResult<void> write(std::int64_t at, std::span<const iovec> pieces) override {
      if (auto may = disk_.enter(Call::write, path_, "write to"); !may) return may;
      return below_->write(at, pieces);
    }
    IoResult<std::size_t> read(std::int64_t at, std::span<char> to) override {
      if (auto may = disk_.enter(Call::read, path_, "read"); !may) return may.error();
      return below_->read(at, to);
    }
    IoResult<std::optional<std::size_t>> read_cached(std::int64_t at, std::span<char> to) override {
      return below_->read_cached(at, to);
    }
    IoResult<void> sync() override {
      if (auto may = disk_.enter(Call::sync, path_, "sync"); !may) return may;
      return below_->sync();
    }
    IoResult<void> allocate(std::int64_t size) override {
      if (auto may = disk_.enter(Call::allocate, path_, "allocate room for"); !may) return may;
      return below_->allocate(size);
    }
    IoResult<void> resize(std::int64_t size) override {
      if (auto may = disk_.enter(Call::resize, path_, "resize"); !may) return may;
      return below_->resize(size);
    }
    IoResult<void> zero(std::int64_t from, std::int64_t to) override {
      if (auto may = disk_.enter(Call::write, path_, "zero"); !may) return may;
      return below_->zero(from, to);
    }
    IoResult<void> zero_durably(std::int64_t from, std::int64_t to) override {
      if (auto may = disk_.enter(Call::zero_durably, path_, "zero"); !may) return may;
      return below_->zero_durably(from, to);
    }
    IoResult<std::int64_t> size() override { return below_->size(); }
    IoResult<std::int64_t> next_data(std::int64_t at) override { return below_->next_data(at); }
    IoResult<std::shared_ptr<const Mapping>> map() override {
      if (auto may = disk_.enter(Call::map, path_, "map"); !may) return may.error();
      return below_->map();
    }

   private:
    DisturbedFileSystem& disk_;
    const std::unique_ptr<File> below_;
    const Path path_;
  };

  class DisturbedDisk final : public Disk {
   public:
    DisturbedDisk(DisturbedFileSystem& disk, std::unique_ptr<Disk> below, Path path)
        : disk_(disk), below_(std::move(below)), path_(std::move(path)) {}

    IoResult<void> sync() override {
      if (auto may = disk_.enter(Call::sync, path_, "sync the disk of"); !may) return may;
      return below_->sync();
    }

   private:
    DisturbedFileSystem& disk_;
    const std::unique_ptr<Disk> below_;
    const Path path_;
  };

  IoResult<void> enter(Call call, const Path& path, const char* what) {
    std::unique_lock lock(mutex_);
    if (stalled_ && stalled_->counts(call, path)) {
      ++kept_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !stalled_ || !stalled_->counts(call, path); });
      --kept_;
    }
    if (failing_ && failing_->counts(call, path)) return call_failed(failing_->number, what, path);
    return {};
  }

  PosixFileSystem below_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<Disturbance> stalled_;
  std::optional<Disturbance> failing_;
  int kept_ = 0;
};

}  // namespace gantry::store
