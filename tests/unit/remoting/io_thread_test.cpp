#include "remoting/io_thread.h"

#include "tests/unit/remoting/echo_server.h"
#include "tests/unit/remoting/heap_count.h"
#include "tests/unit/remoting/raw_peer.h"

#include <sched.h>
#include <string>
#include <thread>
#include <vector>

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

TEST(IoThread, writes_answers_into_memory_that_was_there_before) {
  if (!heap_is_counted()) GTEST_SKIP() << "under ThreadSanitizer the heap cannot be counted";
  testing::EchoServer server({}, 1);
  std::vector<std::size_t> allocations;
  server.sink.handle = [&](Connection& connection, const Request& request) {
    allocations.push_back(heap_allocations());
    const Slice body{request.body, nullptr};
    connection.answer(request, {.body = {&body, 1}});
  };
  testing::RawPeer peer(server.endpoint());
  constexpr int kAsked = 400;
  allocations.reserve(kAsked);
  const std::string body(3000, 'b');
  for (int i = 0; i < kAsked; ++i) ASSERT_TRUE(peer.ask({.code = 9999, .opaque = i}, {}, body));
  ASSERT_EQ(allocations.size(), kAsked);
  EXPECT_EQ(allocations.back() - allocations[kAsked / 2], 0u);
}

}  // namespace
}  // namespace gantry::remoting
