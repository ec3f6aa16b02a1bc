// A file of the operating system, mapped to be read. Made by PosixFileSystem's files.
#pragma once

#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/mapping_guard.h"
#include "plugins/store-mmap/system_calls.h"

#include <optional>

namespace gantry::store {

// Thread: any.
class PosixMapping final : public Mapping {
 public:
  // The first `size` bytes of an open file, which may be closed afterwards. `calls` outlives the mapping.
  static IoResult<std::shared_ptr<const Mapping>> map(int file, std::size_t size, std::filesystem::path path,
                                                      const SystemCalls& calls);

  PosixMapping(std::string_view bytes, std::filesystem::path path, const SystemCalls& calls);
  ~PosixMapping() override;
  PosixMapping(const PosixMapping&) = delete;
  PosixMapping& operator=(const PosixMapping&) = delete;

  bool resident(std::int64_t at, std::size_t size) const override;
  IoResult<void> bring_in(std::int64_t at, std::size_t size) const override;
  bool failed() const override { return guard_->failed(); }

 private:
  std::string_view pages(std::int64_t at, std::size_t size) const;
  IoError cannot_read(std::string_view pages, int number) const;
  IoResult<void> bring_in_each(std::string_view pages) const;
  IoResult<void> touch(std::string_view pages) const;

  std::filesystem::path path_;
  const SystemCalls& calls_;
  std::optional<MappingGuard> guard_;
};

}  // namespace gantry::store
