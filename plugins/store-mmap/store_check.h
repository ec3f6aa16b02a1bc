// Reads a whole store that no broker has open, and says what is wrong with it: see api::StoreTools::check().
#pragma once

#include "kernel/api/refusal.h"
#include "kernel/api/store_tools.h"
#include "plugins/store-mmap/closed_store.h"

namespace gantry::store {

// Thread: any. What is odd about the log's files was told when the store was looked at.
api::Result<api::StoreCheckReport> check_store(const ClosedStore& store, const StoreLayout& layout,
                                               const api::StoreTools::Found& found,
                                               const api::StoreTools::Progress& progress);

}  // namespace gantry::store
