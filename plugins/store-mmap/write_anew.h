// What a killed process left of the log may be in the page cache only. It is written anew before it is
// synced: after a sync that had failed the kernel takes such pages for written, and a sync alone would do
// nothing.
#pragma once

#include "plugins/store-mmap/log_files.h"

namespace gantry::store {

// The bytes [from, to) of the log, which lie in that file, are written over themselves. Nobody may change
// them meanwhile; what lies beside them anybody may. Not synced.
IoResult<void> write_anew(LogFile& file, api::LogOffset from, api::LogOffset to);

}  // namespace gantry::store
