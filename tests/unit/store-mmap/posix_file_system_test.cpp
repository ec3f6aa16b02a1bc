#include "plugins/store-mmap/posix_file_system.h"

#include "tests/unit/kernel/temporary_folder.h"

#include <algorithm>
#include <climits>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using Open = FileSystem::Open;

class PosixFiles : public testing::Test {
 protected:
  std::unique_ptr<File> create(const std::string& name, const SystemCalls& calls = kSystemCalls) {
    return PosixFileSystem(calls).open(folder_.path() / name, Open::create).value();
  }
  std::string content(const std::string& name) const {
    std::ifstream file(folder_.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::int64_t bytes_on_disk(const std::string& name) const {
    struct stat status{};
    EXPECT_EQ(::stat((folder_.path() / name).c_str(), &status), 0);
    return status.st_blocks * 512;
  }
  // A row of pieces that together are `bytes`.
  static std::vector<iovec> pieces(std::string_view bytes, std::size_t each) {
    std::vector<iovec> row;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(each, bytes.size()))) {
      row.push_back({const_cast<char*>(bytes.data()), std::min(each, bytes.size())});
    }
    return row;
  }

  kernel::TemporaryFolder folder_;
  PosixFileSystem files_;
};

std::string letters(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t at = 0; at < size; ++at) text[at] = static_cast<char>('a' + at % 23);
  return text;
}

TEST_F(PosixFiles, are_opened_as_asked) {
  const auto path = folder_.path() / "log";
  EXPECT_EQ(files_.open(path, Open::read).error().number, ENOENT);
  const auto missing = files_.open(path, Open::write);
  EXPECT_EQ(missing.error().text, "cannot open " + path.string() + ": No such file or directory");
  files_.open(path, Open::create).value()->write(0, "kept").value();
  files_.open(path, Open::create).value();
  files_.open(path, Open::write).value();
  EXPECT_EQ(content("log"), "kept");

  const auto refused = files_.open(path, Open::read).value()->write(0, "x");
  EXPECT_EQ(refused.error().number, EBADF);
  const auto nowhere = files_.open(folder_.path() / "none" / "log", Open::create);
  EXPECT_EQ(nowhere.error().text,
            "cannot create " + folder_.path().string() + "/none/log: No such file or directory");
}

TEST_F(PosixFiles, are_not_for_everybody_to_read) {
  create("log");
  struct stat status{};
  ASSERT_EQ(::stat((folder_.path() / "log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0007U, 0U);
}

TEST_F(PosixFiles, write_pieces_one_after_the_other) {
  const auto file = create("log");
  const std::string bytes = letters(100);
  file->write(3, pieces(bytes, 7)).value();
  EXPECT_EQ(content("log"), std::string(3, '\0') + bytes);
  file->write(3, std::span<const iovec>()).value();
  file->write(3, "").value();
  EXPECT_EQ(content("log"), std::string(3, '\0') + bytes);
}

TEST_F(PosixFiles, write_more_pieces_than_one_call_takes) {
  const auto file = create("log");
  const std::string bytes = letters(2 * IOV_MAX * 3 + 5);
  auto row = pieces(bytes, 3);
  row.insert(row.begin() + 100, iovec{nullptr, 0});
  ASSERT_GT(row.size(), 2U * IOV_MAX);
  file->write(0, row).value();
  EXPECT_EQ(content("log"), bytes);
}

// What the next write calls may take; a negative one is an error's number.
std::vector<int> write_answers;
ssize_t write_as_told(int file, const iovec* pieces, int count, off_t at) {
  if (write_answers.empty()) return ::pwritev(file, pieces, count, at);
  const int answer = write_answers.front();
  write_answers.erase(write_answers.begin());
  if (answer < 0) {
    errno = -answer;
    return -1;
  }
  std::string bytes;
  for (int piece = 0; piece < count; ++piece) {
    bytes.append(static_cast<const char*>(pieces[piece].iov_base), pieces[piece].iov_len);
  }
  return ::pwrite(file, bytes.data(), std::min<std::size_t>(static_cast<std::size_t>(answer), bytes.size()),
                  at);
}

TEST_F(PosixFiles, go_on_after_a_short_write_wherever_it_ended) {
  const auto calls = SystemCalls{.pwritev = write_as_told};
  const auto file = create("log", calls);
  const std::string bytes = letters(64);
  for (int first = 1; first < 64; ++first) {
    for (const int second : {1, 7, 8, 9, 16}) {
      write_answers = {first, -EINTR, second, second};
      file->resize(0).value();
      file->write(5, pieces(bytes, 8)).value();
      ASSERT_EQ(content("log"), std::string(5, '\0') + bytes) << first << " " << second;
    }
  }
  write_answers.clear();
}

TEST_F(PosixFiles, say_what_could_not_be_written_after_a_short_write) {
  const auto calls = SystemCalls{.pwritev = write_as_told};
  const auto file = create("log", calls);
  const auto text = [&](const std::string& why) {
    return "cannot write 30 bytes at 100 of " + (folder_.path() / "log").string() + ": " + why;
  };
  write_answers = {12, -ENOSPC};
  const auto full = file->write(100, pieces(letters(30), 10));
  EXPECT_EQ(full.error().number, ENOSPC);
  EXPECT_EQ(full.error().text, text("No space left on device"));
  write_answers = {0};
  const auto nothing = file->write(100, pieces(letters(30), 10));
  EXPECT_EQ(nothing.error().number, EIO);
  EXPECT_EQ(nothing.error().text, text("Input/output error"));
  write_answers.clear();
}

TEST_F(PosixFiles, are_read_up_to_their_end) {
  const auto file = create("log");
  file->write(0, letters(100)).value();
  std::string to(60, '-');
  EXPECT_EQ(file->read(10, to).value(), 60U);
  EXPECT_EQ(to, letters(100).substr(10, 60));
  EXPECT_EQ(file->read(70, to).value(), 30U);
  EXPECT_EQ(to.substr(0, 30), letters(100).substr(70));
  EXPECT_EQ(file->read(100, to).value(), 0U);
  EXPECT_EQ(file->read(5000, to).value(), 0U);
  EXPECT_EQ(file->read_cached(70, to).value(), std::optional<std::size_t>(30));
  EXPECT_EQ(file->read_cached(5000, to).value(), std::optional<std::size_t>(0));
  EXPECT_EQ(file->read(-1, to).error().number, EINVAL);
  EXPECT_EQ(file->read_cached(-2, to).error().number, EINVAL);
}

int cached = 0;  // bytes that can be had without waiting; -1: the system cannot tell
ssize_t read_cached_only(int file, const iovec* pieces, int, off_t at, int flags) {
  EXPECT_EQ(flags, RWF_NOWAIT);
  const auto size = std::min<off_t>(cached - at, static_cast<off_t>(pieces->iov_len));
  if (cached >= 0 && size > 0) return ::pread(file, pieces->iov_base, static_cast<std::size_t>(size), at);
  errno = cached < 0 ? EOPNOTSUPP : EAGAIN;
  return -1;
}

TEST_F(PosixFiles, are_read_from_memory_only_if_all_of_it_is_there) {
  const auto calls = SystemCalls{.preadv2 = read_cached_only};
  const auto file = create("log", calls);
  file->write(0, letters(100)).value();
  std::string to(50, '-');
  cached = 0;
  EXPECT_EQ(file->read_cached(0, to).value(), std::nullopt);
  cached = 30;
  EXPECT_EQ(file->read_cached(0, to).value(), std::nullopt) << "the rest would have to be waited for";
  cached = 50;
  EXPECT_EQ(file->read_cached(0, to).value(), std::optional<std::size_t>(50));
  EXPECT_EQ(to, letters(100).substr(0, 50));
}

TEST_F(PosixFiles, wait_where_the_system_cannot_tell_whether_it_is_in_memory) {
  const auto calls = SystemCalls{.preadv2 = read_cached_only};
  const auto file = create("log", calls);
  file->write(0, letters(100)).value();
  std::string to(50, '-');
  cached = -1;
  EXPECT_EQ(file->read_cached(80, to).value(), std::optional<std::size_t>(20));
  EXPECT_EQ(to.substr(0, 20), letters(100).substr(80));
}

TEST_F(PosixFiles, would_wait_for_what_the_system_has_forgotten) {
  const auto file = create("log");
  file->write(0, letters(100)).value();
  file->sync().value();
  std::string to(100, '-');
  // The question makes the system read ahead; a fast disk has brought it by the time of the answer, some do
  // each time.
  bool would_have_waited = false;
  for (int attempt = 0; attempt < 100 && !would_have_waited; ++attempt) {
    const int other = ::open((folder_.path() / "log").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(::posix_fadvise(other, 0, 0, POSIX_FADV_DONTNEED), 0);
    ::close(other);
    if (file->map().value()->resident(0, 100)) GTEST_SKIP() << "this file system keeps all in memory";
    const auto cached = file->read_cached(0, to).value();
    would_have_waited = !cached;
    EXPECT_EQ(cached.value_or(100), 100U);
  }
  if (!would_have_waited) GTEST_SKIP() << "this disk is never waited for";
  EXPECT_EQ(file->read(0, to).value(), 100U);
  EXPECT_EQ(file->read_cached(0, to).value(), std::optional<std::size_t>(100));
}

int fallocate_of_a_poor_file_system(int, int, off_t, off_t) {
  errno = EOPNOTSUPP;
  return -1;
}
ssize_t pwritev2_of_a_poor_file_system(int, const iovec*, int, off_t, int) {
  errno = EOPNOTSUPP;
  return -1;
}
constexpr SystemCalls kPoorFileSystem{.pwritev2 = pwritev2_of_a_poor_file_system,
                                      .fallocate = fallocate_of_a_poor_file_system};

class PosixFilesOfEitherKind : public PosixFiles, public testing::WithParamInterface<const SystemCalls*> {};
INSTANTIATE_TEST_SUITE_P(FileSystems, PosixFilesOfEitherKind,
                         testing::Values(&kSystemCalls, &kPoorFileSystem),
                         [](const auto& info) { return info.index == 0 ? "AsItIs" : "Poor"; });

TEST_P(PosixFilesOfEitherKind, have_blocks_behind_every_byte_when_allocated) {
  constexpr std::int64_t kSize = (3 << 20) + 4096;
  const auto file = create("log", *GetParam());
  file->resize(1 << 20).value();
  file->write(100, "kept").value();
  EXPECT_LT(bytes_on_disk("log"), 1 << 20);
  file->allocate(kSize).value();
  file->sync().value();
  EXPECT_EQ(file->size().value(), kSize);
  EXPECT_GE(bytes_on_disk("log"), kSize);
  std::string expected(kSize, '\0');
  expected.replace(100, 4, "kept");
  EXPECT_TRUE(content("log") == expected);
}

TEST_P(PosixFilesOfEitherKind, are_no_longer_than_allocated) {
  const auto file = create("log", *GetParam());
  file->write(0, letters(9000)).value();
  file->allocate(5000).value();
  EXPECT_EQ(content("log"), letters(5000));
  file->allocate(0).value();
  EXPECT_EQ(file->size().value(), 0);
}

TEST_P(PosixFilesOfEitherKind, are_zeroed_to_the_byte) {
  constexpr std::size_t kSize = 3 << 20;
  const auto file = create("log", *GetParam());
  const auto before = letters(kSize);
  file->write(0, before).value();
  for (const auto& [from, to] : {std::pair{5, 9}, std::pair{4000, 2'500'123}, std::pair{70, 70}}) {
    file->zero(from, to).value();
  }
  auto expected = before;
  std::fill(expected.begin() + 5, expected.begin() + 9, '\0');
  std::fill(expected.begin() + 4000, expected.begin() + 2'500'123, '\0');
  EXPECT_TRUE(content("log") == expected);
  file->sync().value();
  EXPECT_GE(bytes_on_disk("log"), static_cast<std::int64_t>(kSize));
}

TEST_P(PosixFilesOfEitherKind, are_zeroed_durably_to_the_byte) {
  constexpr std::size_t kSize = 5 << 20;
  const auto file = create("log", *GetParam());
  file->allocate(kSize).value();
  const auto before = letters(3 << 20);
  file->write(0, before).value();
  file->write(4 << 20, "far behind").value();
  for (const auto& [from, to] : {std::pair{5, 9}, std::pair{70, 70}, std::pair{4001, 5 << 20}})
    file->zero_durably(from, to).value();
  auto expected = before;
  expected.resize(kSize);
  std::fill(expected.begin() + 5, expected.begin() + 9, '\0');
  std::fill(expected.begin() + 4001, expected.end(), '\0');
  EXPECT_TRUE(content("log") == expected);
}

TEST_F(PosixFiles, say_why_they_cannot_be_zeroed_durably) {
  const SystemCalls broken{.pwritev2 = [](int, const iovec*, int, off_t, int) -> ssize_t {
    errno = EIO;
    return -1;
  }};
  const auto file = create("log", broken);
  file->resize(100).value();
  EXPECT_EQ(file->zero_durably(10, 90).error().number, EIO);
}

TEST_F(PosixFiles, have_no_blocks_where_they_were_only_made_longer) {
  const auto file = create("queue");
  file->resize(6'000'000).value();
  EXPECT_EQ(file->size().value(), 6'000'000);
  EXPECT_LT(bytes_on_disk("queue"), 100'000);
  file->resize(10).value();
  EXPECT_EQ(content("queue"), std::string(10, '\0'));
  EXPECT_EQ(file->resize(-1).error().number, EINVAL);
}

TEST_F(PosixFiles, say_where_data_lies_in_them) {
  constexpr std::int64_t kFar = 4 << 20;
  const auto file = create("queue");
  EXPECT_EQ(file->next_data(0).value(), 0) << "the length of an empty file";
  file->resize(2 * kFar).value();
  EXPECT_EQ(file->next_data(0).value(), 2 * kFar);
  file->write(kFar + 5, "there").value();
  const auto data = file->next_data(100).value();
  EXPECT_GT(data, 100);
  EXPECT_LE(data, kFar + 5);
  EXPECT_EQ(file->next_data(kFar + 7).value(), kFar + 7);
  EXPECT_EQ(file->next_data(kFar + kFar / 2).value(), 2 * kFar);
  EXPECT_EQ(file->next_data(3 * kFar).value(), 2 * kFar);
}

TEST_F(PosixFiles, are_listed_by_name_with_size_and_time) {
  create("b")->write(0, "12345").value();
  create("a");
  files_.make_directories(folder_.path() / "c" / "d").value();
  std::filesystem::create_symlink("nowhere", folder_.path() / "dangling");
  const timespec times[2] = {{0, UTIME_OMIT}, {1'600'000'000, 123'999'999}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder_.path() / "b").c_str(), times, 0), 0);

  const auto entries = files_.list(folder_.path()).value();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_EQ(entries[1].name, "b");
  EXPECT_FALSE(entries[1].directory);
  EXPECT_EQ(entries[1].size, 5);
  EXPECT_EQ(entries[1].modified, 1'600'000'000'123);
  EXPECT_EQ(entries[2].name, "c");
  EXPECT_TRUE(entries[2].directory);
  EXPECT_EQ(entries[2].size, 0);
  EXPECT_TRUE(files_.list(folder_.path() / "none").value().empty());
  EXPECT_EQ(files_.list(folder_.path() / "a").error().text,
            "cannot list " + folder_.path().string() + "/a: Not a directory");
}

TEST_F(PosixFiles, come_and_go) {
  const auto directory = folder_.path() / "queues" / "topic" / "0";
  files_.make_directories(directory).value();
  files_.make_directories(directory).value();
  files_.open(directory / "file", Open::create).value();
  files_.sync_directory(directory).value();
  EXPECT_TRUE(files_.exists(directory).value());
  EXPECT_TRUE(files_.exists(directory / "file").value());
  EXPECT_FALSE(files_.exists(directory / "file" / "below").value());
  files_.remove(directory / "file").value();
  files_.remove(directory / "file").value();
  EXPECT_FALSE(files_.exists(directory / "file").value());

  files_.open(directory / "file", Open::create).value();
  EXPECT_EQ(files_.make_directories(directory / "file" / "below").error().number, ENOTDIR);
  EXPECT_EQ(files_.remove(directory).error().number, EISDIR);
  files_.remove_directory(folder_.path() / "queues").value();
  files_.remove_directory(folder_.path() / "queues").value();
  EXPECT_FALSE(files_.exists(folder_.path() / "queues").value());
  EXPECT_EQ(files_.sync_directory(directory).error().text,
            "cannot sync the directory " + directory.string() + ": No such file or directory");
  EXPECT_EQ(files_.space(directory).error().number, ENOENT);
}

}  // namespace
}  // namespace gantry::store
