#include "namesrv/disk_thread.h"

#include <future>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

TEST(DiskThread, does_everything_in_order_on_another_thread_before_it_ends) {
  std::vector<int> done;
  std::thread::id on;
  {
    DiskThread disk;
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(disk.post([&done, &on, i] {
        done.push_back(i);
        on = std::this_thread::get_id();
      }));
    }
  }
  ASSERT_EQ(done.size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_NE(on, std::this_thread::get_id());
}

TEST(DiskThread, takes_on_no_more_than_it_may_and_goes_on_when_there_is_room) {
  std::promise<void> started;
  std::promise<void> release;
  std::promise<void> last;
  int done = 0;
  DiskThread disk(2);
  EXPECT_TRUE(disk.post([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(disk.post([&] { ++done; }));
  EXPECT_TRUE(disk.post([&] {
    ++done;
    last.set_value();
  }));
  EXPECT_FALSE(disk.post([&] { ++done; })) << "two are waiting";
  release.set_value();
  last.get_future().wait();
  EXPECT_EQ(done, 2);
  EXPECT_TRUE(disk.post([] {}));
}

}  // namespace
}  // namespace gantry::namesrv
