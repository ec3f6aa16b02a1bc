// Which directories of consume queues there are, for who only looks.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"

#include <filesystem>
#include <functional>
#include <string>

namespace gantry::store {

struct QueueDirectoryVisitor {
  std::function<IoResult<void>(const std::string& topic, api::QueueId id)> queue;
  // What is there and is none; `what` would have been expected there.
  std::function<void(const std::filesystem::path& path, const std::string& what)> stray;
};

// <store>/consumequeue/<topic>/<id>, in the order of their names. Any thread.
IoResult<void> visit_queue_directories(FileSystem& disk, const std::filesystem::path& directory,
                                       const QueueDirectoryVisitor& visitor);

}  // namespace gantry::store
