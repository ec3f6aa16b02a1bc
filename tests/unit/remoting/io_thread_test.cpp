#include "remoting/io_thread.h"

#include <sched.h>
#include <thread>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

TEST(IoThreads, are_as_many_as_the_process_may_use_cores) {
  std::thread([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(IoThreads(0).size(), 1u);
    EXPECT_EQ(IoThreads(3).size(), 3u);
  }).join();
}

}  // namespace
}  // namespace gantry::remoting
