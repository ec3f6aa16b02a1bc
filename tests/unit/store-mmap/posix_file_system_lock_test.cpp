#include "plugins/store-mmap/posix_file_system.h"
#include "tests/unit/kernel/temporary_folder.h"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace gantry::store {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The lock that a Java process takes by FileChannel.tryLock(0, 1, false): of the whole process.
bool lock_as_java_does(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  flock wanted{};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_len = 1;
  return ::fcntl(file, F_SETLK, &wanted) == 0;
}

// Another process, which does something and then waits to be ended.
class OtherProcess {
 public:
  explicit OtherProcess(const std::function<bool()>& first) {
    int done[2];
    int end[2];
    if (::pipe(done) != 0 || ::pipe(end) != 0) throw std::system_error(errno, std::generic_category());
    id_ = ::fork();
    if (id_ == 0) {
      ::close(end[1]);
      const char answer = first() ? 'y' : 'n';
      char ended = 0;
      if (::write(done[1], &answer, 1) != 1) ::_exit(1);
      while (::read(end[0], &ended, 1) > 0) continue;
      ::_exit(0);
    }
    ::close(done[1]);
    ::close(end[0]);
    char answer = 0;
    succeeded_ = ::read(done[0], &answer, 1) == 1 && answer == 'y';
    ::close(done[0]);
    end_ = end[1];
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  ~OtherProcess() {
    ::close(end_);
    ::waitpid(id_, nullptr, 0);
  }

  bool succeeded() const { return succeeded_; }
  pid_t id() const { return id_; }

 private:
  pid_t id_ = -1;
  int end_ = -1;
  bool succeeded_ = false;
};

class PosixFileSystemLock : public testing::Test {
 protected:
  bool locked_here() { return PosixFileSystem().lock(path_).has_value(); }

  kernel::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "lock";
  PosixFileSystem files_;
};

TEST_F(PosixFileSystemLock, writes_what_apaches_broker_writes) {
  const auto held = files_.lock(path_).value();
  std::ifstream file(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "lock");
}

TEST_F(PosixFileSystemLock, keeps_another_process_out_until_that_ends) {
  {
    const OtherProcess other([&] {
      static std::unique_ptr<File> held;
      auto locked = files_.lock(path_);
      if (!locked) return false;
      held = std::move(*locked);
      return true;
    });
    ASSERT_TRUE(other.succeeded());
    const auto locked = files_.lock(path_);
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().number, EAGAIN);
    EXPECT_EQ(locked.error().text,
              path_.string() +
                  " is locked by another store. Stop the broker that uses this store, or give this "
                  "one a directory of its own.");
  }
  EXPECT_TRUE(locked_here());
}

TEST_F(PosixFileSystemLock, is_kept_out_by_apaches_broker_and_names_it) {
  {
    const OtherProcess apache([&] { return lock_as_java_does(path_); });
    ASSERT_TRUE(apache.succeeded());
    const auto locked = files_.lock(path_);
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().number, EAGAIN);
    EXPECT_THAT(locked.error().text, StartsWith(path_.string() + " is locked by process " +
                                                std::to_string(apache.id()) + ". Stop"));
  }
  EXPECT_TRUE(locked_here());
}

TEST_F(PosixFileSystemLock, keeps_apaches_broker_out) {
  auto held = files_.lock(path_).value();
  EXPECT_FALSE(OtherProcess([&] { return lock_as_java_does(path_); }).succeeded());
  held.reset();
  EXPECT_TRUE(OtherProcess([&] { return lock_as_java_does(path_); }).succeeded());
}

TEST_F(PosixFileSystemLock, keeps_a_second_store_of_this_process_out) {
  auto held = files_.lock(path_).value();
  EXPECT_FALSE(locked_here());
  held.reset();
  EXPECT_TRUE(locked_here());
}

TEST_F(PosixFileSystemLock, is_not_lost_when_the_file_is_opened_and_closed_again) {
  const auto held = files_.lock(path_).value();
  files_.open(path_, FileSystem::Open::write).value().reset();
  EXPECT_FALSE(OtherProcess([&] { return lock_as_java_does(path_); }).succeeded());
}

TEST_F(PosixFileSystemLock, for_reading_is_shared_and_keeps_brokers_out) {
  files_.lock(path_).value().reset();
  auto one = files_.lock_for_reading(path_).value();
  auto another = files_.lock_for_reading(path_).value();
  EXPECT_FALSE(locked_here());
  EXPECT_FALSE(OtherProcess([&] { return lock_as_java_does(path_); }).succeeded());
  one.reset();
  EXPECT_FALSE(locked_here());
  another.reset();
  EXPECT_TRUE(locked_here());
}

TEST_F(PosixFileSystemLock, for_reading_is_kept_out_by_brokers_and_names_apaches) {
  {
    const auto held = files_.lock(path_).value();
    const auto reading = files_.lock_for_reading(path_);
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().number, EAGAIN);
    EXPECT_EQ(reading.error().text, path_.string() + " is locked by another store");
  }
  const OtherProcess apache([&] { return lock_as_java_does(path_); });
  ASSERT_TRUE(apache.succeeded());
  EXPECT_EQ(files_.lock_for_reading(path_).error().text,
            path_.string() + " is locked by process " + std::to_string(apache.id()));
}

TEST_F(PosixFileSystemLock, for_reading_makes_and_changes_nothing) {
  EXPECT_EQ(files_.lock_for_reading(path_).error().number, ENOENT);
  EXPECT_FALSE(std::filesystem::exists(path_));
  std::ofstream(path_) << "what somebody wrote";
  ASSERT_EQ(::chmod(path_.c_str(), 0440), 0);
  const auto before = std::filesystem::last_write_time(path_);
  EXPECT_TRUE(files_.lock_for_reading(path_));
  EXPECT_EQ(std::filesystem::last_write_time(path_), before);
  std::ifstream file(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "what somebody wrote");
}

TEST_F(PosixFileSystemLock, says_where_it_cannot_be_made) {
  const auto locked = files_.lock(folder_.path() / "none" / "lock");
  EXPECT_EQ(locked.error().text,
            "cannot create " + folder_.path().string() + "/none/lock: No such file or directory");
}

}  // namespace
}  // namespace gantry::store
