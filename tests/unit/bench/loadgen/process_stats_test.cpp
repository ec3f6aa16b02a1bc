#include "bench/loadgen/process_stats.h"

#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;

std::chrono::nanoseconds this_threads_cpu() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

TEST(ProcessStats, counts_the_cpu_time_of_threads_that_have_ended) {
  const ProcessStats self(::getpid());
  const auto before = self.cpu().total;
  std::thread([] {
    while (this_threads_cpu() < 20ms) {
    }
  }).join();
  EXPECT_GE(self.cpu().total - before, 20ms);
}

TEST(ProcessStats, splits_resident_memory_in_anonymous_and_file) {
  const MemoryUse use = ProcessStats(::getpid()).memory();
  EXPECT_GT(use.anonymous_bytes, 0u);
  EXPECT_GT(use.file_bytes, 0u);
  EXPECT_GT(use.page_table_bytes, 0u);
  EXPECT_EQ(use.anonymous_bytes + use.file_bytes, use.resident_bytes);
}

TEST(ProcessStats, says_so_when_the_process_is_gone) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  EXPECT_THROW(ProcessStats(child).cpu(), std::runtime_error);
}

}  // namespace
}  // namespace gantry::bench
