// A broker that is killed while it writes: what was told as done is there, and offsets are never further back
// than the last time they were written.
#include "kernel/metadata.h"
#include "tests/unit/kernel/metadata_on_disk.h"

#include <csignal>
#include <cstdint>
#include <random>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace gantry::kernel {
namespace {

constexpr int kKills = 200;

// What the child tells through the pipe, each time that something has become durable.
struct Told {
  std::int64_t topics = 0;   // topic-1 ... topic-N were put
  std::int64_t offsets = 0;  // written behind
  std::int64_t keys = 0;     // of the plugin's space
};

// Changes everything there is, as fast as the disk lets it, until it is killed.
[[noreturn]] void live(const std::filesystem::path& folder, int out) {
  MetadataOnDisk broker(folder);
  if (!broker.open()) ::_exit(1);
  const auto space = broker->key_values("p");
  std::mutex mutex;
  Told told;
  told.topics = static_cast<std::int64_t>(broker->topics().all().size());
  told.offsets = std::max<std::int64_t>(0, broker.committed("g", "t", 0));
  told.keys = std::stoll(space->get("count").value_or("0"));
  const auto tell = [&](std::int64_t Told::* what, std::int64_t value) {
    const std::lock_guard lock(mutex);
    told.*what = value;
    if (::write(out, &told, sizeof told) != sizeof told) ::_exit(1);
  };
  tell(&Told::topics, told.topics);
  for (std::int64_t i = 1;; ++i) {
    const std::int64_t topic = told.topics + 1;
    broker->topics().put({.name = topic_name("topic-" + std::to_string(topic))}, nobody());
    broker.commit("g", "t", 0, told.offsets + 1);
    if (!broker.flush()) ::_exit(1);
    tell(&Told::topics, topic);  // handed in before the flush, so done before it
    tell(&Told::offsets, told.offsets + 1);
    const std::string count = std::to_string(told.keys + 1);
    if (!broker.change(*space, {{"count", count}, {"same/" + std::to_string(i % 5), count}, {"twin", count}}))
      ::_exit(1);
    tell(&Told::keys, told.keys + 1);
  }
}

TEST(MetadataKill, nothing_that_was_told_as_done_is_lost_in_200_kills) {
  const Folder folder;
  std::mt19937 random(7);
  Told last;
  for (int kill = 0; kill < kKills; ++kill) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      live(folder.path(), ends[1]);
    }
    ::close(ends[1]);
    // After some of its words, and then at whatever it is just doing.
    for (int words = 1 + static_cast<int>(random() % 20); words > 0; --words)
      ASSERT_EQ(::read(ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last))
          << "the broker ended by itself";
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    while (::read(ends[0], &last, sizeof last) ==
           static_cast<ssize_t>(sizeof last)) {  // what it had still said
    }
    ::close(ends[0]);

    MetadataOnDisk broker(folder.path());
    const auto opened = broker.open();
    ASSERT_TRUE(opened) << opened.error().text;
    const auto topics = static_cast<std::int64_t>(broker->topics().all().size());
    ASSERT_GE(topics, last.topics);
    ASSERT_LE(topics, last.topics + 1);
    ASSERT_GE(std::max<std::int64_t>(0, broker.committed("g", "t", 0)), last.offsets);
    const auto space = broker->key_values("p");
    ASSERT_GE(std::stoll(space->get("count").value_or("0")), last.keys);
    ASSERT_EQ(space->get("count"), space->get("twin")) << "a change is there by half";
  }
  EXPECT_GT(last.topics, kKills / 4);
}

}  // namespace
}  // namespace gantry::kernel
