#include "tests/unit/store-mmap/simulated_file_system.h"

#include "tests/unit/store-mmap/simulated_file.h"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace gantry::store {

using Call = SimulatedFileSystem::Call;

bool SimulatedFileSystem::changes(Call call) {
  switch (call) {
    case Call::open:
    case Call::make_directories:
    case Call::rename:
    case Call::remove:
    case Call::remove_directory:
    case Call::sync_directory:
    case Call::lock:
    case Call::write:
    case Call::sync:
    case Call::allocate:
    case Call::resize:
    case Call::zero:
      return true;
    default:
      return false;
  }
}

std::string_view SimulatedFileSystem::name(Call call) {
  static constexpr std::array<std::string_view, 21> kNames{"open",
                                                           "list",
                                                           "look for",
                                                           "make directory",
                                                           "rename",
                                                           "remove",
                                                           "remove directory",
                                                           "sync directory",
                                                           "ask the room of",
                                                           "lock",
                                                           "lock for reading",
                                                           "write",
                                                           "read",
                                                           "sync",
                                                           "allocate",
                                                           "resize",
                                                           "zero a part of",
                                                           "ask the size of",
                                                           "find data in",
                                                           "map",
                                                           "bring in"};
  return kNames.at(static_cast<std::size_t>(call));
}

class SimulatedDisk final : public Disk {
 public:
  SimulatedDisk(SimulatedFileSystem& files, SimulatedFileSystem::Path path)
      : files_(files), life_(files.life_), path_(std::move(path)) {}

  IoResult<void> sync() override {
    using Course = SimulatedFileSystem::Course;
    ++files_.counts_.syncs;
    const Course course = life_ == files_.life_ ? files_.begin(Call::sync, path_) : Course::not_at_all;
    const auto whole = top();
    if (course == Course::well) {
      files_.counts_.synced += whole->sync_all();
    } else if (course == Course::partly && files_.powered_) {
      whole->fail_sync_all(files_.random_);
    }
    if (course != Course::well) return files_.error(Call::sync, path_, files_.number_);
    return {};
  }

 private:
  std::shared_ptr<SimulatedDirectory> top() const {
    for (auto path = path_.relative_path(); path.has_relative_path(); path = path.parent_path()) {
      const auto inside = files_.directory(path);
      if (inside && inside->mounted()) return inside;
    }
    return files_.root_;
  }

  SimulatedFileSystem& files_;
  const std::int64_t life_;
  const SimulatedFileSystem::Path path_;
};

// ---- What goes wrong

void SimulatedFileSystem::fail(Fault fault) {
  fault_ = std::move(fault);
  fired_ = false;
}

void SimulatedFileSystem::lose_power_after(std::int64_t calls) {
  calls_with_power_ = calls;
}

void SimulatedFileSystem::power_cut() {
  auto space = std::make_shared<SimulatedSpace>();
  root_ = root_->after_power_cut(space, random_);
  space->capacity = std::max(space_->capacity, space->used);
  space_ = std::move(space);
  mend();
  powered_ = true;
  calls_with_power_.reset();
  kill();
}

void SimulatedFileSystem::kill() {
  ++life_;
  locks_.clear();
  reading_locks_.clear();
}

std::unique_ptr<SimulatedFileSystem> SimulatedFileSystem::after_power_cut(
    std::uint64_t seed, api::testing::ManualClock& clock) const {
  auto other = std::make_unique<SimulatedFileSystem>(seed, clock);
  other->root_ = root_->after_power_cut(other->space_, other->random_);
  other->space_->capacity = std::max(space_->capacity, other->space_->used);
  return other;
}

SimulatedFileSystem::Course SimulatedFileSystem::begin(Call call, const Path& path) {
  ++counts_.calls;
  number_ = EIO;
  if (!powered_) return Course::not_at_all;
  be_slow(call);
  if (calls_with_power_ && changes(call) && (*calls_with_power_)-- == 0) {
    powered_ = false;
    return Course::partly;
  }
  if (!fault_ || (fault_->counts && !fault_->counts(call, path))) return Course::well;
  const std::int64_t left = fault_->at--;
  if (left > 0 || (left < 0 && !fault_->from_then_on)) return Course::well;
  fired_ = true;
  number_ = fault_->number;
  return Course::partly;
}

void SimulatedFileSystem::be_slow(Call call) {
  const auto most = call == Call::sync    ? slowness_.most_sync
                    : call == Call::write ? slowness_.most_write
                                          : std::chrono::nanoseconds::zero();
  if (most.count() > 0 && random_.one_in(slowness_.one_in))
    clock_.advance(std::chrono::nanoseconds(random_.between(1, most.count())));
}

void SimulatedFileSystem::flip_bit(const Path& file, std::int64_t at, unsigned bit) {
  std::string byte(1, '\0');
  content(file).read(at, byte);
  byte[0] = static_cast<char>(static_cast<unsigned char>(byte[0]) ^ (1U << bit));
  content(file).spoil(at, byte);
}

void SimulatedFileSystem::overwrite(const Path& file, std::int64_t at, std::string_view bytes) {
  content(file).spoil(at, bytes);
}

void SimulatedFileSystem::make_unreadable(const Path& file, std::int64_t from, std::int64_t to) {
  content(file).make_unreadable(from, to);
}

void SimulatedFileSystem::evict() {
  for (const auto& file : all_files()) content(file).evict();
}

// ---- What is there

void SimulatedFileSystem::plant_directory(const Path& path) {
  auto inside = root_;
  for (const auto& part : path.relative_path().lexically_normal()) {
    const std::string name = part.string();
    if (name.empty() || name == ".") continue;
    if (!inside->find(name).directory)
      inside->set(name, {.directory = std::make_shared<SimulatedDirectory>()});
    inside->sync(name);
    inside = inside->find(name).directory;
  }
}

void SimulatedFileSystem::mount(const Path& path) {
  plant_directory(path);
  directory(path)->mount();
}

void SimulatedFileSystem::plant(const Path& file, std::string_view bytes) {
  plant_directory(file.parent_path());
  const auto [inside, name] = place(file);
  const SimulatedNode made = new_file();
  inside->set(name, made);
  inside->sync(name);
  made.file->write(0, bytes, random_);
  made.file->sync();
}

void SimulatedFileSystem::lose(const Path& path) {
  const auto [inside, name] = place(path);
  inside->set(name, {});
  inside->sync(name);
}

std::vector<SimulatedFileSystem::Path> SimulatedFileSystem::all_files() const {
  std::vector<Path> files;
  const std::function<void(const SimulatedDirectory&, const Path&)> walk = [&](const auto& inside,
                                                                               const Path& path) {
    for (const auto& [name, node] : inside.names()) {
      if (node.directory) walk(*node.directory, path / name);
      if (node.file) files.push_back(path / name);
    }
  };
  walk(*root_, {});
  std::ranges::sort(files);
  return files;
}

std::string SimulatedFileSystem::text(const Path& file) const {
  std::string bytes(static_cast<std::size_t>(content(file).size()), '\0');
  content(file).read(0, bytes);
  return bytes;
}

bool SimulatedFileSystem::durable(const Path& file, std::int64_t from, std::int64_t to) const {
  return name_durable(file) && content(file).durable(from, to);
}

bool SimulatedFileSystem::name_durable(const Path& path) const {
  auto inside = root_;
  for (const auto& part : path.relative_path().lexically_normal()) {
    if (!inside || !inside->durable(part.string())) return false;
    inside = inside->find(part.string()).directory;
  }
  return true;
}

std::shared_ptr<SimulatedDirectory> SimulatedFileSystem::directory(const Path& path) const {
  auto inside = root_;
  for (const auto& part : path.relative_path().lexically_normal()) {
    const std::string name = part.string();
    if (name.empty() || name == ".") continue;
    inside = inside->find(name).directory;
    if (!inside) return nullptr;
  }
  return inside;
}

SimulatedFileSystem::Place SimulatedFileSystem::place(const Path& path) const {
  const Path normal = path.relative_path().lexically_normal();
  return {directory(normal.parent_path()), normal.filename().string()};
}

SimulatedNode SimulatedFileSystem::node(const Path& path) const {
  const auto [inside, name] = place(path);
  return inside ? inside->find(name) : SimulatedNode{};
}

SimulatedContent& SimulatedFileSystem::content(const Path& file) const {
  const auto found = node(file).file;
  if (!found) throw std::logic_error("there is no file " + file.string() + " on the simulated disk");
  return *found;
}

SimulatedNode SimulatedFileSystem::new_file() const {
  auto blocks = std::make_shared<SimulatedBlocks>(space_);
  auto file = std::make_shared<SimulatedContent>(blocks);
  file->modified = date();
  return {.file = std::move(file), .blocks = std::move(blocks)};
}

std::int64_t SimulatedFileSystem::date() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.date().time_since_epoch()).count();
}

IoError SimulatedFileSystem::error(Call call, const Path& path, int number) const {
  return {number, "cannot " + std::string(name(call)) + " " + path.string() + ": " +
                      std::generic_category().message(number)};
}

// ---- FileSystem

IoResult<std::unique_ptr<File>> SimulatedFileSystem::open(const Path& file, Open how) {
  const Course course = begin(Call::open, file);
  if (course == Course::not_at_all) return error(Call::open, file, number_);
  const auto [inside, name] = place(file);
  if (!inside) return error(Call::open, file, ENOENT);
  if (inside->find(name).directory) return error(Call::open, file, EISDIR);
  if (!inside->find(name).file) {
    if (how != Open::create) return error(Call::open, file, ENOENT);
    if (course == Course::well || random_.one_in(2)) inside->set(name, new_file());
  }
  if (course == Course::partly) return error(Call::open, file, number_);
  return std::make_unique<SimulatedFile>(*this, file, inside->find(name), how != Open::read);
}

IoResult<std::vector<FileSystem::Entry>> SimulatedFileSystem::list(const Path& path) {
  if (begin(Call::list, path) != Course::well) return error(Call::list, path, number_);
  std::vector<Entry> entries;
  if (node(path).file) return error(Call::list, path, ENOTDIR);
  if (const auto inside = directory(path)) {
    for (const auto& [name, node] : inside->names()) {
      entries.push_back({.name = name, .directory = node.directory != nullptr});
      if (!node.file) continue;
      entries.back().size = node.file->size();
      entries.back().modified = node.file->modified;
    }
  }
  return entries;
}

IoResult<bool> SimulatedFileSystem::exists(const Path& path) {
  if (begin(Call::exists, path) != Course::well) return error(Call::exists, path, number_);
  return has(path) || directory(path) != nullptr;
}

IoResult<void> SimulatedFileSystem::make_directories(const Path& path) {
  const Course course = begin(Call::make_directories, path);
  if (course == Course::not_at_all) return error(Call::make_directories, path, number_);
  auto inside = root_;
  for (const auto& part : path.relative_path().lexically_normal()) {
    const std::string name = part.string();
    if (name.empty() || name == ".") continue;
    const SimulatedNode found = inside->find(name);
    if (found.file) return error(Call::make_directories, path, ENOTDIR);
    if (!found.directory) {
      if (course == Course::partly && random_.one_in(2)) break;
      inside->set(name, {.directory = std::make_shared<SimulatedDirectory>()});
    }
    inside = inside->find(name).directory;
  }
  if (course == Course::partly) return error(Call::make_directories, path, number_);
  return {};
}

IoResult<void> SimulatedFileSystem::rename(const Path& from, const Path& to) {
  const Course course = begin(Call::rename, from);
  const auto [inside, name] = place(from);
  const auto [new_inside, new_name] = place(to);
  if (!node(from).there() || !new_inside) return error(Call::rename, from, ENOENT);
  if (course == Course::well || (course == Course::partly && random_.one_in(2))) {
    new_inside->set(new_name, inside->find(name));
    inside->set(name, {});
  }
  if (course != Course::well) return error(Call::rename, from, number_);
  return {};
}

IoResult<void> SimulatedFileSystem::remove(const Path& file) {
  const Course course = begin(Call::remove, file);
  const auto [inside, name] = place(file);
  if (inside && inside->find(name).directory) return error(Call::remove, file, EISDIR);
  if (inside && inside->find(name).file &&
      (course == Course::well || (course == Course::partly && random_.one_in(2))))
    inside->set(name, {});
  if (course != Course::well) return error(Call::remove, file, number_);
  return {};
}

IoResult<void> SimulatedFileSystem::remove_directory(const Path& path) {
  const Course course = begin(Call::remove_directory, path);
  if (course == Course::not_at_all) return error(Call::remove_directory, path, number_);
  // All of it, or as far as it comes.
  const std::function<bool(SimulatedDirectory&)> empty = [&](SimulatedDirectory& inside) {
    for (const auto& [name, node] : std::map(inside.names())) {
      if (course == Course::partly && random_.one_in(2)) return false;
      if (node.directory && !empty(*node.directory)) return false;
      inside.set(name, {});
    }
    return true;
  };
  const auto [inside, name] = place(path);
  const auto found = inside ? inside->find(name).directory : nullptr;
  if (found && empty(*found)) inside->set(name, {});
  if (course == Course::partly) return error(Call::remove_directory, path, number_);
  return {};
}

IoResult<void> SimulatedFileSystem::sync_directory(const Path& path) {
  const Course course = begin(Call::sync_directory, path);
  if (course == Course::not_at_all) return error(Call::sync_directory, path, number_);
  const auto found = directory(path);
  if (!found) return error(Call::sync_directory, path, ENOENT);
  if (course == Course::well)
    found->sync();
  else
    found->fail_sync(random_);
  if (course == Course::partly) return error(Call::sync_directory, path, number_);
  return {};
}

IoResult<std::unique_ptr<Disk>> SimulatedFileSystem::disk_of(const Path& path) {
  if (begin(Call::open, path) != Course::well) return error(Call::open, path, number_);
  if (!directory(path)) return error(Call::open, path, ENOENT);
  return std::make_unique<SimulatedDisk>(*this, path);
}

IoResult<FileSystem::Space> SimulatedFileSystem::space(const Path& path) {
  if (begin(Call::space, path) != Course::well) return error(Call::space, path, number_);
  return Space{.used = space_->used, .available = std::max(space_->capacity - space_->used, std::int64_t{0})};
}

IoResult<std::unique_ptr<File>> SimulatedFileSystem::lock(const Path& file) {
  const Course course = begin(Call::lock, file);
  if (course != Course::well) return error(Call::lock, file, number_);
  const auto [inside, name] = place(file);
  if (!inside) return error(Call::lock, file, ENOENT);
  const std::string key = file.relative_path().lexically_normal().string();
  auto& holder = locks_[key];
  if (locked_elsewhere_ == file.relative_path() || !holder.expired() || !reading_locks_[key].expired())
    return error(Call::lock, file, EAGAIN);
  if (!inside->find(name).file) inside->set(name, new_file());
  auto held = std::make_shared<int>(0);
  holder = held;
  return std::make_unique<SimulatedFile>(*this, file, inside->find(name), true, std::move(held));
}

IoResult<std::unique_ptr<File>> SimulatedFileSystem::lock_for_reading(const Path& file) {
  if (begin(Call::lock_for_reading, file) != Course::well)
    return error(Call::lock_for_reading, file, number_);
  const SimulatedNode found = node(file);
  if (!found.file) return error(Call::lock_for_reading, file, ENOENT);
  const std::string key = file.relative_path().lexically_normal().string();
  if (locked_elsewhere_ == file.relative_path() || !locks_[key].expired())
    return error(Call::lock_for_reading, file, EAGAIN);
  auto& holders = reading_locks_[key];
  std::shared_ptr<void> held = holders.lock();
  if (!held) held = std::make_shared<int>(0);
  holders = held;
  return std::make_unique<SimulatedFile>(*this, file, found, false, std::move(held));
}

}  // namespace gantry::store
