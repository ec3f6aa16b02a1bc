#include "tests/unit/examples/load_example.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr auto kEverything = ByteSize(std::uint64_t{1} << 62);

TEST(DiskRoom, looks_at_once_and_then_once_in_each_interval) {
  TestContext context;
  TestHost host(context, example("disk-room"),
                {{"interval", 10s}, {"warn_below", kEverything}, {"tell", "always"}});
  EXPECT_GT(context.metrics().gauge_value("free_bytes"), 0);
  EXPECT_EQ(context.log().count("the disk gets full"), 1u);
  context.advance(30s);
  EXPECT_EQ(context.log().count("the disk gets full"), 4u);
}

TEST(DiskRoom, tells_only_changes_unless_it_is_told_otherwise) {
  TestContext context;
  TestHost host(context, example("disk-room"), {{"warn_below", kEverything}});
  context.advance(1h);
  EXPECT_EQ(context.log().count("the disk gets full"), 1u);
  host.change({{"alarm_below", ByteSize(kEverything.bytes() - 1)}});
  context.advance(30s);
  EXPECT_EQ(context.log().count("the disk is nearly full"), 1u);
}

TEST(DiskRoom, refuses_an_alarm_that_would_come_before_the_warning) {
  TestContext context;
  const auto start = [&] { TestHost(context, example("disk-room"), {{"alarm_below", ByteSize::gib(20)}}); };
  EXPECT_THAT(start, ThrowsMessage<std::invalid_argument>(
                         HasSubstr("alarm_below is 20GiB, and the warning comes below 10GiB")));
}

}  // namespace
}  // namespace gantry::api::testing
