// A store in a process of its own that is killed while it appends, goes on in new files, cleans, indexes and
// makes checkpoints: what it had acknowledged is there, each message once, and it goes on from there.
//
// GANTRY_KILLS says how often; 10 where it is not set.
#include "plugins/store-mmap/posix_file_system.h"
#include "plugins/store-mmap/store.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/numbered_messages.h"
#include "tests/unit/store-mmap/running_store.h"
#include "tests/unit/store-mmap/seeded_random.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kOfLife = 1'000'000;  // numbers of messages that one life may use
constexpr std::uint64_t kOfSender = 400'000;
constexpr std::uint64_t kSenders = 2;
constexpr std::size_t kBurstsInFlight = 4;
constexpr std::uint64_t kMostInBurst = 7;

int kills() {
  const char* wanted = std::getenv("GANTRY_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 10;
}

struct Queue {
  std::string topic;
  std::int32_t id = 0;
  auto operator<=>(const Queue&) const = default;
};

// What the process tells through a pipe of each message that is acknowledged.
struct Acknowledged {
  std::uint64_t number = 0;
  std::int64_t at = 0;
  std::int64_t queue_offset = 0;
};

StoreConfig config_of(Flush flush, bool own_thread) {
  StoreConfig config = small_files();
  config.flush = flush;
  config.append_on_thread = own_thread;
  config.pool_size = ByteSize::kib(64);
  config.queue_memory = ByteSize::kib(8);
  config.busy_after = 24h;
  config.flush_interval = config.commit_interval = 3ms;
  config.flush_least_pages = 1;
  config.checkpoint_interval = 5ms;
  config.retention_age = 1h;
  config.retention_hours.clear();
  for (int hour = 0; hour < 24; ++hour) config.retention_hours.push_back(std::to_string(hour));
  return config;
}

// ---- The process that is killed

void send(RunningStore& store, std::uint64_t number, int out) {
  std::deque<std::future<Told>> in_flight;
  for (std::uint64_t burst = 0;; ++burst) {
    std::vector<TestMessage> messages;
    const std::uint64_t first = number;
    for (std::uint64_t i = 0; i < 1 + burst % kMostInBurst; ++i)
      messages.push_back(numbered_message(number++));
    in_flight.push_back(store.begin(std::move(messages), [first, out](const Told& told) {
      if (!told.why().empty()) return;
      std::vector<Acknowledged> all;
      for (const auto& outcome : told.outcomes)
        all.push_back({first + all.size(), outcome.at.value, outcome.queue_offset.value});
      const auto bytes = static_cast<ssize_t>(all.size() * sizeof(Acknowledged));
      if (::write(out, all.data(), static_cast<std::size_t>(bytes)) != bytes) ::_exit(2);  // whole or not
    }));
    if (in_flight.size() < kBurstsInFlight) continue;
    static_cast<void>(RunningStore::answer(std::move(in_flight.front())));
    in_flight.pop_front();
  }
}

[[noreturn]] void live(const std::filesystem::path& directory, const StoreConfig& config, std::uint64_t first,
                       int out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    PosixFileSystem files;
    RunningStore store(files, directory, config);
    std::vector<std::jthread> senders;
    for (std::uint64_t i = 0; i < kSenders; ++i)
      senders.emplace_back([&, i] { send(store, first + i * kOfSender, out); });
    for (int round = 0;; ++round) {
      if (!store->settle()) ::_exit(3);
      store.let_pass(round % 4 == 3 ? 61min : 11s);
      static_cast<void>(store.find_by_key("even", "all"));
    }
  } catch (const std::exception& why) {
    std::fprintf(stderr, "the store ended by itself: %s\n", why.what());
  }
  ::_exit(1);
}

// ---- The one that kills it

class StoreKill : public testing::Test {
 protected:
  // What it told until it was dead.
  std::vector<Acknowledged> run_and_kill(const StoreConfig& config, std::uint64_t first) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category());
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      live(directory_, config, first, ends[1]);
    }
    ::close(ends[1]);
    std::vector<Acknowledged> told;
    // After some of its words, and then at whatever it is just doing.
    const auto words = static_cast<std::size_t>(random_.between(1, 1500));
    while (told.size() < words && read_one(ends[0], told)) continue;
    EXPECT_GE(told.size(), words) << "the store ended by itself";
    EXPECT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    while (read_one(ends[0], told)) continue;
    ::close(ends[0]);
    return told;
  }
  static bool read_one(int in, std::vector<Acknowledged>& told) {
    Acknowledged one;
    if (::read(in, &one, sizeof one) != static_cast<ssize_t>(sizeof one)) return false;
    told.push_back(one);
    return true;
  }

  // Everything that the store has: each message was sent, and is there once.
  void read_all(RunningStore& store) {
    found_.clear();
    for (const std::string& topic : store->topics()) {
      for (const api::QueueId id : store->queues(topic)) read_queue(store, {topic, api::number(id)});
    }
    std::map<std::uint64_t, int> times;
    for (const auto& [queue, numbers] : found_) {
      for (const auto& [offset, number] : numbers) {
        ASSERT_EQ(++times[number], 1) << "message " << number << " is there twice";
        const std::uint64_t of_sender = number % kOfLife % kOfSender;
        const auto last = last_of_sender_.find(number - of_sender);
        const std::uint64_t known = last == last_of_sender_.end() ? 0 : last->second % kOfSender + 1;
        ASSERT_LT(of_sender, known + (kBurstsInFlight + 1) * kMostInBurst) << "nobody sent " << number;
      }
    }
  }
  void read_queue(RunningStore& store, const Queue& queue) {
    const auto range = store->range(queue.topic, api::QueueId{queue.id}).value();
    auto& numbers = found_[queue];
    for (api::QueueOffset at = range.first; at < range.end;) {
      const auto outcome = store.read(queue.topic, queue.id, at);
      ASSERT_TRUE(outcome) << outcome.error().text;
      ASSERT_EQ(outcome->status, api::ReadStatus::found) << queue.topic << queue.id << " at " << at.value;
      for (const auto& slice : outcome->messages) {
        remoting::RecordWalker walker(slice.bytes);
        while (const auto record = walker.next()) {
          const auto number = number_of(*record);
          ASSERT_TRUE(number) << "nobody sent " << record->body();
          ASSERT_EQ(record->queue_offset(), at.value);
          numbers[at.value] = *number;
          at = at + 1;
        }
      }
      ASSERT_EQ(at, outcome->next);
    }
  }

  // `may_lose_its_end`: what was acknowledged from memory only.
  void expect_all_acknowledged(RunningStore& store, bool may_lose_its_end) {
    const std::int64_t end = store->end().value;
    if (may_lose_its_end) std::erase_if(acknowledged_, [&](const auto& one) { return one.second.at >= end; });
    // Retention's are gone for good.
    const std::int64_t first = store->first().value;
    std::erase_if(acknowledged_, [&](const auto& one) { return one.second.at < first; });
    for (const auto& [number, as] : acknowledged_) {
      const TestMessage sent = numbered_message(number);
      const auto& numbers = found_[{sent.topic, sent.queue}];
      const auto there = numbers.find(as.queue_offset);
      ASSERT_NE(there, numbers.end())
          << "message " << number << " of " << sent.topic << sent.queue << " at " << as.at
          << ", which was acknowledged, is lost; the log has " << first << " to " << end;
      ASSERT_EQ(there->second, number) << "offset " << as.queue_offset << " has two contents";
    }
  }
  void expect_keys_of_some(RunningStore& store) {
    for (auto one = acknowledged_.begin(); one != acknowledged_.end();) {
      const auto number = one->first;
      const auto found = store.find_by_key(numbered_message(number).topic, numbered_key(number));
      ASSERT_TRUE(found) << found.error().text;
      ASSERT_EQ(found->size(), 1U) << "the key of message " << number;
      ASSERT_EQ(number_of(found->front().record), number);
      for (auto skipped = random_.between(1, 200); skipped > 0 && one != acknowledged_.end(); --skipped)
        ++one;
    }
  }
  void note(const std::vector<Acknowledged>& told) {
    for (const Acknowledged& one : told) {
      acknowledged_[one.number] = one;
      auto& last = last_of_sender_[one.number - one.number % kOfLife % kOfSender];
      last = std::max(last, one.number);
    }
  }
  void append_one(RunningStore& store, std::uint64_t number) {
    const Told told = store.append({numbered_message(number)});
    ASSERT_EQ(told.why(), "");
    const auto& as = told.outcomes.front();
    note({{number, as.at.value, as.queue_offset.value}});
  }

  kernel::TemporaryFolder folder_;
  const std::filesystem::path directory_ = folder_.path() / "store";
  PosixFileSystem files_;
  SeededRandom random_{7};
  std::map<std::uint64_t, Acknowledged> acknowledged_;            // by number
  std::map<std::uint64_t, std::uint64_t> last_of_sender_;         // the largest number, by the sender's first
  std::map<Queue, std::map<std::int64_t, std::uint64_t>> found_;  // numbers by offset
};

TEST_F(StoreKill, loses_nothing_that_was_acknowledged_and_makes_nothing_up) {
  constexpr std::array kFlushes{Flush::sync, Flush::async, Flush::pool};
  for (int life = 0; life < kills(); ++life) {
    const Flush flush = kFlushes[static_cast<std::size_t>(life) % kFlushes.size()];
    SCOPED_TRACE("life " + std::to_string(life));
    const std::uint64_t first = static_cast<std::uint64_t>(life) * kOfLife;
    note(run_and_kill(config_of(flush, random_.one_in(3)), first));
    ASSERT_FALSE(HasFailure());

    RunningStore store(files_, directory_, config_of(Flush::sync, false));
    read_all(store);
    ASSERT_FALSE(HasFailure());
    expect_all_acknowledged(store, flush == Flush::pool);
    expect_keys_of_some(store);
    append_one(store, first + kSenders * kOfSender);
    ASSERT_FALSE(HasFailure());
    if (random_.one_in(3)) store.close();
  }
}

}  // namespace
}  // namespace gantry::store
