// The offline tools of the store: see kernel/api/store_tools.h for what each does. Each call takes the
// directory's lock for reading, and lets go of it at its end.
#pragma once

#include "kernel/api/store_tools.h"
#include "plugins/store-mmap/closed_store.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/store_config.h"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace gantry::store {

// Thread: any; `disk` outlives it.
class ClosedStoreTools final : public api::StoreTools {
 public:
  ClosedStoreTools(FileSystem& disk, StoreLayout layout) : disk_(disk), layout_(std::move(layout)) {}

  api::Result<api::StoreStat> stat(const std::filesystem::path& directory) override;
  api::Result<api::StoreCheckReport> check(const std::filesystem::path& directory, const Found& found,
                                           const Progress& progress) override;
  api::Result<std::int64_t> copy(const std::filesystem::path& directory, const api::StoreSelection& which,
                                 api::StoreForm form, const Sink& to, const Found& skipped,
                                 const Progress& progress) override;
  api::Result<std::int64_t> dump_queue(const std::filesystem::path& directory, std::string_view topic,
                                       api::QueueId queue, api::QueueOffset from, const Sink& to) override;

 private:
  FileSystem& disk_;
  const StoreLayout layout_;
};

// What of a broker's options says how its store is laid out.
StoreLayout layout_of(const StoreConfig& config);

}  // namespace gantry::store
