// SQLite's write-ahead log, metadata.db-wal, looked at before SQLite sees it: after a crash it holds changes
// that were told as done. Where it finds a page in it that is not whole, SQLite takes that for the torn end
// of the last transaction and goes on without all that follows. That is right after a power cut, and wrong
// when a bit has flipped in the middle: then changes would be gone without a word.
//
// The two can be told apart, because every transaction is synced before the next begins: behind a torn one
// there is none. What cannot be told from a power cut is damage to the last transaction, and a log that was
// cut short.
//
// Thread: the one that opens the database.
#pragma once

#include "kernel/api/refusal.h"

#include <filesystem>

namespace gantry::kernel {

// Refused: the log is damaged, or cannot be read. None there, or an empty one, is fine.
api::Result<void> check_write_ahead_log(const std::filesystem::path& log);

}  // namespace gantry::kernel
