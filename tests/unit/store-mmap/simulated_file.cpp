#include "tests/unit/store-mmap/simulated_file.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace gantry::store {

using Call = SimulatedFileSystem::Call;

SimulatedFile::SimulatedFile(SimulatedFileSystem& files, SimulatedFileSystem::Path path,
                             const SimulatedNode& node, bool writable, std::shared_ptr<void> lock)
    : files_(files),
      path_(std::move(path)),
      content_(node.file),
      blocks_(node.blocks),
      writable_(writable),
      lock_(std::move(lock)),
      life_(files.life_) {
}

SimulatedFile::Course SimulatedFile::begin(Call call) {
  const bool writes = SimulatedFileSystem::changes(call) && call != Call::sync;
  if (life_ != files_.life_ || (writes && !writable_)) {
    files_.number_ = EBADF;
    return Course::not_at_all;
  }
  const Course course = files_.begin(call, path_);
  if (course != Course::not_at_all && writes) content_->modified = files_.date();
  return course;
}

std::int64_t SimulatedFile::part_of(std::int64_t total, Course course) {
  return course == Course::well ? total : files_.random_.between(0, total);
}

bool SimulatedFile::happens(Course course) {
  return course == Course::well || (course == Course::partly && files_.random_.one_in(2));
}

IoResult<void> SimulatedFile::end(Call call, Course course) const {
  if (course == Course::well) return {};
  return error(call);
}

IoResult<void> SimulatedFile::write(std::int64_t at, std::span<const iovec> pieces) {
  std::int64_t total = 0;
  for (const auto& piece : pieces) total += static_cast<std::int64_t>(piece.iov_len);
  const Course course = begin(Call::write);
  if (course == Course::not_at_all) return error(Call::write);
  files_.counts_.written += total;
  // The kernel locks a page while it copies into it: what goes to the disk meanwhile is never half a piece.
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(total));
  for (const auto& piece : pieces) bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  bytes.resize(static_cast<std::size_t>(part_of(total, course)));
  if (content_->write(at, bytes, files_.random_) < std::ssize(bytes)) return full(Call::write);
  return end(Call::write, course);
}

IoResult<std::size_t> SimulatedFile::read(std::int64_t at, std::span<char> to) {
  if (begin(Call::read) != Course::well) return error(Call::read);
  const std::int64_t behind = at + static_cast<std::int64_t>(to.size());
  if (!content_->readable(at, behind)) return files_.error(Call::read, path_, EIO);
  content_->bring_in(at, behind);
  return content_->read(at, to);
}

IoResult<std::optional<std::size_t>> SimulatedFile::read_cached(std::int64_t at, std::span<char> to) {
  if (begin(Call::read) != Course::well) return error(Call::read);
  if (!content_->resident(at, at + static_cast<std::int64_t>(to.size()))) return std::optional<std::size_t>();
  return std::optional(content_->read(at, to));
}

IoResult<void> SimulatedFile::sync() {
  ++files_.counts_.syncs;
  const Course course = begin(Call::sync);
  if (course == Course::well) files_.counts_.synced += content_->sync();
  // With the power gone nothing comes after that could take it for written.
  if (course == Course::partly && files_.powered_) content_->fail_sync(files_.random_);
  return end(Call::sync, course);
}

IoResult<void> SimulatedFile::allocate(std::int64_t size) {
  const Course course = begin(Call::allocate);
  if (course == Course::not_at_all) return error(Call::allocate);
  const std::int64_t wanted = part_of(size, course);
  if (content_->allocate(wanted) < wanted) return full(Call::allocate);
  return end(Call::allocate, course);
}

IoResult<void> SimulatedFile::resize(std::int64_t size) {
  const Course course = begin(Call::resize);
  if (happens(course)) content_->resize(size, files_.random_);
  return end(Call::resize, course);
}

IoResult<void> SimulatedFile::zero(std::int64_t from, std::int64_t to) {
  const Course course = begin(Call::zero);
  if (course != Course::not_at_all) {
    std::int64_t done_to = from + part_of(std::max(to - from, std::int64_t{0}), course);
    // What a file system clears it clears by whole sectors, but for the ends.
    if (done_to < to)
      done_to = std::max(from, done_to / SimulatedContent::kSector * SimulatedContent::kSector);
    content_->zero(from, done_to, files_.random_);
  }
  return end(Call::zero, course);
}

IoResult<void> SimulatedFile::zero_durably(std::int64_t from, std::int64_t to) {
  if (auto zeroed = zero(from, to); !zeroed) return zeroed;
  ++files_.counts_.syncs;
  const Course course = begin(Call::sync);
  if (course == Course::well) files_.counts_.synced += content_->sync(from, to);
  if (course == Course::partly && files_.powered_) content_->fail_sync(files_.random_);
  return end(Call::sync, course);
}

IoResult<std::int64_t> SimulatedFile::size() {
  if (begin(Call::size) != Course::well) return error(Call::size);
  return content_->size();
}

IoResult<std::int64_t> SimulatedFile::next_data(std::int64_t at) {
  if (begin(Call::next_data) != Course::well) return error(Call::next_data);
  return content_->next_data(at);
}

IoResult<std::shared_ptr<const Mapping>> SimulatedFile::map() {
  if (begin(Call::map) != Course::well) return error(Call::map);
  return std::make_shared<SimulatedMapping>(files_, path_, content_, blocks_);
}

SimulatedMapping::SimulatedMapping(SimulatedFileSystem& files, SimulatedFileSystem::Path path,
                                   std::shared_ptr<SimulatedContent> content,
                                   std::shared_ptr<SimulatedBlocks> blocks)
    : files_(files),
      life_(files.life_),
      path_(std::move(path)),
      content_(std::move(content)),
      blocks_(std::move(blocks)),
      held_(content_->mapped()),
      bad_sectors_before_(content_->bad_sectors()) {
  bytes_ = {held_.get(), static_cast<std::size_t>(content_->size())};
}

bool SimulatedMapping::resident(std::int64_t at, std::size_t size) const {
  return !failed() && content_->resident(at, at + static_cast<std::int64_t>(size));
}

IoResult<void> SimulatedMapping::bring_in(std::int64_t at, std::size_t size) const {
  if (life_ != files_.life_) return {};
  if (files_.begin(Call::bring_in, path_) != SimulatedFileSystem::Course::well)
    return files_.error(Call::bring_in, path_, files_.number_);
  const std::int64_t end = at + static_cast<std::int64_t>(size);
  if (failed() || !content_->readable(at, end)) return files_.error(Call::bring_in, path_, EIO);
  content_->bring_in(at, end);
  return {};
}

}  // namespace gantry::store
