// A store as a broker has it, on the real disk and with its threads, for programs that are not brokers. Waits
// for outcomes, where a broker gets them as calls.
#pragma once

#include "kernel/real_clock.h"
#include "logging/spdlog_logger.h"
#include "plugins/store-mmap/posix_file_system.h"
#include "plugins/store-mmap/store.h"
#include "plugins/store-mmap/thread_lanes.h"

#include <exception>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <utility>

namespace gantry::interop {

class OpenStore {
 public:
  OpenStore(const store::StoreConfig& config, const std::filesystem::path& root)
      : log_(logging::SpdlogLogger::open({.program = "store"}).value()),
        lanes_(clock_, [](store::Lane, const std::exception_ptr& thrown) { std::rethrow_exception(thrown); }),
        store_(config, root, {files_, lanes_, clock_, *log_}) {
    store_.open();
    store_.start();
  }

  // Without it the directory is left as a crash would leave it.
  void close() {
    lanes_.stop();
    store_.close();
  }

  store::Store& operator*() { return store_; }
  store::Store* operator->() { return &store_; }
  const api::Clock& clock() const { return clock_; }

 private:
  const kernel::RealClock clock_;
  const std::unique_ptr<logging::Logger> log_;
  store::PosixFileSystem files_;
  store::ThreadLanes lanes_;
  store::Store store_;
};

// What `ask` is told. Throws what was refused.
//
//   auto found = outcome_of<api::QueueOffset>([&](auto done) { store->find_by_time(topic, queue, ms, done);
//   });
template <class T, class Ask>
T outcome_of(const Ask& ask) {
  std::promise<api::Result<T>> told;
  ask([&told](api::Result<T> outcome) { told.set_value(std::move(outcome)); });
  return told.get_future().get().value();
}

}  // namespace gantry::interop
