// Bugs planted on purpose: what shows that the power-cut simulation would find them if they were ours.
//
//   if (!planted(Planted::sync_skipped)) { ... }
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
  shown_before_written,      // the queue entry is there before the record
  queue_offset_repeated,     // a burst's second message of a queue gets the offset of its first
  rolled_into_old_file,      // a record that does not fit is written over the file's end
  blank_not_written,         // nothing says where the records of a full file end
  failed_write_not_undone,   // what follows a write that failed goes behind its torn bytes

  // Recovery
  crc_ignored,            // a record is believed by its length and magic alone
  tail_not_zeroed,        // old bytes stay behind the recovered end
  zeroes_not_synced,      // they are zeroed, and may be back after the next cut
  queue_tail_kept,        // queue entries stay that point behind the recovered end
  next_offset_one_less,   // the first message after a recovery gets the last one's offset
  recovery_starts_late,   // the log is read from one record behind the checkpoint on
  marked_clean_too_soon,  // the abort mark goes before everything is synced

  // Checkpoint and key index
  checkpoint_ahead,           // it claims what was written to queues, synced or not
  checkpoint_before_entries,  // it takes the log's end after the entries were written, not before
  index_entry_off_by_one,     // a slot points at the entry before
  index_tail_kept,            // entries behind the ones that the checkpoint claims are believed

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
