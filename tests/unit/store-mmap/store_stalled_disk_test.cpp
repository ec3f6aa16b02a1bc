// A disk that does not answer for a while. Whoever appends or reads meanwhile gets his thread back.
#include "plugins/store-mmap/store.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/disturbed_file_system.h"
#include "tests/unit/store-mmap/running_store.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using Call = DisturbedFileSystem::Call;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kMostWaiting = std::size_t{32} << 10;
constexpr std::size_t kPool = std::size_t{64} << 10;
constexpr std::size_t kBody = 1000;

StoreConfig impatient(Flush flush) {
  StoreConfig config = small_files();
  config.flush = flush;
  config.commit_log_file_size = ByteSize::kib(512);
  config.max_waiting = ByteSize(kMostWaiting);
  config.pool_size = ByteSize(kPool);
  config.busy_after = 1h;
  config.flush_interval = config.commit_interval = 1ms;
  config.flush_least_pages = 0;
  config.checkpoint_interval = 20ms;
  return config;
}

// Which of what one thread sent the store took.
struct Sender {
  std::vector<std::string> taken;  // bodies without what makes them long
  std::vector<std::future<Told>> told;
  std::optional<Told> refused;
};

class StalledDisk : public testing::Test {
 protected:
  ~StalledDisk() override { disk_.let_go(); }

  RunningStore& open(const StoreConfig& config) {
    return store_.emplace(disk_, folder_.path() / "store", config);
  }

  // Whether it came back. When it does not, the disk is let go, so that the test ends.
  template <class Job>
  [[nodiscard]] bool comes_back(const Job& job) {
    auto done = std::async(std::launch::async, job);
    const bool back = done.wait_for(RunningStore::kLongEnough) == std::future_status::ready;
    if (!back) disk_.let_go();
    return back;
  }

  std::future<Told> send(const std::string& body) {
    return store_->begin({{.body = body}}, [this](const Told& told) {
      if (!told.stored || !*told.stored || told.outcomes.front().refused) return;
      const std::lock_guard lock(mutex_);
      acknowledged_.push_back(told.outcomes.front().at.value);
    });
  }

  // Until it is refused; more than could ever be let wait would go through only if there were no limit.
  void send_until_refused(const std::string& name, Sender& sender) {
    for (std::size_t i = 0; i < 4 * (kMostWaiting + kPool) / kBody; ++i) {
      std::string body = name + std::to_string(i);
      auto told = send(body + std::string(kBody, '.'));
      if (told.wait_for(0s) == std::future_status::ready) {
        Told answer = told.get();
        if (!answer.why().empty()) {
          sender.refused = std::move(answer);
          return;
        }
      } else {
        sender.told.push_back(std::move(told));
      }
      sender.taken.push_back(std::move(body));
    }
  }

  // From three threads at once.
  std::array<Sender, 3> all_send_until_refused() {
    std::array<Sender, 3> senders;
    EXPECT_TRUE(comes_back([&] {
      std::vector<std::jthread> threads;
      threads.reserve(senders.size());
      for (std::size_t i = 0; i < senders.size(); ++i)
        threads.emplace_back(
            [&, i] { send_until_refused(std::string(1, static_cast<char>('a' + i)), senders[i]); });
    })) << "an append waits for the disk";
    std::size_t bytes = 0;
    for (const Sender& sender : senders) {
      EXPECT_THAT(sender.refused ? sender.refused->why() : "there is no end to what may wait",
                  HasSubstr("broker busy"));
      bytes += sender.taken.size() * kBody;
    }
    EXPECT_LE(bytes, kMostWaiting + kPool);
    return senders;
  }

  // All that was taken is in the queue, each sender's in its order, and nothing that was refused.
  void expect_all_of(const std::array<Sender, 3>& senders) {
    auto bodies = store_->bodies();
    for (std::string& body : bodies) body.resize(body.find_last_not_of('.') + 1);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < senders.size(); ++i) {
      std::vector<std::string> its;
      std::ranges::copy_if(bodies, std::back_inserter(its),
                           [&](const auto& body) { return body[0] == static_cast<char>('a' + i); });
      EXPECT_EQ(its, senders[i].taken);
      taken += its.size();
    }
    EXPECT_GT(taken, 0U);
  }
  // The disk is let go, and all are told: in the order in which their messages stand in the log.
  void let_all_be_acknowledged(std::array<Sender, 3>& senders) {
    disk_.let_go();
    for (Sender& sender : senders) {
      for (auto& told : sender.told) EXPECT_EQ(RunningStore::answer(std::move(told)).why(), "");
    }
    EXPECT_TRUE(comes_back([&] { (*store_)->settle().value(); }));
    {
      const std::lock_guard lock(mutex_);
      EXPECT_TRUE(std::ranges::is_sorted(acknowledged_));
    }
    expect_all_of(senders);
  }

  kernel::TemporaryFolder folder_;
  DisturbedFileSystem disk_;
  std::mutex mutex_;
  std::vector<std::int64_t> acknowledged_;  // guarded by mutex_: places in the log, as they were told
  std::optional<RunningStore> store_;
};

class StalledDiskOfEachKind : public StalledDisk, public testing::WithParamInterface<Flush> {};
INSTANTIATE_TEST_SUITE_P(Flush, StalledDiskOfEachKind,
                         testing::Values(Flush::sync, Flush::async, Flush::pool), [](const auto& tested) {
                           return tested.param == Flush::sync    ? "sync"
                                  : tested.param == Flush::async ? "async"
                                                                 : "pool";
                         });

TEST_P(StalledDiskOfEachKind, keeps_nobody_but_the_thread_whose_write_it_is) {
  RunningStore& store = open(impatient(GetParam()));
  store.append({{.topic = "before", .body = "there"}});
  ASSERT_TRUE(comes_back([&] { store->settle().value(); }));

  disk_.stall({Call::write}, "commitlog");
  std::future<Told> kept;
  std::jthread whose_write_it_is([&] { kept = send("its write"); });
  ASSERT_TRUE(disk_.wait_until_kept());

  auto senders = all_send_until_refused();
  ASSERT_TRUE(comes_back([&] { EXPECT_THAT(store.bodies("before"), ElementsAre("there")); }));

  let_all_be_acknowledged(senders);
  whose_write_it_is.join();
  EXPECT_EQ(RunningStore::answer(std::move(kept)).why(), "");
}

TEST_P(StalledDiskOfEachKind, keeps_nobody_at_all_when_appends_have_a_thread_of_their_own) {
  StoreConfig config = impatient(GetParam());
  config.append_on_thread = true;
  open(config);
  disk_.stall({Call::write}, "commitlog");
  auto senders = all_send_until_refused();
  ASSERT_TRUE(disk_.wait_until_kept());
  let_all_be_acknowledged(senders);
}

TEST_P(StalledDiskOfEachKind, keeps_nobody_while_the_next_file_cannot_be_made) {
  StoreConfig config = impatient(GetParam());
  config.commit_log_file_size = ByteSize::kib(16);
  RunningStore& store = open(config);
  store.append({{.topic = "before", .body = "there"}});
  ASSERT_TRUE(comes_back([&] { store->settle().value(); }));
  disk_.stall({Call::allocate}, "commitlog");
  auto senders = all_send_until_refused();
  ASSERT_TRUE(disk_.wait_until_kept());
  ASSERT_TRUE(comes_back([&] { EXPECT_THAT(store.bodies("before"), ElementsAre("there")); }));
  let_all_be_acknowledged(senders);
}

TEST_F(StalledDisk, keeps_nobody_whose_burst_needs_more_files_than_are_there) {
  StoreConfig config = impatient(Flush::async);
  config.commit_log_file_size = ByteSize::kib(16);
  RunningStore& store = open(config);
  store.append({{.body = "first"}});
  ASSERT_TRUE(comes_back([&] { store->settle().value(); }));
  disk_.stall({Call::allocate}, "commitlog");
  const std::vector<TestMessage> large(40, {.body = std::string(kBody, '.')});
  std::future<Told> told;
  ASSERT_TRUE(comes_back([&] { told = store.begin(large); }));
  ASSERT_TRUE(disk_.wait_until_kept());
  disk_.let_go();
  EXPECT_EQ(RunningStore::answer(std::move(told)).why(), "");
  EXPECT_EQ(store.bodies().size(), 1 + large.size());
}

TEST_F(StalledDisk, lets_senders_wait_for_a_sync_without_their_threads) {
  RunningStore& store = open(impatient(Flush::sync));
  disk_.stall({Call::sync}, "commitlog");
  auto senders = all_send_until_refused();
  ASSERT_TRUE(disk_.wait_until_kept());
  {
    const std::lock_guard lock(mutex_);
    EXPECT_THAT(acknowledged_, IsEmpty());
  }
  EXPECT_THAT(store.bodies(), IsEmpty()) << "shown before it was on the disk";
  let_all_be_acknowledged(senders);
}

TEST_F(StalledDisk, tells_senders_after_a_while_that_the_sync_is_late) {
  StoreConfig config = impatient(Flush::sync);
  config.give_up_after = 1min;
  RunningStore& store = open(config);
  store.append({{.body = "first"}});
  disk_.stall({Call::sync}, "commitlog");
  auto late = send("late");
  ASSERT_TRUE(disk_.wait_until_kept());
  store.let_pass(10min);
  const Told told = RunningStore::answer(std::move(late));
  ASSERT_TRUE(told.stored && !*told.stored);
  EXPECT_EQ(told.stored->error().code, remoting::ResponseCode::flush_disk_timeout);
  EXPECT_THAT(told.why(), HasSubstr("it stands in the log and may become visible later"));
  disk_.let_go();
  store.append({{.body = "next"}});
  EXPECT_THAT(store.bodies(), ElementsAre("first", "late", "next"));
}

TEST_F(StalledDisk, tells_senders_after_a_while_that_it_does_not_keep_up) {
  StoreConfig config = impatient(Flush::async);
  config.append_on_thread = true;
  config.busy_after = 1min;
  RunningStore& store = open(config);
  disk_.stall({Call::write}, "commitlog");
  auto being_written = send("being written");
  ASSERT_TRUE(disk_.wait_until_kept());
  auto waits = send("waits");
  store.let_pass(10min);
  EXPECT_THAT(RunningStore::answer(std::move(waits)).why(),
              HasSubstr("broker busy: the disk does not keep up, the message waited 60"));
  EXPECT_EQ(being_written.wait_for(0s), std::future_status::timeout)
      << "it is not known whether it will be there";
  disk_.let_go();
  EXPECT_EQ(RunningStore::answer(std::move(being_written)).why(), "");
  const Told next = store.append({{.body = "next"}});
  ASSERT_EQ(next.why(), "");
  EXPECT_EQ(next.outcomes.front().queue_offset.value, 1) << "a gap was left for what was refused";
  EXPECT_THAT(store.bodies(), ElementsAre("being written", "next"));
}

TEST_F(StalledDisk, acknowledges_all_the_same_when_only_its_syncs_are_late_and_nobody_waits_for_them) {
  RunningStore& store = open(impatient(Flush::async));
  store.append({{.body = "a"}});
  ASSERT_TRUE(comes_back([&] { store->settle().value(); }));
  disk_.stall({Call::sync}, "commitlog");
  store.append({{.body = "b"}});
  ASSERT_TRUE(disk_.wait_until_kept());
  store.append({{.body = "c"}});
  EXPECT_THAT(store.bodies(), ElementsAre("a", "b", "c"));
}

TEST_F(StalledDisk, keeps_no_start_that_promised_nothing_about_what_a_killed_broker_left) {
  StoreConfig config = impatient(Flush::async);
  config.flush_interval = 1h;
  RunningStore& store = open(config);
  store.append({{.body = "a"}, {.body = "b"}});
  store.leave();
  store.config().flush_interval = 1ms;
  disk_.stall({Call::sync}, "commitlog");
  ASSERT_TRUE(comes_back([&] { store.open(); }));
  ASSERT_TRUE(disk_.wait_until_kept());
  store.append({{.body = "c"}});
  EXPECT_THAT(store.bodies(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(store->positions().flushed, 0);
  disk_.let_go();
  ASSERT_TRUE(comes_back([&] { store->settle().value(); }));
  EXPECT_EQ(store->positions().flushed, store->positions().written);
}

TEST_F(StalledDisk, keeps_no_reader_of_what_is_not_in_memory) {
  RunningStore& store = open(impatient(Flush::async));
  store.append({{.body = "a"}, {.queue = 1, .body = "b"}});
  store.open_again();
  for (const auto& [calls, part] :
       {std::pair(Call::open, "consumequeue"), std::pair(Call::map, "commitlog")}) {
    disk_.stall({calls}, part);
    std::vector<std::future<api::Result<api::ReadOutcome>>> asked;
    for (const std::int32_t queue : {0, 1}) {
      auto told = std::make_shared<std::promise<api::Result<api::ReadOutcome>>>();
      asked.push_back(told->get_future());
      ASSERT_TRUE(comes_back([&] {
        store->read({.topic = "T", .queue = api::QueueId{queue}, .from = {0}, .filter = nullptr},
                    [told](auto outcome) { told->set_value(std::move(outcome)); });
      })) << "a read waits for "
          << part;
    }
    ASSERT_TRUE(disk_.wait_until_kept());
    ASSERT_TRUE(comes_back([&] { store.append({{.topic = "meanwhile", .body = "c"}}); }))
        << "an append waits for a reader of " << part;
    disk_.let_go();
    for (auto& each : asked) EXPECT_EQ(RunningStore::answer(std::move(each)).value().count, 1U);
    store.open_again();
  }
}

TEST_F(StalledDisk, of_consume_queues_and_index_keeps_neither_senders_nor_readers) {
  RunningStore& store = open(impatient(Flush::async));
  for (const std::string part : {"consumequeue", "index", "checkpoint"}) {
    disk_.stall({Call::open, Call::write, Call::sync, Call::resize, Call::sync_directory}, part);
    ASSERT_TRUE(comes_back([&] {
      for (int i = 0; i < 100; ++i)
        EXPECT_EQ(store.append({{.body = part, .properties = "KEYS\x01" + part + "\x02"}}).why(), "");
    })) << part;
    ASSERT_TRUE(disk_.wait_until_kept()) << part;
    ASSERT_TRUE(comes_back([&] { EXPECT_EQ(store.bodies().back(), part); }));
    disk_.let_go();
    ASSERT_TRUE(comes_back([&] { store->settle().value(); })) << part;
  }
  EXPECT_EQ(store.bodies().size(), 300U);
}

}  // namespace
}  // namespace gantry::store
