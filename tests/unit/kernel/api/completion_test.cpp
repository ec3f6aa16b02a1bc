#include "kernel/api/completion.h"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::api {
namespace {

class Watch final : public CompletionWatch {
 public:
  void told_twice() noexcept override { ++twice; }
  void dropped() noexcept override { ++drops; }
  void told_late() noexcept override {}
  int twice = 0, drops = 0;
};

struct CompletionTest : testing::Test {
  Watch watch;
  std::vector<std::string> outcomes;

  Completion<int> completion() {
    return Completion<int>(
        [this](const Result<int>& outcome) {
          outcomes.push_back(outcome ? std::to_string(*outcome) : outcome.error().text);
        },
        &watch);
  }
};

TEST_F(CompletionTest, tells_its_outcome) {
  completion().succeed(7);
  completion().fail({.text = "no"});
  EXPECT_EQ(outcomes, (std::vector<std::string>{"7", "no"}));
  EXPECT_EQ(watch.drops, 0);
}

TEST_F(CompletionTest, ignores_a_second_telling_and_counts_it) {
  auto once = completion();
  once.succeed(1);
  once.succeed(2);
  EXPECT_EQ(outcomes, std::vector<std::string>{"1"});
  EXPECT_EQ(watch.twice, 1);
}

TEST_F(CompletionTest, tells_that_it_was_dropped) {
  {
    const auto dropped = completion();
  }
  EXPECT_EQ(outcomes, std::vector<std::string>{"it was given up without an outcome"});
  EXPECT_EQ(watch.drops, 1);
}

TEST_F(CompletionTest, is_dropped_when_another_takes_its_place) {
  auto one = completion();
  one = completion();
  EXPECT_EQ(watch.drops, 1);
  one.succeed(2);
  EXPECT_EQ(outcomes, (std::vector<std::string>{"it was given up without an outcome", "2"}));
}

TEST_F(CompletionTest, leaves_nothing_to_tell_where_it_was_moved_from) {
  auto from = completion();
  auto to = std::move(from);
  from.succeed(1);  // NOLINT(bugprone-use-after-move): that is the question
  EXPECT_TRUE(outcomes.empty());
  to.succeed(2);
  EXPECT_EQ(outcomes, std::vector<std::string>{"2"});
}

TEST_F(CompletionTest, may_be_told_by_another_thread) {
  auto later = completion();
  std::thread([&later] { later.succeed(3); }).join();
  EXPECT_EQ(outcomes, std::vector<std::string>{"3"});
}

TEST(Completion, works_without_anybody_watching) {
  std::optional<bool> good;
  {
    const Completion<void> dropped([&good](const Result<void>& outcome) { good = outcome.has_value(); });
  }
  EXPECT_EQ(good, false);
}

}  // namespace
}  // namespace gantry::api
