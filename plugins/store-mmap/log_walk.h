// Reads a whole log, file after file, for tools: tells each message, and each stretch in which none can be
// read with what a start would make of it, and goes on behind it.
//
//   LogWalk walk(disk, row, {.durable_to = ..., .closed = ...});
//   auto end = walk.run(row.first(), visitor);
//
// Reads by File::read, a chunk at a time.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/log_row.h"
#include "plugins/store-mmap/log_scan.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace gantry::store {

// Thread: one at a time.
class LogWalk {
 public:
  struct Unreadable {
    enum class Verdict : std::uint8_t {
      torn,    // a crash may have left it so: the next start cuts the log there
      damage,  // it had been on the disk, or messages follow that were written later
    };
    const LogRow::File& file;
    LogScan::Step step;  // its record, when only the checksum or the place is wrong
    api::LogOffset to;   // where messages go on, or the file ends
    Verdict verdict = Verdict::damage;
    std::string why;
  };

  class Visitor {
   public:
    virtual ~Visitor() = default;
    // False: that is enough. What is handed over is gone when the call returns.
    virtual bool message(const LogRow::File& file, const LogScan::Step& step) = 0;
    virtual bool unreadable(const Unreadable& stretch) = 0;
    virtual bool progress(api::LogOffset read_to) = 0;  // now and then
  };

  struct Settings {
    api::LogOffset durable_to;   // up to here all had been on the disk
    bool closed = false;         // and there the log was closed
    bool whole_records = false;  // nothing was written when the broker ended: what looks whole is whole
    bool check_crc = true;
  };

  LogWalk(FileSystem& disk, const LogRow& row, const Settings& settings)
      : disk_(disk), row_(row), settings_(settings) {}

  // Returns where the log ends: behind the last message, or where the visitor had enough. `from` is where a
  // message begins, or a file.
  IoResult<api::LogOffset> run(api::LogOffset from, Visitor& visitor);

 private:
  enum class Next : std::uint8_t { file, message, nothing };
  struct Place;

  IoResult<bool> walk_file(std::size_t index, api::LogOffset from, Visitor& visitor);
  Place look_at(std::size_t index, File& bytes, const LogScan::Step& step, const std::string& why) const;
  Next tell(const Place& place, Visitor& visitor) const;
  bool later_file_has_messages(std::size_t index) const;
  bool told_progress(api::LogOffset read_to, Visitor& visitor);

  FileSystem& disk_;
  const LogRow& row_;
  const Settings settings_;
  api::LogOffset end_;
  api::LogOffset told_;
};

}  // namespace gantry::store
