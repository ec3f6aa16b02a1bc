// Reads the records of one file of the commit log for recovery and for offline tools: through File::read and
// never through a mapping, so that a bad sector is an error and not a signal.
//
//   LogScan scan(file, start, size, /*check_crc=*/true);
//   scan.seek(from);
//   for (auto step = scan.next(); step && step->kind == LogScan::Kind::record; step = scan.next()) ...
//
// What makes a record valid, beyond Apache's own test (magic, lengths that add up, the body's CRC): it leaves
// room for a blank behind it, and its physical-offset field is its place. Apache never looks at that field,
// so files that were copied under another name pass there; here only when `Moved::accepted` says so. A blank
// must span exactly the rest of the file. Records of both versions pass, with any system flag.
// A stale record that lies at its old place is valid by all that a single record can tell: queue offset and
// store time are for the caller to compare with what came before.
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
  std::string_view buffered() const;
  IoResult<void> fill(std::size_t least);
  IoResult<std::size_t> read_up_to_bad_sector(std::size_t least);
  IoResult<Step> large_record(std::size_t size);
  Step judge(const remoting::DecodedRecord& decoded);
  Step bad(std::string why, std::int64_t size = 0);

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

// What comes behind a bad place, so that recovery can tell a tail that was torn from damage in the middle.
struct Behind {
  // The first record or blank behind it that is valid and at its own place.
  std::optional<api::LogOffset> next_valid{};
  // The bad stretch has a sector, whole and aligned, that is all zeros: a write that never got there. (So has
  // a message whose body is zeros.)
  bool zero_sector = false;
  bool only_zeros = false;      // from the bad place to the end of the file: nothing was ever written there
  api::LogOffset written_to{};  // from here to the end of the file are zeros; `at` when only_zeros
};
inline constexpr std::int64_t kSector = 512;

// `bad` is the step that LogScan gave. Reads up to the end of the file. Thread: any.
IoResult<Behind> look_behind(File& file, api::LogOffset file_start, std::int64_t file_size,
                             const LogScan::Step& bad);

}  // namespace gantry::store
