// Each call that a store makes to its disk fails once, and in another life from then on, until it has got
// through.
#include "tests/unit/store-mmap/store_simulation.h"

#include <cerrno>
#include <exception>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using While = FailingCall::While;
using Case = std::tuple<While, Flush, bool>;  // from then on

constexpr std::int64_t kEnough = 5000;  // calls; no life has as many

std::string name_of(const testing::TestParamInfo<Case>& one) {
  constexpr const char* kDoing[] = {"appending", "rolling", "flushing", "recovering", "expiring", "stopping"};
  constexpr const char* kFlush[] = {"sync", "async", "pool"};
  const auto [doing, flush, from_then_on] = one.param;
  return std::string(kDoing[static_cast<std::size_t>(doing)]) + "_" +
         kFlush[static_cast<std::size_t>(flush)] + (from_then_on ? "_from_then_on" : "_once");
}

class FailingCalls : public testing::TestWithParam<Case> {};

TEST_P(FailingCalls, break_no_promise) {
  const auto [doing, flush, from_then_on] = GetParam();
  std::int64_t nth = 0;
  for (bool fired = true; fired && nth < kEnough; ++nth) {
    const FailingCall call{
        .doing = doing, .nth = nth, .number = nth % 2 == 0 ? EIO : ENOSPC, .from_then_on = from_then_on};
    StoreSimulation simulation(1, {.cuts_while_starting = false, .flush = flush, .log_in_story = true});
    try {
      fired = simulation.run_with(call);
    } catch (const std::exception& violation) {
      std::string story;
      for (const std::string& line : simulation.story()) story += "  " + line + "\n";
      FAIL() << "call " << nth << ": " << violation.what() << "\n" << story;
    }
  }
  EXPECT_GT(nth, 5);
  EXPECT_LT(nth, kEnough);
}

INSTANTIATE_TEST_SUITE_P(Store, FailingCalls,
                         testing::Combine(testing::Values(While::appending, While::rolling, While::flushing,
                                                          While::recovering, While::expiring,
                                                          While::stopping),
                                          testing::Values(Flush::sync, Flush::async, Flush::pool),
                                          testing::Bool()),
                         name_of);

}  // namespace
}  // namespace gantry::store
