#include "tests/unit/examples/load_example.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Standby, registers_with_the_id_that_is_set_and_with_another_once_that_is_changed) {
  TestContext context;
  TestHost host(context, example("standby"));
  EXPECT_EQ(host.points().registration().part().broker_id, 0);
  host.change({{"broker_id", std::int64_t{1}}});
  EXPECT_EQ(host.points().registration().part().broker_id, 1);
}

TEST(Standby, tells_the_replication_address_when_there_is_one) {
  TestContext context;
  TestHost host(context, example("standby"));
  EXPECT_EQ(host.points().registration().part().ha_address, std::nullopt);
  host.change({{"ha_address", "10.0.0.7:10912"}});
  EXPECT_EQ(host.points().registration().part().ha_address, "10.0.0.7:10912");
  EXPECT_THAT([&] { host.change({{"ha_address", "10.0.0.7"}}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("host:port would be right")));
}

}  // namespace
}  // namespace gantry::api::testing
