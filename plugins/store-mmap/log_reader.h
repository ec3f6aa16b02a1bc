// Records of the log where they lie in mapped memory, pinned. What is not in memory is brought in first, if
// the caller may wait; a disk that fails under a mapping is an error of that one read.
//
//   LogReader::Visit visit(reader);             // keeps the file that it read last
//   auto record = visit.record(at, size, LogReader::Wait::no);
//
// Thread: any; a Visit is one thread's.
#pragma once

#include "kernel/api/message_store.h"
#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/log_positions.h"
#include "remoting/slice.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gantry::store {

class LogReader {
 public:
  // What was written last is in memory without asking: so many bytes.
  static constexpr std::int64_t kSurelyResident = std::int64_t{64} << 20;

  LogReader(LogFiles& files, const LogPositions& positions) : files_(files), positions_(positions) {}

  enum class Wait : std::uint8_t { no, yes };

  struct Found {
    enum class What : std::uint8_t {
      bytes,
      would_wait,  // only with Wait::no
      gone,        // retention has taken it
    };
    What what = What::gone;
    std::string_view bytes;  // as long as the visit stays in the file, or the pin is held
  };

  class Visit {
   public:
    explicit Visit(LogReader& reader) : reader_(reader) {}

    // `size` bytes from `at` on; they end in the same file. An error: the disk, or such a place cannot be.
    api::Result<Found> bytes(api::LogOffset at, std::size_t size, Wait wait);
    // The same, and they must be one record as its head says. Body and properties are not looked into.
    api::Result<Found> record(api::LogOffset at, std::size_t size, Wait wait);
    const std::shared_ptr<const Mapping>& pin() const { return mapping_; }
    // After reading what bytes() gave: the disk failed meanwhile.
    std::optional<api::Refusal> failed() const;
    // Tells that [from, to) need not be asked for again: it is in memory, as found by one question.
    bool all_resident(api::LogOffset from, api::LogOffset to);
    // Goes to the file that holds it, if that is mapped.
    void come_to(api::LogOffset at) { static_cast<void>(move_to(at, Wait::no)); }
    // The head of the record there will be looked at in a moment: those of a batch then come from memory all
    // at once, not one after the other.
    void prefetch(api::LogOffset at) const {
      if (!file_ || at < file_->start() || at >= file_->end()) return;
      const char* const head = mapping_->bytes(at - file_->start(), 1).data();
      __builtin_prefetch(head);
      __builtin_prefetch(head + kHead);  // often in the next line; harmless behind the mapping's end
    }

   private:
    static constexpr std::size_t kHead = 35;  // its last byte that record() looks at
    enum class Moved : std::uint8_t { there, would_wait, gone };
    api::Result<Moved> move_to(api::LogOffset at, Wait wait);

    LogReader& reader_;
    std::shared_ptr<LogFile> file_;
    std::shared_ptr<const Mapping> mapping_;
    api::LogOffset resident_from_, resident_to_;
  };

  // The message that begins at `at`. Waits.
  api::Result<api::StoredMessage> message(api::LogOffset at);
  // Of the record at `at`. Waits.
  api::Result<std::int64_t> stored_at(api::LogOffset at);

  // Whole records from `from` on, about `most` bytes; see api::MessageStore::walk(). Waits.
  api::Result<api::LogOffset> walk(api::LogOffset from, std::size_t most,
                                   const std::function<void(std::span<const api::LogEntry>)>& each);
  // The bytes of whole records and blanks, of one file, pinned; see api::RawLog::read(). Waits.
  api::Result<remoting::Slice> raw(api::LogOffset from, std::size_t most);

  api::LogOffset end() const { return {positions_.visible.load(std::memory_order_acquire)}; }
  api::LogOffset first() const { return files_.first(); }

 private:
  LogFiles& files_;
  const LogPositions& positions_;
};

// What a reader is told when the disk or the log is not what it should be.
api::Refusal unreadable(api::LogOffset at, const std::string& why);

}  // namespace gantry::store
