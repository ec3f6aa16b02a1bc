// Reads the records of one file of the commit log for recovery and for offline tools: through File::read and
// never through a mapping, so that a bad sector is an error and not a signal.
//
//   LogScan scan(file, start, size, /*check_crc=*/true);
//   scan.seek(from);
//   for (auto step = scan.next(); step && step->kind == LogScan::Kind::record; step = scan.next()) ...
//
// What makes a record valid, beyond Apache's own test (magic, lengths that add up, the body's CRC): it leaves
// room for a blank behind it, its number in its queue is one that can be, and its physical-offset field is
// its place. Apache never looks at that field, so files that were copied under another name pass there; here
// only when `Moved::accepted` says so. A blank must span exactly the rest of the file. Records of both
// versions pass, with any system flag. A stale record that lies at its old place is valid by all that a
// single record can tell: queue offset and store time are for the caller to compare with what came before.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "remoting/message_record_view.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::store {

// Thread: one at a time.
class LogScan {
 public:
  enum class Moved : std::uint8_t { refused, accepted };
  enum class Kind : std::uint8_t {
    record,
    blank,  // the rest of the file is unused; end_of_file comes next
    bad,    // neither; why() says it, and the position stays
    end_of_file,
  };

  struct Step {
    Kind kind = Kind::end_of_file;
    api::LogOffset at{};
    api::LogOffset end{};  // where it ends; of a bad one by its own account, if that can be, or else `at`
    // Until the next call of next() or seek(). Also of a bad one whose lengths are right (CRC, place).
    std::optional<remoting::MessageRecordView> record{};
  };

  LogScan(File& file, api::LogOffset file_start, std::int64_t file_size, bool check_crc,
          Moved moved = Moved::refused);

  void seek(api::LogOffset to);
  api::LogOffset position() const { return start_ + position_; }

  // The thing at the position, which then moves behind it. An error: the disk cannot give the bytes there;
  // everything before them has been told, and the position stays.
  IoResult<Step> next();

  // About the last bad step: "body CRC 0x00000001 at byte 8: only 0x4BF43926 would fit". Without the place.
  const std::string& why() const { return why_; }

 private:
  enum class Lengths : std::uint8_t { right, wrong };

  std::string_view buffered() const;
  IoResult<void> fill(std::size_t least);
  IoResult<void> fill_up_to_bad_page(std::size_t least, std::size_t goal);
  IoResult<Lengths> lengths_add_up(std::string_view head, std::size_t size);
  Step judge(const remoting::DecodedRecord& decoded, std::int64_t rest);
  Step bad(std::string why, std::int64_t size = 0);
  static bool fits(std::int64_t size, std::int64_t rest);
  static std::string does_not_fit(std::string_view bytes, std::int64_t rest);

  File& file_;
  const api::LogOffset start_;
  const std::int64_t size_;
  const bool check_crc_;
  const Moved moved_;
  std::int64_t position_ = 0;  // in the file
  std::unique_ptr<char[]> buffer_;
  std::size_t room_ = 0;    // of the buffer
  std::int64_t from_ = 0;   // where in the file the buffer begins
  std::size_t filled_ = 0;  // how much of it is there
  std::string why_;
};

}  // namespace gantry::store
