// Bugs planted on purpose: what shows that the power-cut simulation would find them if they were ours.
//
//   if (planted(Planted::sync_skipped)) return {};
//
// Where GANTRY_PLANT_BUGS is not defined, which is everywhere but in that test's own build of the store, the
// answer is false at compile time and nothing is left of the question.
#pragma once

#include <cstdint>

namespace gantry::store {

enum class Planted : std::uint8_t {
  none,

  // Appending and flushing
  sync_skipped,              // the flush says yes without a sync
  told_before_sync,          // a synchronous append is acknowledged when it is written
  failed_sync_retried,       // a sync that failed is asked again, and its yes believed
  rolled_file_not_synced,    // the flush syncs the newest file only, not the one just filled
  name_not_synced,           // a new log file's directory is not synced
  failed_write_told_stored,  // an append whose write failed is acknowledged
  shown_before_synced,       // the queue entry can be read before its record is on the disk
  shown_before_committed,    // ... or in a file
  flushed_before_committed,  // what still is in the memory pool is taken for flushed
  queue_offset_repeated,     // a burst's second message of a queue gets the offset of its first
  wrong_file_on_roll,        // what belongs to the next file goes behind the end of the full one
  blank_not_written,         // nothing says where the records of a full file end
  failed_write_not_undone,   // what follows a write that failed goes over its torn bytes

  // Recovery
  crc_ignored,           // a record is believed by its length and magic alone
  tail_not_zeroed,       // old bytes stay behind the recovered end
  recovered_not_synced,  // what was found in the page cache is taken for durable
  queue_tail_kept,       // queue entries are believed that may not be whole
  next_offset_one_less,  // the first message after a recovery gets the last one's offset
  recovery_starts_late,  // the log is read from one record behind the checkpoint on

  // Checkpoint and key index
  checkpoint_ahead_of_queues,  // it claims what was written to queues, synced or not
  checkpoint_ahead_of_log,     // it claims what was written to the log, synced or not
  index_entry_off_by_one,      // a slot points at the entry before

  // Retention
  removes_one_file_too_many,
  queue_first_not_moved,  // queues go on to show what was removed
};

#ifdef GANTRY_PLANT_BUGS
// Which one. Set before a store is made, on one thread.
inline Planted planted_bug = Planted::none;
inline bool planted(Planted bug) {
  return planted_bug == bug;
}
#else
constexpr bool planted(Planted /*bug*/) {
  return false;
}
#endif

}  // namespace gantry::store
