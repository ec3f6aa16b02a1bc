#include "kernel/watchers.h"

#include "logging/capturing_logger.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

TEST(Watchers, are_told_as_long_as_they_live) {
  logging::CapturingLogger log;
  Watchers watchers(log);
  int first = 0;
  int second = 0;
  auto a = watchers.add([&] { ++first; });
  const auto b = watchers.add([&] { ++second; });
  watchers.tell();
  a.reset();
  watchers.tell();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST(Watchers, may_end_themselves_and_add_others_while_they_are_told) {
  logging::CapturingLogger log;
  Watchers watchers(log);
  int told = 0;
  std::shared_ptr<void> own;
  std::shared_ptr<void> other;
  own = watchers.add([&] {
    ++told;
    other = watchers.add([&] { told += 10; });
    own.reset();
  });
  watchers.tell();
  watchers.tell();
  EXPECT_EQ(told, 11);
}

TEST(Watchers, one_that_throws_keeps_no_other_from_being_told) {
  logging::CapturingLogger log;
  Watchers watchers(log);
  int told = 0;
  const auto a = watchers.add([] { throw std::runtime_error("x"); });
  const auto b = watchers.add([&] { ++told; });
  watchers.tell();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(log.count("metadata watcher failed"), 1u);
}

TEST(Watchers, an_end_waits_for_the_call_that_is_under_way) {
  logging::CapturingLogger log;
  Watchers watchers(log);
  std::promise<void> begun;
  std::promise<void> go_on;
  std::atomic<bool> over = false;
  auto watcher = watchers.add([&] {
    begun.set_value();
    go_on.get_future().wait();
    over = true;
  });
  std::thread teller([&] { watchers.tell(); });
  begun.get_future().wait();
  std::thread ender([&] {
    watcher.reset();
    EXPECT_TRUE(over);
  });
  go_on.set_value();
  ender.join();
  teller.join();
}

}  // namespace
}  // namespace gantry::kernel
