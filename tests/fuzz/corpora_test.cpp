// Replays every kept input through its target, without libFuzzer: what was found once stays found.
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

// Exactly as many bytes as the file has: a sanitizer then sees a read of one more.
std::vector<char> bytes_of(const fs::path& file) {
  std::vector<char> bytes(fs::file_size(file));
  std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

class KeptInputs : public testing::Test {
 public:
  explicit KeptInputs(const Target& target) : target_(target) {}

  void TestBody() override {
    target_.run({});
    const auto files = entries_of(fs::path(GANTRY_CORPUS) / target_.name);
    ASSERT_FALSE(files.empty()) << "tests/fuzz/corpus/" << target_.name << "/ has no input";
    for (const auto& file : files) {
      std::fprintf(stderr, "%s\n", file.c_str());  // the last one named is the one that crashed
      target_.run(bytes_of(file));
    }
  }

 private:
  const Target& target_;
};

TEST(Corpora, belong_to_a_target) {
  for (const auto& folder : entries_of(GANTRY_CORPUS))
    EXPECT_NE(find_target(folder.filename().string()), nullptr) << folder << " has no target in targets.cpp";
}

TEST(Targets, are_found_by_name_only) {
  for (const auto& target : targets()) EXPECT_EQ(find_target(target.name), &target);
  EXPECT_EQ(find_target("no_such_target"), nullptr);
}

TEST(Targets, end_the_process_when_a_promise_is_broken) {
  require(true, "holds");
  EXPECT_DEATH(require(false, "what is written is read back"),
               "broken promise: what is written is read back");
}

}  // namespace
}  // namespace gantry::fuzz

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const auto& target : gantry::fuzz::targets())
    testing::RegisterTest("KeptInputs", std::string(target.name).c_str(), nullptr, nullptr, __FILE__,
                          __LINE__,
                          [&target]() -> testing::Test* { return new gantry::fuzz::KeptInputs(target); });
  return RUN_ALL_TESTS();
}
