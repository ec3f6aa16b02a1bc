// A simulated disk with an empty directory, and words for what is on it.
#pragma once

#include "tests/unit/store-mmap/simulated_file_system.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace gantry::store {

inline constexpr std::size_t kPage = SimulatedContent::kPage;
inline constexpr std::size_t kSector = SimulatedContent::kSector;
inline constexpr std::uint64_t kSeeds = 200;

struct SomeDisk {
  explicit SomeDisk(std::uint64_t seed) : files(seed, clock) { files.plant_directory("data"); }

  std::unique_ptr<File> created(const std::string& path) {
    return files.open(path, FileSystem::Open::create).value();
  }
  // Its name is on the disk.
  std::unique_ptr<File> durable_file(const std::string& path) {
    auto file = created(path);
    files.sync_directory("data").value();
    return file;
  }

  api::testing::ManualClock clock;
  SimulatedFileSystem files;
};

inline std::string page_of(char filler) {
  return std::string(kPage, filler);
}

// 'a' for a page full of it, '?' for a mixture.
inline char filler(std::string_view page) {
  return page.find_first_not_of(page[0]) == std::string_view::npos ? page[0] : '?';
}

// What comes out of a story over many seeds.
template <class Story>
auto outcomes(const Story& story) {
  std::set<decltype(story(std::uint64_t{}))> all;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) all.insert(story(seed));
  return all;
}

}  // namespace gantry::store
