#include "plugins/store-mmap/posix_mapping.h"

#include "plugins/store-mmap/posix_file_system.h"
#include "tests/unit/kernel/temporary_folder.h"

#include <fcntl.h>
#include <memory>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kPage = 4096;

class PosixMappings : public testing::Test {
 protected:
  // Pages full of a, b, c, ...
  std::shared_ptr<const Mapping> map(int pages, const SystemCalls& calls = kSystemCalls) {
    std::string bytes;
    for (int count = 0; count < pages; ++count) bytes.append(kPage, static_cast<char>('a' + count));
    file_ = PosixFileSystem(calls).open(path_, FileSystem::Open::create).value();
    file_->write(0, bytes).value();
    file_->sync().value();
    return file_->map().value();
  }

  void forget_cached() const {
    const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
    ::close(file);
  }

  kernel::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "00000000000000000000";
  std::unique_ptr<File> file_;
};

TEST_F(PosixMappings, show_what_is_in_the_file) {
  const auto mapping = map(3);
  EXPECT_EQ(mapping->bytes().size(), 3 * kPage);
  EXPECT_EQ(mapping->bytes(kPage - 1, 2), "ab");
}

TEST_F(PosixMappings, show_what_is_written_afterwards) {
  const auto mapping = map(3);
  file_->write(kPage - 1, "new").value();
  EXPECT_EQ(mapping->bytes(kPage - 2, 5), "anewb");
}

TEST_F(PosixMappings, of_an_empty_file_are_empty) {
  const auto mapping = map(0);
  EXPECT_TRUE(mapping->bytes().empty());
  EXPECT_TRUE(mapping->resident(0, 0));
  EXPECT_TRUE(mapping->bring_in(0, 0).has_value());
  EXPECT_FALSE(mapping->failed());
}

TEST_F(PosixMappings, stay_readable_when_the_file_is_removed_and_closed) {
  const auto mapping = map(2);
  file_.reset();
  PosixFileSystem().remove(path_).value();
  ASSERT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(mapping->bytes(kPage - 1, 2), "ab");
  EXPECT_TRUE(mapping->bring_in(0, 2 * kPage).has_value());
  EXPECT_FALSE(mapping->failed());
}

TEST_F(PosixMappings, are_resident_where_the_page_cache_has_them) {
  const auto mapping = map(3);
  EXPECT_TRUE(mapping->resident(0, 3 * kPage)) << "just written";
  EXPECT_TRUE(mapping->resident(kPage + 5, 1));
  forget_cached();
  if (mapping->resident(0, 3 * kPage)) GTEST_SKIP() << "this file system keeps all in memory";
  // Only the last page is brought in, and perhaps what the system reads along with it.
  EXPECT_TRUE(mapping->bring_in(3 * kPage - 1, 1).has_value());
  EXPECT_TRUE(mapping->resident(2 * kPage + 7, 100));
  EXPECT_TRUE(mapping->bring_in(0, 3 * kPage).has_value());
  EXPECT_TRUE(mapping->resident(0, 3 * kPage));
}

TEST_F(PosixMappings, are_judged_over_more_pages_than_one_call_takes) {
  constexpr std::int64_t kLong = 1500 * kPage;
  const auto few = map(1);
  file_->allocate(kLong).value();
  file_->write(0, std::string(kLong, 'x')).value();
  const auto mapping = file_->map().value();
  EXPECT_TRUE(mapping->resident(0, kLong));
  EXPECT_TRUE(mapping->resident(100, kLong - 200));
}

TEST_F(PosixMappings, name_the_file_and_the_page_that_cannot_be_brought_in) {
  const auto mapping = map(4);
  file_->resize(2 * kPage).value();
  const auto brought = mapping->bring_in(kPage + 10, 2 * kPage);
  ASSERT_FALSE(brought);
  EXPECT_EQ(brought.error().number, EIO);
  EXPECT_EQ(brought.error().text,
            "cannot read 4096 bytes at 8192 of " + path_.string() + ": Input/output error");
  // Nobody has read zeros in place of the file yet.
  EXPECT_FALSE(mapping->failed());
  EXPECT_TRUE(mapping->bring_in(0, 2 * kPage).has_value());
  EXPECT_EQ(mapping->bytes(kPage, 1), "b");
}

TEST_F(PosixMappings, say_that_they_failed_once_somebody_read_zeros_in_place_of_the_file) {
  const auto mapping = map(2);
  file_->resize(kPage).value();
  EXPECT_FALSE(mapping->failed());
  EXPECT_EQ(mapping->bytes(kPage, 1), std::string_view("\0", 1));
  EXPECT_TRUE(mapping->failed());

  // The zeros are in memory now, and are not what is to be brought in.
  EXPECT_FALSE(mapping->resident(kPage, 1));
  const auto brought = mapping->bring_in(kPage, 1);
  ASSERT_FALSE(brought);
  EXPECT_EQ(brought.error().number, EIO);
  EXPECT_FALSE(file_->map().value()->failed()) << "mapped anew";
}

int madvise_of_an_old_kernel(void*, std::size_t, int) {
  errno = EINVAL;
  return -1;
}

TEST_F(PosixMappings, are_brought_in_by_hand_on_an_old_kernel) {
  const SystemCalls old_kernel{.madvise = madvise_of_an_old_kernel};
  const auto mapping = map(4, old_kernel);
  forget_cached();
  EXPECT_TRUE(mapping->bring_in(1, 4 * kPage - 1).has_value());
  EXPECT_TRUE(mapping->resident(0, 4 * kPage));

  file_->resize(2 * kPage).value();
  const auto brought = mapping->bring_in(kPage, 3 * kPage);
  ASSERT_FALSE(brought);
  EXPECT_EQ(brought.error().number, EIO);
  EXPECT_THAT(brought.error().text, HasSubstr("cannot read 4096 bytes at 8192 of " + path_.string()));
  EXPECT_TRUE(mapping->failed());
}

TEST_F(PosixMappings, are_refused_with_the_name_of_the_file) {
  const auto mapped = PosixMapping::map(-1, 100, "some/file", kSystemCalls);
  ASSERT_FALSE(mapped);
  EXPECT_EQ(mapped.error().number, EBADF);
  EXPECT_EQ(mapped.error().text, "cannot map 100 bytes of some/file: Bad file descriptor");
}

}  // namespace
}  // namespace gantry::store
