// The names in one directory of a simulated disk: as the running system sees them, and what each of them may
// be after a power cut. The fault model is in simulated_file_system.h.
#pragma once

#include "tests/unit/store-mmap/seeded_random.h"
#include "tests/unit/store-mmap/simulated_content.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gantry::store {

class SimulatedDirectory;

// What a name stands for: a file, a directory, or nothing.
struct SimulatedNode {
  std::shared_ptr<SimulatedContent> file{};
  std::shared_ptr<SimulatedBlocks> blocks{};  // of the file, as long as the name is there
  std::shared_ptr<SimulatedDirectory> directory{};

  bool there() const { return file || directory; }
};

class SimulatedDirectory {
 public:
  const std::map<std::string, SimulatedNode>& names() const { return names_; }

  SimulatedNode find(const std::string& name) const {
    const auto at = names_.find(name);
    return at == names_.end() ? SimulatedNode{} : at->second;
  }

  // Nothing: the name is removed.
  void set(const std::string& name, SimulatedNode node) {
    SimulatedNode before = find(name);
    before.blocks.reset();
    changed_[name].push_back(std::move(before));
    names_.erase(name);
    if (node.there()) names_.emplace(name, std::move(node));
  }

  void sync() { changed_.clear(); }
  void sync(const std::string& name) { changed_.erase(name); }
  void fail_sync(SeededRandom& random) {
    std::erase_if(changed_, [&random](const auto&) { return random.one_in(2); });
  }

  // It is another disk than what is around it.
  void mount() { mounted_ = true; }
  bool mounted() const { return mounted_; }

  // With all that is in it and on the same disk. How many bytes of files went there.
  std::int64_t sync_all() {
    sync();
    std::int64_t bytes = 0;
    for (const auto& [name, node] : names_) {
      if (node.directory && !node.directory->mounted_) bytes += node.directory->sync_all();
      if (node.file) bytes += node.file->sync();
    }
    return bytes;
  }
  void fail_sync_all(SeededRandom& random) {
    fail_sync(random);
    for (const auto& [name, node] : names_) {
      if (node.directory && !node.directory->mounted_) node.directory->fail_sync_all(random);
      if (node.file) node.file->fail_sync(random);
    }
  }

  bool durable(const std::string& name) const { return names_.contains(name) && !changed_.contains(name); }

  std::shared_ptr<SimulatedDirectory> after_power_cut(const std::shared_ptr<SimulatedSpace>& space,
                                                      SeededRandom& random) const {
    static constexpr std::array<std::uint64_t, 5> kKept{0, 20, 50, 80, 100};
    const std::uint64_t kept = random.pick(kKept);
    auto next = std::make_shared<SimulatedDirectory>();
    next->mounted_ = mounted_;
    const auto survive = [&](const std::string& name, const SimulatedNode& node) {
      if (node.directory) {
        next->names_[name].directory = node.directory->after_power_cut(space, random);
      } else if (node.file) {
        auto blocks = std::make_shared<SimulatedBlocks>(space);
        next->names_[name] = {.file = node.file->after_power_cut(blocks, random), .blocks = blocks};
      }
    };
    for (const auto& [name, node] : names_) {
      if (!changed_.contains(name)) survive(name, node);
    }
    for (auto& [name, before] : changed_)
      survive(name, random.percent(kept) ? find(name) : random.pick(before));
    return next;
  }

 private:
  std::map<std::string, SimulatedNode> names_;
  // What the names stood for that were changed since the last sync, oldest first.
  std::map<std::string, std::vector<SimulatedNode>> changed_;
  bool mounted_ = false;
};

}  // namespace gantry::store
