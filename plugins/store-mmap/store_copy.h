// Takes messages, or a queue's entries, out of a store that no broker has open: see api::StoreTools::copy()
// and dump_queue().
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/refusal.h"
#include "kernel/api/store_tools.h"
#include "plugins/store-mmap/closed_store.h"

#include <cstdint>
#include <string_view>

namespace gantry::store {

// Thread: any, both.
api::Result<std::int64_t> copy_messages(const ClosedStore& store, const api::StoreSelection& which,
                                        api::StoreForm form, const api::StoreTools::Sink& to,
                                        const api::StoreTools::Found& skipped,
                                        const api::StoreTools::Progress& progress);

api::Result<std::int64_t> dump_entries(const ClosedStore& store, std::string_view topic, api::QueueId queue,
                                       api::QueueOffset from, const api::StoreTools::Sink& to);

}  // namespace gantry::store
