// A broker in a process of its own that is killed while it delivers delayed messages: each message that it
// had acknowledged comes to its topic, once, not before its time, and those of a level in their order.
//
// GANTRY_KILLS says how often; 10 where it is not set.
#include "plugins/schedule/deliveries.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/schedule/running_broker.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kOfLife = 1'000'000;  // numbers of messages that one life may use
constexpr std::int32_t kLevels = 3;
constexpr std::array<std::int64_t, kLevels> kDelays{1000, 2000, 7000};
constexpr auto kBetweenLives = 1h;

int kills() {
  const char* wanted = std::getenv("GANTRY_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 10;
}

ScheduleConfig schedule_config() {
  return {.levels = "1s 2s 7s", .burst_messages = 9, .progress_interval = 100ms};
}
store::StoreConfig store_config(int life) {
  store::StoreConfig config;
  config.commit_log_file_size = ByteSize::kib(256);
  config.max_message_size = ByteSize::kib(64);
  config.key_index = false;
  config.flush = life % 2 == 0 ? store::Flush::sync : store::Flush::async;
  config.busy_after = config.give_up_after = 10min;  // slow disks are not what this is about
  config.checkpoint_interval = 20ms;
  return config;
}
std::chrono::nanoseconds time_of(int life) {
  return kBetweenLives * life;
}

// Sends, and lets time pass; what is acknowledged it tells through a pipe.
[[noreturn]] void live(const std::filesystem::path& folder, int life, int out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    RunningBroker broker(folder, schedule_config(), store_config(life), time_of(life));
    std::minstd_rand random(static_cast<unsigned>(life) + 1);
    std::uint64_t number = static_cast<std::uint64_t>(life) * kOfLife;
    // An hour has passed when the next life begins.
    for (std::chrono::seconds left = kBetweenLives - 1min; left > 0s; left -= 1s) {
      std::vector<WaitingMessage> messages;
      const std::uint64_t first = number;
      for (auto count = 1 + random() % 20; count > 0; --count)
        messages.push_back(
            {.body = std::to_string(number++), .level = 1 + static_cast<std::int32_t>(random() % kLevels)});
      const auto told = store::RunningStore::answer(broker.send(std::move(messages)));
      if (!told.why().empty()) ::_exit(2);
      for (std::uint64_t one = first; one < number; ++one)
        if (::write(out, &one, sizeof one) != sizeof one) ::_exit(3);
      broker.let_pass(std::chrono::milliseconds(random() % 1000));
    }
  } catch (const std::exception& why) {
    std::fprintf(stderr, "the broker ended by itself: %s\n", why.what());
  }
  ::_exit(1);
}

class DeliveriesKill : public testing::Test {
 protected:
  void run_and_kill(int life) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category());
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      live(folder_.path(), life, ends[1]);
    }
    ::close(ends[1]);
    // After some of its words, and then at whatever it is just doing.
    const std::size_t before = acknowledged_.size();
    const std::size_t words = 1 + random_() % 500;
    while (acknowledged_.size() < before + words && read_one(ends[0])) continue;
    EXPECT_GE(acknowledged_.size(), before + words) << "the broker ended by itself";
    EXPECT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    while (read_one(ends[0])) continue;
    ::close(ends[0]);
  }
  bool read_one(int in) {
    std::uint64_t number = 0;
    if (::read(in, &number, sizeof number) != static_cast<ssize_t>(sizeof number)) return false;
    acknowledged_.insert(number);
    return true;
  }

  kernel::TemporaryFolder folder_;
  std::set<std::uint64_t> acknowledged_;
  std::minstd_rand random_{7};
};

TEST_F(DeliveriesKill, loses_repeats_and_hastens_nothing) {
  for (int life = 0; life < kills(); ++life) {
    run_and_kill(life);
    ASSERT_FALSE(HasFailure()) << "life " << life;
  }
  RunningBroker broker(folder_.path(), schedule_config(), store_config(0), time_of(kills()));
  std::int64_t waited = 0;
  for (std::int32_t level = 1; level <= kLevels; ++level)
    waited += broker.end_of(std::string(kScheduleTopic), number(queue_of(level)));
  ASSERT_GE(waited, static_cast<std::int64_t>(acknowledged_.size()));
  broker.wait_until([&] { return broker.end_of("T", 0) >= waited; });

  std::map<std::uint64_t, std::int64_t> delivered;
  for (const auto& [body, stored_at] : broker.times("T", 0))
    ASSERT_TRUE(delivered.emplace(std::stoull(body), stored_at).second) << body << " came twice";
  for (const std::uint64_t one : acknowledged_) ASSERT_TRUE(delivered.contains(one)) << one << " is lost";
  std::map<std::uint64_t, std::int32_t> levels;
  for (std::int32_t level = 1; level <= kLevels; ++level) {
    for (const auto& [body, sent_at] : broker.times(std::string(kScheduleTopic), number(queue_of(level)))) {
      const std::uint64_t one = std::stoull(body);
      levels.emplace(one, level);
      EXPECT_GE(delivered.at(one), sent_at + kDelays.at(static_cast<std::size_t>(level) - 1))
          << one << " is early";
    }
  }
  std::map<std::int32_t, std::uint64_t> last;
  for (const std::string& body : broker.bodies()) {
    const std::uint64_t one = std::stoull(body);
    const auto [before, first] = last.try_emplace(levels.at(one), one);
    EXPECT_TRUE(first || before->second < one) << one << " came after " << before->second;
    before->second = one;
  }
}

}  // namespace
}  // namespace gantry::schedule
