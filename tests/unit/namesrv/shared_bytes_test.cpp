#include "namesrv/shared_bytes.h"

#include <vector>

#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

TEST(SharedBytes, gives_equal_bytes_out_once) {
  SharedBytes shared;
  const auto first = shared.get("same");
  EXPECT_EQ(shared.get("same"), first);
  EXPECT_NE(shared.get("other"), first);
  EXPECT_EQ(*shared.get("other"), "other");
}

TEST(SharedBytes, makes_bytes_anew_that_nobody_held_any_more) {
  SharedBytes shared;
  shared.get("passing");
  EXPECT_EQ(*shared.get("passing"), "passing");
}

TEST(SharedBytes, forgets_what_nobody_holds) {
  SharedBytes shared;
  const auto held = shared.get("held");
  for (int i = 0; i < 10'000; ++i) shared.get(std::to_string(i));
  EXPECT_LE(shared.remembered(), 64u);
  EXPECT_EQ(shared.get("held"), held);
}

}  // namespace
}  // namespace gantry::namesrv
