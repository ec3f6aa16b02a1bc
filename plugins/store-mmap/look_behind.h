// What comes behind a bad place in a file of the commit log, so that recovery can tell a tail that a power
// cut tore off from damage in the middle.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/log_scan.h"
#include "remoting/message_record_view.h"

#include <cstdint>
#include <optional>

namespace gantry::store {

struct Behind {
  // The first record or blank behind it that is valid and at its own place.
  std::optional<api::LogOffset> next_valid{};
  // Within the bad stretch, which ends with the bad record or at next_valid, a whole aligned sector of zeros
  // begins, or the sector of the bad place has nothing but zeros from there on: a write that never got there.
  // A message whose body is zeros looks the same.
  bool zero_sector = false;
  bool only_zeros = false;      // from the bad place to the end of the file: nothing was ever written there
  api::LogOffset written_to{};  // from here to the end of the file are zeros
};
inline constexpr std::int64_t kSectorSize = 512;

// `bad` is the step that LogScan gave; of one that you make yourself, `end` may be `at`: unknown. Reads up to
// the end of the file. Thread: any.
IoResult<Behind> look_behind(File& file, api::LogOffset file_start, std::int64_t file_size,
                             const LogScan::Step& bad);

// Of a record that is valid otherwise: its CRC covers the body only, and what never arrived of the rest is
// zeros, which belong neither in a topic nor in properties. look_behind() tells whether a power cut may have
// done it. Any thread.
bool may_lack_its_end(const remoting::MessageRecordView& record);

}  // namespace gantry::store
