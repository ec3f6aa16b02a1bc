#include "plugins/store-mmap/mapping_guard.h"

#include "tests/unit/kernel/temporary_folder.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace gantry::store {
namespace {

std::size_t page() {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// A mapped file of as many pages, all of them full of one letter.
class MappedFile {
 public:
  explicit MappedFile(std::size_t pages, char letter = 'x') : size_(pages * page()) {
    const auto path = folder_.write("mapped", std::string(size_, letter));
    file_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    bytes_ = static_cast<char*>(::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_, 0));
    if (bytes_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), path.string());
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    ::munmap(bytes_, size_);
    ::close(file_);
  }

  std::string_view bytes() const { return {bytes_, size_}; }
  // What is behind them is a fault from now on.
  void cut_to(std::size_t pages) const {
    ASSERT_EQ(::ftruncate(file_, static_cast<off_t>(pages * page())), 0) << errno;
  }
  char at(std::size_t position) const { return *static_cast<const volatile char*>(bytes_ + position); }

 private:
  kernel::TemporaryFolder folder_;
  std::size_t size_;
  int file_ = -1;
  char* bytes_ = nullptr;
};

TEST(MappingGuard, has_not_failed_while_the_file_can_be_read) {
  const MappedFile file(2);
  const MappingGuard guard(file.bytes());
  EXPECT_EQ(file.at(page()), 'x');
  EXPECT_FALSE(guard.failed());
}

TEST(MappingGuard, turns_a_fault_into_zeros_and_a_mark) {
  const MappedFile file(3);
  const MappingGuard guard(file.bytes());
  file.cut_to(1);
  EXPECT_FALSE(guard.failed());
  EXPECT_EQ(file.at(page() + 17), '\0');
  EXPECT_TRUE(guard.failed());
  EXPECT_EQ(file.at(2 * page() - 1), '\0');
  EXPECT_EQ(file.at(3 * page() - 1), '\0');
  EXPECT_EQ(file.at(0), 'x') << "only the page that failed is replaced";
  EXPECT_TRUE(guard.failed());
}

TEST(MappingGuard, covers_a_last_page_that_the_file_ends_within) {
  const MappedFile file(2);
  const MappingGuard guard(file.bytes().substr(0, page() + 10));
  file.cut_to(0);
  EXPECT_EQ(file.at(2 * page() - 1), '\0');
  EXPECT_TRUE(guard.failed());
}

TEST(MappingGuard, leaves_other_mappings_alone) {
  const MappedFile cut(1);
  const MappedFile whole(1, 'w');
  const MappingGuard cut_guard(cut.bytes());
  const MappingGuard whole_guard(whole.bytes());
  cut.cut_to(0);
  EXPECT_EQ(cut.at(0), '\0');
  EXPECT_EQ(whole.at(0), 'w');
  EXPECT_TRUE(cut_guard.failed());
  EXPECT_FALSE(whole_guard.failed());
}

TEST(MappingGuard, is_fresh_where_another_failed_before) {
  for (int round = 0; round < 3; ++round) {
    const MappedFile file(1);
    const MappingGuard guard(file.bytes());
    EXPECT_FALSE(guard.failed());
    file.cut_to(0);
    EXPECT_EQ(file.at(0), '\0');
    EXPECT_TRUE(guard.failed());
  }
}

TEST(MappingGuard, finds_the_failed_one_among_hundreds) {
  const MappedFile other(1);
  std::list<MappingGuard> others;
  for (int count = 0; count < 300; ++count) others.emplace_back(other.bytes());
  const MappedFile file(1);
  const MappingGuard guard(file.bytes());
  file.cut_to(0);
  EXPECT_EQ(file.at(0), '\0');
  EXPECT_TRUE(guard.failed());
  EXPECT_TRUE(std::none_of(others.begin(), others.end(), [](const auto& each) { return each.failed(); }));
}

TEST(MappingGuard, serves_threads_that_fault_at_once_while_others_come_and_go) {
  constexpr std::size_t kPages = 64;
  const MappedFile file(kPages);
  const MappedFile other(1);
  const MappingGuard guard(file.bytes());
  file.cut_to(0);
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (std::size_t at = 0; at < kPages; ++at) {
        const MappingGuard passing(other.bytes());
        EXPECT_EQ(file.at(at * page()), '\0');
        EXPECT_TRUE(guard.failed());
        EXPECT_FALSE(passing.failed());
      }
    });
  }
}

// Each of these runs in a process of its own, in which no guard has been made yet.
class MappingGuardInItsOwnProcess : public testing::Test {
 protected:
  MappingGuardInItsOwnProcess() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  ~MappingGuardInItsOwnProcess() override { GTEST_FLAG_SET(death_test_style, "fast"); }
};

void fault_outside(const MappedFile& unguarded) {
  unguarded.cut_to(0);
  static_cast<void>(unguarded.at(0));
}

TEST_F(MappingGuardInItsOwnProcess, passes_other_faults_to_the_handler_that_was_there) {
  const auto fault = [] {
    struct sigaction earlier{};
    earlier.sa_flags = SA_SIGINFO;
    earlier.sa_sigaction = [](int, siginfo_t* info, void*) { ::_exit(info->si_addr == nullptr ? 1 : 42); };
    ::sigaction(SIGBUS, &earlier, nullptr);
    const MappedFile ours(1);
    const MappingGuard guard(ours.bytes());
    fault_outside(MappedFile(1));
  };
  EXPECT_EXIT(fault(), testing::ExitedWithCode(42), "");
}

TEST_F(MappingGuardInItsOwnProcess, passes_other_faults_to_a_handler_of_the_old_kind) {
  const auto fault = [] {
    ::signal(SIGBUS, [](int number) { ::_exit(number == SIGBUS ? 43 : 1); });
    const MappedFile ours(1);
    const MappingGuard guard(ours.bytes());
    fault_outside(MappedFile(1));
  };
  EXPECT_EXIT(fault(), testing::ExitedWithCode(43), "");
}

TEST_F(MappingGuardInItsOwnProcess, lets_other_faults_end_the_process) {
  const auto fault = [] {
    ::signal(SIGBUS, SIG_DFL);
    const MappedFile ours(1);
    const MappingGuard guard(ours.bytes());
    fault_outside(MappedFile(1));
  };
  EXPECT_EXIT(fault(), testing::KilledBySignal(SIGBUS), "");
}

TEST_F(MappingGuardInItsOwnProcess, leaves_a_signal_that_somebody_sent_as_it_was) {
  const auto receive = [](void (*before)(int)) {
    ::signal(SIGBUS, before);
    const MappedFile ours(1);
    const MappingGuard guard(ours.bytes());
    ::raise(SIGBUS);
    ::_exit(guard.failed() ? 1 : 44);
  };
  EXPECT_EXIT(receive(SIG_DFL), testing::KilledBySignal(SIGBUS), "");
  EXPECT_EXIT(receive(SIG_IGN), testing::ExitedWithCode(44), "");
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GANTRY_NEEDS_RANGES_OF_ITS_OWN
#endif
#endif

TEST_F(MappingGuardInItsOwnProcess, guards_also_when_the_process_can_have_no_more_ranges_of_memory) {
#ifdef GANTRY_NEEDS_RANGES_OF_ITS_OWN
  GTEST_SKIP() << "the thread sanitizer itself ends the process then";
#endif
  constexpr std::size_t kRanges = 1 << 20;
  const auto fault = [] {
    const MappedFile ours(8);
    const MappingGuard guard(ours.bytes());
    ours.cut_to(0);
    // Every other page of another kind, until the system has had enough.
    auto* const all = static_cast<char*>(
        ::mmap(nullptr, kRanges * page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    std::size_t ranges = 0;
    while (ranges < kRanges && ::mprotect(all + ranges * page(), page(), PROT_READ) == 0) ranges += 2;
    const bool zeros = ours.at(3 * page()) == '\0' && ours.at(0) == '\0';
    // Where a process may have even more of them, only the page is replaced, and that is right too.
    ::_exit(zeros && guard.failed() ? 45 : 1);
  };
  EXPECT_EXIT(fault(), testing::ExitedWithCode(45), "");
}

}  // namespace
}  // namespace gantry::store
