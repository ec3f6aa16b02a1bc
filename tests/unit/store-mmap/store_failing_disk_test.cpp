// A disk that fails while the store runs: nothing is acknowledged that may not be there, reads go on, and the
// operator reads what to do.
#include "plugins/store-mmap/store.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/disturbed_file_system.h"
#include "tests/unit/store-mmap/running_store.h"

#include <cerrno>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using Call = DisturbedFileSystem::Call;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kAttempts = 1'000'000;  // a refusal is faster than what opens the store again

class StoreFailingDisk : public testing::Test {
 protected:
  static StoreConfig config() {
    StoreConfig config = small_files();
    config.checkpoint_interval = config.flush_interval = 5ms;
    config.flush_least_pages = 0;
    return config;
  }
  RunningStore& open(Flush flush = Flush::sync) {
    StoreConfig with = config();
    with.flush = flush;
    return store_.emplace(disk_, folder_.path() / "store", with);
  }
  // The line that says so comes, however late.
  std::string logged(std::string_view message) const {
    const auto line = store_->log.wait_for(message);
    if (!line) return "there is no such line";
    const std::string quoted = line->field("because");
    return quoted.substr(1, quoted.size() - 2);
  }

  kernel::TemporaryFolder folder_;
  DisturbedFileSystem disk_;
  std::optional<RunningStore> store_;
};

TEST_F(StoreFailingDisk, acknowledges_nothing_after_a_failed_sync_until_a_restart_has_looked) {
  RunningStore& store = open();
  store.append({{.body = "a"}});
  disk_.fail({Call::sync}, "commitlog", EIO);
  const std::string why = store.append({{.body = "b"}}).why();
  EXPECT_THAT(why, AllOf(HasSubstr("cannot sync"), HasSubstr("/store/commitlog/00000000000000000000"),
                         HasSubstr("Input/output error"),
                         HasSubstr("no more are taken until the broker has been started again")));
  EXPECT_EQ(logged("the log cannot be made durable"), why);
  disk_.mend();
  EXPECT_EQ(store.append({{.body = "c"}}).why(), why) << "a sync that failed was asked again";
  EXPECT_THAT(store.bodies(), ElementsAre("a"));

  store.open_again();
  EXPECT_EQ(store.append({{.body = "d"}}).why(), "");
  // "b" may be there or not: nobody was told that it is.
  auto bodies = store.bodies();
  std::erase(bodies, "b");
  EXPECT_THAT(bodies, ElementsAre("a", "d"));
}

TEST_F(StoreFailingDisk, takes_no_more_after_a_failed_sync_that_nobody_waited_for) {
  RunningStore& store = open(Flush::async);
  store.append({{.body = "0"}});
  store->settle().value();
  disk_.fail({Call::sync}, "commitlog", EIO);
  store.append({{.body = "a"}});
  EXPECT_THAT(logged("the log cannot be made durable"),
              AllOf(HasSubstr("cannot sync"), HasSubstr("started again")));
  disk_.mend();
  EXPECT_THAT(store.append({{.body = "b"}}).why(), HasSubstr("started again"));
  EXPECT_THAT(store.bodies(), ElementsAre("0", "a"));
}

TEST_F(StoreFailingDisk, refuses_while_writes_fail_and_leaves_no_gap) {
  RunningStore& store = open();
  store.append({{.body = "a"}});
  disk_.fail({Call::write}, "commitlog", EIO);
  const std::string why = store.append({{.body = "b"}}).why();
  EXPECT_THAT(
      why, AllOf(HasSubstr("the message was not stored"), HasSubstr("/store/commitlog/00000000000000000000"),
                 HasSubstr("Input/output error")));
  EXPECT_THAT(logged("the log cannot be written"), HasSubstr("Input/output error"));
  EXPECT_THAT(store.bodies(), ElementsAre("a"));
  disk_.mend();
  store.let_pass(2s);
  Told told;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    told = store.append({{.body = "c"}});
    if (told.why().empty()) break;
    std::this_thread::yield();
  }
  ASSERT_EQ(told.why(), "");
  EXPECT_EQ(told.outcomes.front().queue_offset.value, 1);
  EXPECT_THAT(store.bodies(), ElementsAre("a", "c"));
}

// What else waits for a sync may be lost with what the failed write left behind.
TEST_F(StoreFailingDisk, takes_no_more_after_a_failed_sync_that_was_to_undo_a_failed_write) {
  RunningStore& store = open();
  store.append({{.body = "a"}});
  disk_.fail({Call::write}, "commitlog", EIO);
  EXPECT_NE(store.append({{.body = "b"}}).why(), "");
  disk_.fail({Call::sync}, "commitlog", EIO);
  std::string why;
  for (int attempt = 0; attempt < kAttempts && why.find("started again") == std::string::npos; ++attempt) {
    store.let_pass(2s);
    why = store.append({{.body = "b"}}).why();
  }
  EXPECT_THAT(why, AllOf(HasSubstr("cannot sync"), HasSubstr("started again")));
  disk_.mend();
  store.let_pass(2s);
  EXPECT_EQ(store.append({{.body = "c"}}).why(), why);
  store.open_again();
  EXPECT_EQ(store.append({{.body = "d"}}).why(), "");
  EXPECT_THAT(store.bodies(), ElementsAre("a", "d"));
}

TEST_F(StoreFailingDisk, goes_on_without_a_checkpoint_and_says_which_file_it_is) {
  RunningStore& store = open();
  disk_.fail({Call::open, Call::write, Call::sync}, "checkpoint", EIO);
  store.append({{.body = "a"}});
  EXPECT_THAT(logged("the checkpoint cannot be written"),
              AllOf(HasSubstr((store.directory() / "checkpoint").string()), HasSubstr("Input/output error")));
  EXPECT_EQ(store.append({{.body = "b"}}).why(), "");
  disk_.mend();
  store.open_again();
  EXPECT_THAT(store.bodies(), ElementsAre("a", "b"));
}

TEST_F(StoreFailingDisk, reads_on_when_one_file_cannot_be_read) {
  RunningStore& store = open();
  std::string large(4000, 'x');
  for (int i = 0; i < 20; ++i) store.append({{.body = large}});
  store.open_again();
  disk_.fail({Call::open, Call::map, Call::read}, "commitlog/00000000000000000000", EIO);
  const auto read = store.read("T", 0, {0});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().text,
              AllOf(HasSubstr("the log cannot be read at 0"), HasSubstr("Input/output error"),
                    HasSubstr("/store/commitlog/00000000000000000000")));
  EXPECT_EQ(store.read("T", 0, {19}).value().count, 1U);
  EXPECT_EQ(store.append({{.body = "next"}}).why(), "");
  disk_.mend();
  EXPECT_EQ(store.bodies().size(), 21U);
}

}  // namespace
}  // namespace gantry::store
