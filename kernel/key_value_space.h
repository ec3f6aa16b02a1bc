// api::KeyValues of one plugin, over the metadata's entries. Reads go to the database, through connections
// that are kept for the next one; changes go through the metadata writer.
//
// Thread: any. A read throws std::runtime_error when the database cannot be read or is damaged: the sentence
// names the file.
#pragma once

#include "kernel/api/key_values.h"
#include "kernel/entry_table.h"
#include "kernel/metadata_writer.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace gantry::kernel {

// Connections to the database for whoever reads beside the writer: as many as are ever used at once.
class EntryReaders {
 public:
  explicit EntryReaders(std::filesystem::path file) : file_(std::move(file)) {}

  // Calls `read` with a reader that is nobody else's meanwhile.
  template <class Read>
  auto with(Read read) -> decltype(read(std::declval<EntryReader&>())) {
    auto taken = take();
    if (!taken) return taken.error();
    auto result = read((*taken)->entries);
    give_back(std::move(*taken));
    return result;
  }

 private:
  struct Connection {
    explicit Connection(std::unique_ptr<Database> opened) : database(std::move(opened)), entries(*database) {}
    std::unique_ptr<Database> database;
    EntryReader entries;
  };

  Result<std::unique_ptr<Connection>> take();
  void give_back(std::unique_ptr<Connection> connection);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
};

class KeyValueSpace final : public api::KeyValues {
 public:
  static constexpr std::size_t kLongestKey = 1024;
  static constexpr std::size_t kLongestValue = 1024 * 1024;

  // All of them outlive the space.
  KeyValueSpace(std::string_view plugin, EntryReaders& readers, MetadataWriter& writer,
                const api::Clock& clock);

  std::optional<std::string> get(std::string_view key) const override;
  void scan(std::string_view prefix,
            const std::function<bool(std::string_view key, std::string_view value)>& each) const override;
  void change(std::vector<api::KeyValueChange> changes, api::Completion<void> done) override;

 private:
  const std::string space_;
  EntryReaders& readers_;
  MetadataWriter& writer_;
  const api::Clock& clock_;
};

}  // namespace gantry::kernel
