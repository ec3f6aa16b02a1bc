// An open file of a simulated disk, and a mapping of one. The fault model is in simulated_file_system.h.
#pragma once

#include "plugins/store-mmap/file_system.h"
#include "tests/unit/store-mmap/simulated_file_system.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace gantry::store {

class SimulatedFile final : public File {
 public:
  using Call = SimulatedFileSystem::Call;

  SimulatedFile(SimulatedFileSystem& files, SimulatedFileSystem::Path path, const SimulatedNode& node,
                bool writable, std::shared_ptr<void> lock = nullptr);

  IoResult<void> write(std::int64_t at, std::span<const iovec> pieces) override;
  IoResult<std::size_t> read(std::int64_t at, std::span<char> to) override;
  IoResult<std::optional<std::size_t>> read_cached(std::int64_t at, std::span<char> to) override;
  IoResult<void> sync() override;
  IoResult<void> allocate(std::int64_t size) override;
  IoResult<void> resize(std::int64_t size) override;
  IoResult<void> zero(std::int64_t from, std::int64_t to) override;
  IoResult<void> zero_durably(std::int64_t from, std::int64_t to) override;
  IoResult<std::int64_t> size() override;
  IoResult<std::int64_t> next_data(std::int64_t at) override;
  IoResult<std::shared_ptr<const Mapping>> map() override;

 private:
  using Course = SimulatedFileSystem::Course;

  Course begin(Call call);
  std::int64_t part_of(std::int64_t total, Course course);
  bool happens(Course course);
  IoError error(Call call) const { return files_.error(call, path_, files_.number_); }
  IoError full(Call call) const { return files_.error(call, path_, ENOSPC); }
  IoResult<void> end(Call call, Course course) const;

  SimulatedFileSystem& files_;
  const SimulatedFileSystem::Path path_;
  const std::shared_ptr<SimulatedContent> content_;
  const std::shared_ptr<SimulatedBlocks> blocks_;
  const bool writable_;
  const std::shared_ptr<void> lock_;
  const std::int64_t life_;
};

class SimulatedMapping final : public Mapping {
 public:
  SimulatedMapping(SimulatedFileSystem& files, SimulatedFileSystem::Path path,
                   std::shared_ptr<SimulatedContent> content, std::shared_ptr<SimulatedBlocks> blocks);

  bool resident(std::int64_t at, std::size_t size) const override;
  IoResult<void> bring_in(std::int64_t at, std::size_t size) const override;
  bool failed() const override { return content_->bad_sectors() > bad_sectors_before_; }

 private:
  SimulatedFileSystem& files_;
  const std::int64_t life_;
  const SimulatedFileSystem::Path path_;
  const std::shared_ptr<SimulatedContent> content_;
  const std::shared_ptr<SimulatedBlocks> blocks_;
  const std::shared_ptr<const char> held_;
  const std::size_t bad_sectors_before_;
};

}  // namespace gantry::store
