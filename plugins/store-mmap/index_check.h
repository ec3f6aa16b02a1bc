// Holds the key index against the log: each message must have an entry for each of its keys, each entry its
// message, and each slot must lead to the newest entry of its hashes. Messages are handed in once, in the
// log's order, which is that of the entries.
//
//   IndexCheck check(disk, settings);
//   check.begin();
//   for each message of the log:  check.message(at, record);
//   check.end(log_end);
//
// Memory: the slots of one file (20 MB with Apache's numbers). Thread: one at a time.
#pragma once

#include "kernel/api/positions.h"
#include "kernel/api/store_tools.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/index_file.h"
#include "plugins/store-mmap/index_position.h"
#include "remoting/message_record_view.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gantry::store {

struct IndexCheckSettings {
  std::filesystem::path directory;
  IndexGeometry geometry;
  std::optional<IndexPosition> position;  // nullopt: Apache's broker wrote last
  bool clean = false;                     // the last stop
  api::LogOffset log_first;
  api::StoreTools::Found found;
};

class IndexCheck {
 public:
  IndexCheck(FileSystem& disk, IndexCheckSettings settings) : disk_(disk), settings_(std::move(settings)) {}

  // Finds the files, and those that a start removes, whose messages it indexes again.
  IoResult<void> begin();
  IoResult<void> message(api::LogOffset at, const remoting::MessageRecordView& record);
  IoResult<void> end(api::LogOffset log_end);

  std::int64_t files() const { return static_cast<std::int64_t>(files_.size()); }
  std::int64_t entries() const { return entries_; }

 private:
  struct Listed {
    std::string name;
    IndexHeader header;
    std::int32_t count = 1;   // entries before this number are to be right
    bool made_again = false;  // its slots are, by the next start
  };
  struct Wrong {  // of a file's entries
    std::int64_t count = 0;
    api::StoreFinding first{};
  };
  struct Unindexed {  // messages of which a key is missing, one behind the other
    std::int64_t count = 0;
    api::LogOffset first, last;
    std::int32_t entry = 0;  // before which they should be
    std::size_t file = 0;
  };

  bool named(const std::string& name) const { return settings_.position && name == settings_.position->file; }
  IoResult<std::string> judge(const FileSystem::Entry& entry, Listed& listed) const;
  void leave_out(const std::string& name, const std::string& why) const;
  void leave_out_apaches_last();
  void decide_what_is_complete();

  IoResult<bool> at_an_entry();
  IoResult<void> open_file();
  IoResult<IndexEntry> entry(std::int32_t number);
  IoResult<bool> points_too_far(const IndexEntry& here, api::LogOffset at);
  void take(const IndexEntry& here);
  void take_without_message(const IndexEntry& here, api::LogOffset log_end);
  IoResult<void> close_file();
  void note_unindexed(api::LogOffset at);
  void tell_unindexed();
  api::StoreFinding here_is(api::StoreFinding::Weight weight, std::string what, std::string affected) const;
  void tell(Wrong& wrong);

  FileSystem& disk_;
  const IndexCheckSettings settings_;
  std::vector<Listed> files_;
  bool complete_ = true;        // no file is left out
  api::LogOffset complete_to_;  // keys of all messages before it are to be there
  std::vector<std::int32_t> keys_;
  std::vector<bool> has_entry_;  // of those keys

  std::size_t file_ = 0;  // of files_
  std::unique_ptr<IndexFile> open_;
  std::int32_t number_ = 1;  // of the entry to be looked at next
  std::vector<char> block_;
  std::int32_t block_from_ = 0, block_to_ = 0;
  std::vector<std::int32_t> slots_;  // as the entries so far make them
  Wrong links_, messages_, behind_end_;
  std::int64_t entries_ = 0;
  Unindexed unindexed_;
};

}  // namespace gantry::store
