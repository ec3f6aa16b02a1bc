// Looks at how full the disks of the log and of the queues are, every ten seconds, and says so when that
// changes what the store does. Sends are refused and taken again without anybody's help.
//
// Of several directories of the log the one with most room counts, because new files go there; the directory
// of the queues counts besides. A directory of the log that cannot be asked gets no new files.
#pragma once

#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/lanes.h"
#include "plugins/store-mmap/retention.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gantry::store {

struct DiskState {
  DiskLevel level = DiskLevel::fine;
  std::filesystem::path directory{};  // the one that decides
  int percent = 0;
  std::vector<std::filesystem::path> full{};  // directories of the log that shall get no new files
};

// One that tells its listener.
struct DiskChange {
  DiskState state{};
  DiskLevel before = DiskLevel::fine;
  bool measured = true;    // false: the disk could not be asked; `state` is what was known before
  std::string cause{};     // for a client that is refused: "the disk of /data/commitlog is 92 % full"
  std::string sentence{};  // for the operator: the cause, what happens now, what would help
};

class DiskWatch {
 public:
  struct Settings {
    std::vector<std::filesystem::path> log_directories{};
    std::filesystem::path queue_directory{};
    RetentionSettings retention{};
    std::chrono::nanoseconds interval = std::chrono::seconds(10);
  };
  // Called in the lane `housekeeping`, or by the thread that calls look(): when the level changes, and when a
  // disk cannot be asked or can be again.
  using Listener = std::function<void(const DiskChange&)>;

  // The lanes must be stopped before this object goes.
  DiskWatch(FileSystem& files, Lanes& lanes, Settings settings, Listener listener);

  // Looks now, so that a full disk is known before the first send, and then in the lane.
  void start();

  // One look. Thread: one at a time.
  void look();

  // As of the last look. Thread: any.
  DiskState state() const;

 private:
  struct Measured {
    std::filesystem::path directory{};
    FileSystem::Space space{};
    int percent = 0;
  };

  struct Look {
    DiskState state{};
    std::optional<IoError> error{};  // of the last one that could not be asked
  };

  void look_again();
  Look measure_all(const DiskState& before) const;
  IoResult<Measured> measure(const std::filesystem::path& directory) const;

  FileSystem& files_;
  Lanes& lanes_;
  const Settings settings_;
  const Listener listener_;
  bool measured_ = true;  // at the last look
  mutable std::mutex mutex_;
  DiskState state_{};  // guarded by mutex_
};

}  // namespace gantry::store
