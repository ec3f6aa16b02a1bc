#include "remoting/io_thread.h"

#include "tests/unit/remoting/echo_server.h"
#include "tests/unit/remoting/heap_count.h"
#include "tests/unit/remoting/raw_peer.h"

#include <future>
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
  int grown = 0;
  for (std::size_t i = 1; i < kAsked; ++i) grown += allocations[i] != allocations[i - 1] ? 1 : 0;
  EXPECT_LT(grown, kAsked / 4);  // but for what a thread does now and then
}

TEST(IoThread, looks_at_the_deadlines_of_all_at_once_however_close_they_are) {
  const auto begun = IoThread::Clock::now();
  IoThreads threads(1);
  threads.start();
  IoThread& thread = threads.at(0);
  std::size_t looks = 0;
  for (int i = 0; i < 1000; ++i) {
    std::promise<void> asked;
    thread.post([&] {
      looks = thread.looks();
      thread.look_at_deadlines_by(IoThread::Clock::now());
      asked.set_value();
    });
    asked.get_future().wait();
  }
  EXPECT_GE(looks, 1u);
  // However slow this machine is: two looks lie apart, so that time bounds their number.
  EXPECT_LE(looks, (IoThread::Clock::now() - begun) / IoThread::kLooksApart + 1);
}

}  // namespace
}  // namespace gantry::remoting
