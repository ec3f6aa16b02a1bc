#include "plugins/store-mmap/store_tools.h"

#include "plugins/store-mmap/store_check.h"
#include "plugins/store-mmap/store_copy.h"
#include "plugins/store-mmap/store_stat.h"

namespace gantry::store {
namespace {

void ignore(const api::StoreFinding&) {
}

}  // namespace

StoreLayout layout_of(const StoreConfig& config) {
  return {.commit_log_dirs = config.commit_log_dirs,
          .commit_log_file_size = static_cast<std::int64_t>(config.commit_log_file_size.bytes()),
          .index = {.slots = config.index_slots, .entries = config.index_entries},
          .key_index = config.key_index};
}

api::Result<api::StoreStat> ClosedStoreTools::stat(const std::filesystem::path& directory) {
  auto store = ClosedStore::look(disk_, directory, layout_, ignore);
  if (!store) return store.error();
  return stat_store(*store);
}

api::Result<api::StoreCheckReport> ClosedStoreTools::check(const std::filesystem::path& directory,
                                                           const Found& found, const Progress& progress) {
  std::int64_t harmless = 0, mended = 0, damage = 0;
  const Found counted = [&](const api::StoreFinding& finding) {
    using Weight = api::StoreFinding::Weight;
    ++(finding.weight == Weight::harmless ? harmless : finding.weight == Weight::mended ? mended : damage);
    found(finding);
  };
  auto store = ClosedStore::look(disk_, directory, layout_, counted);
  if (!store) return store.error();
  auto report = check_store(*store, layout_, counted, progress);
  if (!report) return report;
  report->harmless = harmless;
  report->mended = mended;
  report->damage = damage;
  return report;
}

api::Result<std::int64_t> ClosedStoreTools::copy(const std::filesystem::path& directory,
                                                 const api::StoreSelection& which, api::StoreForm form,
                                                 const Sink& to, const Found& skipped,
                                                 const Progress& progress) {
  auto store = ClosedStore::look(disk_, directory, layout_, skipped);
  if (!store) return store.error();
  return copy_messages(*store, which, form, to, skipped, progress);
}

api::Result<std::int64_t> ClosedStoreTools::dump_queue(const std::filesystem::path& directory,
                                                       std::string_view topic, api::QueueId queue,
                                                       api::QueueOffset from, const Sink& to) {
  auto store = ClosedStore::look(disk_, directory, layout_, ignore);
  if (!store) return store.error();
  return dump_entries(*store, topic, queue, from, to);
}

}  // namespace gantry::store
