#include "plugins/store-mmap/queue_files.h"

#include "tests/unit/store-mmap/some_disk.h"

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

struct OpenFiles : testing::Test {
  std::shared_ptr<File> open(std::int64_t number, bool keep = true) {
    return files.open({nullptr, number}, "data/" + std::to_string(number), FileSystem::Open::create, keep)
        .value();
  }
  std::shared_ptr<File> find(std::int64_t number) { return files.find({nullptr, number}); }

  SomeDisk disk{1};
  QueueFiles files{disk.files, 2};
};

TEST_F(OpenFiles, are_found_until_others_were_used_since) {
  const auto first = open(1);
  open(2);
  EXPECT_EQ(find(1), first);
  open(3);  // pushes out 2
  EXPECT_EQ(find(2), nullptr);
  EXPECT_EQ(find(1), first);
  EXPECT_EQ(files.size(), 2U);
}

TEST_F(OpenFiles, are_opened_once) {
  const auto first = open(1);
  const auto calls = disk.files.counts().calls;
  EXPECT_EQ(open(1), first);
  EXPECT_EQ(disk.files.counts().calls, calls);
}

TEST_F(OpenFiles, push_nothing_out_when_they_are_not_to_be_kept) {
  open(1);
  open(2);
  EXPECT_NE(open(3, /*keep=*/false), nullptr);
  EXPECT_NE(find(1), nullptr);
  EXPECT_NE(find(2), nullptr);
}

TEST_F(OpenFiles, are_another_one_after_they_were_forgotten) {
  const auto first = open(1);
  files.forget({nullptr, 1});
  EXPECT_EQ(find(1), nullptr);
  EXPECT_NE(open(1), first);
}

TEST_F(OpenFiles, say_which_one_cannot_be_opened) {
  const auto missing = files.open({nullptr, 1}, "data/nothing", FileSystem::Open::write, true);
  ASSERT_FALSE(missing);
  const IoError error = missing.error();
  EXPECT_NE(error.text.find("data/nothing"), std::string::npos) << error.text;
  EXPECT_EQ(files.size(), 0U);
}

}  // namespace
}  // namespace gantry::store
