// A store on a disk that fills up: it refuses, reads go on, and with room again it goes on by itself.
#include "plugins/store-mmap/posix_file_system.h"
#include "plugins/store-mmap/store.h"
#include "tests/unit/store-mmap/running_store.h"
#include "tests/unit/store-mmap/small_tmpfs.h"

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::int64_t kDisk = 1 << 20;

// What is tested is the disk's own answer, and not the watch that comes before it: a RunningStore has none.
StoreConfig quick(Flush flush) {
  StoreConfig config = small_files();
  config.flush = flush;
  config.pool_size = ByteSize::kib(64);
  config.checkpoint_interval = 10ms;
  config.commit_interval = 1ms;
  return config;
}

class StoreDiskFull : public testing::TestWithParam<Flush> {
 protected:
  void SetUp() override {
    GANTRY_SKIP_UNLESS_MADE(disk_);
    ballast_ = files_.open(disk_.path() / "ballast", FileSystem::Open::create).value();
    ballast_->allocate(kDisk / 2).value();
    store_.emplace(files_, disk_.path() / "store", quick(GetParam()));
    store_->append({{.topic = "first", .body = "it was there"}});
    (*store_)->settle().value();
  }

  // The refusal, or the error that came instead of an acknowledgement.
  std::string append_until_it_is_refused() {
    for (int i = 0; i < 2000; ++i) {
      std::string body = std::to_string(bodies_.size()) + ':';
      body.resize(700, 'x');
      const Told told = store_->append({{.body = body}});
      if (!told.why().empty()) return told.why();
      bodies_.push_back(std::move(body));
    }
    return "it took more than fits the disk";
  }
  // By itself: only its own looking at the disk is hurried.
  void append_until_it_is_taken() {
    const std::string body = "again";
    std::string why;
    for (int i = 0; i < 1'000'000; ++i) {
      if (i % 1000 == 0) store_->let_pass(1s);  // refusals are faster than what opens the store again
      why = store_->append({{.body = body}}).why();
      if (!why.empty()) {
        std::this_thread::yield();
        continue;
      }
      bodies_.push_back(body);
      return;
    }
    FAIL() << "it takes no messages, and there is room: " << why;
  }

  const SmallTmpfs disk_{kDisk};
  PosixFileSystem files_;
  std::unique_ptr<File> ballast_;
  std::optional<RunningStore> store_;
  std::vector<std::string> bodies_;  // that were acknowledged
};

INSTANTIATE_TEST_SUITE_P(Flush, StoreDiskFull, testing::Values(Flush::sync, Flush::async, Flush::pool),
                         [](const auto& tested) {
                           return tested.param == Flush::sync    ? "sync"
                                  : tested.param == Flush::async ? "async"
                                                                 : "pool";
                         });

TEST_P(StoreDiskFull, refuses_with_a_reason_reads_on_and_goes_on_by_itself) {
  const std::string why = append_until_it_is_refused();
  EXPECT_THAT(why, AllOf(HasSubstr("the message was not stored"), HasSubstr("/store/commitlog/0000"),
                         HasSubstr("No space left on device"),
                         HasSubstr("Make room on that disk; the broker goes on by itself")));
  EXPECT_GT(bodies_.size(), 100U);
  EXPECT_EQ(store_->bodies("first").size(), 1U);

  ballast_->resize(0).value();
  append_until_it_is_taken();
  (*store_)->settle().value();
  EXPECT_EQ(store_->bodies(), bodies_);
  store_->open_again();
  EXPECT_EQ(store_->bodies(), bodies_);
}

TEST_P(StoreDiskFull, starts_on_a_full_disk_and_is_read) {
  append_until_it_is_refused();
  if (GetParam() == Flush::pool) {
    store_->close();
  } else {
    store_->leave();
  }
  ballast_->resize(0).value();
  const auto rest = files_.open(disk_.path() / "rest", FileSystem::Open::create).value();
  const auto room = files_.space(disk_.path()).value().available;
  rest->allocate(room).value();
  store_->open();
  EXPECT_EQ(store_->bodies(), bodies_);
  EXPECT_THAT(append_until_it_is_refused(), HasSubstr("No space left on device"));
  rest->resize(0).value();
  append_until_it_is_taken();
  (*store_)->settle().value();  // what is only in the pool is acknowledged, and not shown yet
  EXPECT_EQ(store_->bodies(), bodies_);
}

}  // namespace
}  // namespace gantry::store
