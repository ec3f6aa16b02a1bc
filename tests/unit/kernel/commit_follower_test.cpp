#include "kernel/commit_follower.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/fake_store.h"
#include "tests/unit/kernel/manual_background.h"
#include "tests/unit/kernel/some_plugin.h"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;

// Key-values in memory, which can be told to refuse.
class Positions final : public api::KeyValues {
 public:
  std::optional<std::string> get(std::string_view key) const override {
    const auto at = values.find(std::string(key));
    return at == values.end() ? std::nullopt : std::optional(at->second);
  }
  void scan(std::string_view, const std::function<bool(std::string_view, std::string_view)>&) const override {
  }
  void change(std::vector<api::KeyValueChange> changes, api::Completion<void> done) override {
    if (refuse) return done.fail({.text = "the disk is full"});
    for (auto& change : changes) values[change.key] = change.value.value();
    done.succeed();
  }

  std::map<std::string, std::string> values;
  bool refuse = false;
};

class Listener final : public api::CommitListener {
 public:
  std::string_view name() const override { return "index"; }
  bool from_the_beginning() const override { return beginning; }
  void committed(std::span<const api::LogEntry> entries) override {
    if (!throws.empty()) throw std::runtime_error(throws);
    for (const auto& entry : entries) seen += std::string(entry.record.body()) + " ";
  }

  bool beginning = true;
  std::string throws;
  std::string seen;
};

struct CommitFollowerTest : testing::Test {
  FakeStore store;
  Positions positions;
  ManualClock clock;
  ManualBackground background{clock};
  logging::CapturingLogger log;
  SomePlugin trace{"trace"};
  std::unique_ptr<PluginJobs> jobs = background.for_plugin(trace.boundary);
  Listener listener;

  std::unique_ptr<CommitFollower> follow() {
    auto made = std::make_unique<CommitFollower>(
        Installed<api::CommitListener>{&trace.boundary, &listener},
        FollowerSurroundings{store, positions, jobs->executor(), jobs->timers(), log});
    made->start();
    background.run_jobs();
    return made;
  }
  // How often the listener has thrown.
  std::size_t failures() const {
    for (std::size_t n = 0; n < 2000; ++n) {
      if (trace.counted(R"(gantry_plugin_exceptions_total{plugin="trace",step="commit listener"} )" +
                        std::to_string(n)))
        return n;
    }
    return 0;
  }
};

TEST_F(CommitFollowerTest, hands_over_what_the_log_holds_and_then_what_comes) {
  store.add("a");
  store.add("b");
  const auto follower = follow();
  EXPECT_EQ(listener.seen, "a b ");
  store.add("c");
  background.run_jobs();
  EXPECT_EQ(listener.seen, "a b c ");
}

TEST_F(CommitFollowerTest, begins_with_what_comes_now_where_the_listener_wants_that) {
  store.add("a");
  listener.beginning = false;
  const auto follower = follow();
  store.add("b");
  background.run_jobs();
  EXPECT_EQ(listener.seen, "b ");
}

TEST_F(CommitFollowerTest, reads_a_long_log_piece_by_piece) {
  store.entries_at_once = 2;
  for (const char* body : {"a", "b", "c", "d", "e"}) store.add(body);
  const auto follower = follow();
  EXPECT_EQ(listener.seen, "a b c d e ");
}

TEST_F(CommitFollowerTest, goes_on_after_a_restart_where_it_was) {
  store.add("a");
  auto follower = follow();
  background.advance(1s);
  follower.reset();
  store.add("b");
  follower = follow();
  EXPECT_EQ(listener.seen, "a b ");
}

TEST_F(CommitFollowerTest, repeats_after_a_crash_what_it_had_not_kept) {
  store.add("a");
  auto follower = follow();
  background.advance(1s);
  store.add("b");
  background.run_jobs();
  follower.reset();
  follower = follow();
  EXPECT_EQ(listener.seen, "a b b ");
}

TEST_F(CommitFollowerTest, repeats_nothing_after_an_orderly_stop) {
  auto follower = follow();
  store.add("a");
  std::optional<bool> finished;
  follower->finish(api::Completion<void>(
      [&finished](const api::Result<void>& outcome) { finished = outcome.has_value(); }));
  background.run_jobs();
  EXPECT_EQ(finished, true);
  follower.reset();
  follower = follow();
  EXPECT_EQ(listener.seen, "a ");
}

TEST_F(CommitFollowerTest, brings_the_same_again_after_an_exception_and_names_the_plugin) {
  listener.throws = "the index is locked";
  store.add("a");
  const auto follower = follow();
  EXPECT_EQ(trace.log.lines().back().field("reason"), "\"the index is locked\"");
  listener.throws.clear();
  background.advance(1s);
  EXPECT_EQ(listener.seen, "a ");
}

TEST_F(CommitFollowerTest, waits_longer_after_each_failure_up_to_a_minute) {
  listener.throws = "broken";
  store.add("a");
  const auto follower = follow();
  background.advance(999ms);
  EXPECT_EQ(failures(), 1U);
  background.advance(1ms);
  EXPECT_EQ(failures(), 2U);
  background.advance(2s);
  EXPECT_EQ(failures(), 3U);
  background.advance(24h);
  const auto before = failures();
  background.advance(1min);
  EXPECT_EQ(failures(), before + 1);
}

TEST_F(CommitFollowerTest, is_not_hurried_by_new_messages_while_it_pauses) {
  listener.throws = "broken";
  store.add("a");
  const auto follower = follow();
  store.add("b");
  background.run_jobs();
  EXPECT_EQ(failures(), 1U);
}

TEST_F(CommitFollowerTest, tries_again_when_the_log_could_not_be_read) {
  store.add("a");
  store.fail_reading("bad sector");
  const auto follower = follow();
  EXPECT_EQ(log.lines().back().field("reason"), "\"bad sector\"");
  store.fail_reading("");
  background.advance(1s);
  EXPECT_EQ(listener.seen, "a ");
}

TEST_F(CommitFollowerTest, keeps_its_position_again_when_the_disk_refused_it) {
  positions.refuse = true;
  store.add("a");
  auto follower = follow();
  background.advance(1s);
  positions.refuse = false;
  background.advance(1s);
  follower.reset();
  follower = follow();
  EXPECT_EQ(listener.seen, "a ");
}

TEST_F(CommitFollowerTest, goes_on_at_the_first_message_left_and_says_so) {
  store.add("a");
  store.add("b");
  positions.values["trace/index"] = "0";
  store.cut_head();
  const auto follower = follow();
  EXPECT_EQ(listener.seen, "b ");
  EXPECT_EQ(log.count("commit listener goes on elsewhere"), 1U);
}

TEST_F(CommitFollowerTest, goes_on_at_the_end_of_a_log_that_was_cut) {
  store.add("a");
  store.add("b");
  auto follower = follow();
  background.advance(1s);
  follower.reset();
  store.cut_tail();
  follower = follow();
  store.add("c");
  background.run_jobs();
  EXPECT_EQ(listener.seen, "a b c ");
}

TEST_F(CommitFollowerTest, refuses_a_kept_position_that_is_none) {
  positions.values["trace/index"] = "12x";
  try {
    follow();
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "the kept position of commit listener trace/index is \"12x\", but it must "
                 "be a number");
  }
}

}  // namespace
}  // namespace gantry::kernel
