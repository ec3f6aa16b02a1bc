#include "kernel/changes_in_turn.h"

#include "logging/capturing_logger.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

// Has nothing, and never will.
struct EmptyTable {
  std::shared_ptr<const int> find(std::string_view /*name*/) const { return nullptr; }
  std::size_t count() const { return 0; }
  void put(int /*entry*/, const api::Completion<void>& /*done*/) {}
};

struct ChangesOfATable : testing::Test {
  EmptyTable table;
  logging::CapturingLogger log;
  ChangesInTurn<EmptyTable, int> turns{table, log, {"made", "failed"}, {.most = 1}};
};

TEST_F(ChangesOfATable, wait_for_the_turn_before_and_keep_their_order) {
  std::shared_ptr<void> first;
  std::vector<int> done;
  turns.change("a", [&](std::shared_ptr<void> turn) { first = std::move(turn); });
  for (int i = 0; i < 3; ++i) turns.change("a", [&done, i](const auto& /*turn*/) { done.push_back(i); });
  turns.change("b", [&done](const auto& /*turn*/) { done.push_back(9); });
  EXPECT_THAT(done, testing::ElementsAre(9));
  first.reset();
  EXPECT_THAT(done, testing::ElementsAre(9, 0, 1, 2));
}

// One within the other they would not fit a stack.
TEST_F(ChangesOfATable, may_be_any_number_that_end_at_once) {
  std::shared_ptr<void> first;
  turns.change("a", [&](std::shared_ptr<void> turn) { first = std::move(turn); });
  int done = 0;
  for (int i = 0; i < 200'000; ++i) turns.change("a", [&done](const auto& /*turn*/) { ++done; });
  first.reset();
  EXPECT_EQ(done, 200'000);
}

}  // namespace
}  // namespace gantry::kernel
