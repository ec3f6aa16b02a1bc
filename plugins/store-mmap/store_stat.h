// What there is in a store that no broker has open, as far as its files say it at a glance: see
// api::StoreTools::stat(). Only the end of the log is read.
#pragma once

#include "kernel/api/refusal.h"
#include "kernel/api/store_tools.h"
#include "plugins/store-mmap/closed_store.h"

namespace gantry::store {

// Thread: any.
api::Result<api::StoreStat> stat_store(const ClosedStore& store);

}  // namespace gantry::store
