// The file `checkpoint`: what of the store was certainly on the disk, so that a start need not read it all.
//
//   0     i64 x 3  Apache's three times: log, queues, index
//   2048  512 B    our section, one of two slots
//   2560  512 B    the other slot; the rest is not ours and stays as it is
//
// A slot (frozen: on disk):
//   i64 magic   i32 version   i32 flags (1: clean)   i64 sequence   i64 x 3 times before   i64 x 3 times
//   i64 queues_to   i64 flushed_to   i64 index log   i32 index count   i32 + index file name   zeros
//   508: u32 CRC-32 of all before it
//
// A slot is made durable before Apache's times change, and the other slot stays meanwhile: a power cut at any
// moment leaves the older claims or the newer ones. The times in the file must be those of the slot, or those
// from before it, or else Apache has run since.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/index_position.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::store {

// Store times in ms since 1970: messages stored by then are on the disk.
struct CheckpointTimes {
  std::int64_t log = 0;
  std::int64_t queues = 0;
  std::int64_t index = 0;  // in full index files

  bool operator==(const CheckpointTimes&) const = default;
};

struct Claims {
  api::LogOffset queues_to{};   // the queue files have the entries of everything before it
  api::LogOffset flushed_to{};  // the log itself is on the disk up to here
  IndexPosition index{};        // the file may be gone: Apache drops index files after a crash
  bool clean = false;           // written by a stop that synced all; void when the `abort` marker is there

  bool operator==(const Claims&) const = default;
};

struct Checkpoint {
  CheckpointTimes times{};
  std::optional<Claims> claims{};  // nullopt: never ours, damaged, or Apache has run since
  std::string warning{};           // for the operator's log; empty: nothing to say
};

// Thread: one at a time.
class CheckpointFile {
 public:
  CheckpointFile(FileSystem& files, std::filesystem::path path) : files_(files), path_(std::move(path)) {}

  // A file that is missing, short or damaged is no error: its times are zero and it claims nothing. When one
  // slot is damaged, the other one's claims are taken, but never as `clean`.
  IoResult<Checkpoint> read();

  // Durable when it returns. The file is made when it is not there, and is 4096 bytes long. After an error
  // the claims from before it still stand; once a sync has failed, every later write fails with that error.
  // The caller says only what is already durable.
  IoResult<void> write(const CheckpointTimes& times, const Claims& claims);

  // After a read() that found no claims: makes sure that none come back. Should the times change to what they
  // were, as a power cut may have it, old claims would look true again.
  IoResult<void> forget_claims();

 private:
  struct Slot {
    std::int64_t sequence = 0;
    CheckpointTimes before{};
    CheckpointTimes times{};
    Claims claims{};
  };
  struct Content {
    CheckpointTimes times{};
    std::array<std::optional<Slot>, 2> slots{};
    bool damaged = false;  // a slot is neither empty nor whole
    std::string warning{};
  };

  static std::string encode(const Slot& slot);
  static std::optional<Slot> decode(std::string_view bytes);
  static bool written_with(const CheckpointTimes& times, const Slot& slot);
  static std::optional<std::size_t> current(const Content& content);

  IoResult<Content> load() const;
  IoResult<void> open_for_writing();
  IoResult<void> write_to_file(const CheckpointTimes& times, const Claims& claims);
  IoResult<void> sync(File& file);

  FileSystem& files_;
  const std::filesystem::path path_;
  std::unique_ptr<File> file_;  // once written to
  std::int64_t sequence_ = 0;   // of the slot that counts
  std::size_t slot_ = 1;        // which one that is
  CheckpointTimes times_{};     // in the file
  std::optional<IoError> sync_failed_;
};

}  // namespace gantry::store
