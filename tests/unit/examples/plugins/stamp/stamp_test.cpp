#include "remoting/message_properties.h"
#include "tests/unit/examples/load_example.h"

#include <array>

#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

TEST(Stamp, writes_the_brokers_name_into_each_message) {
  TestContext context;
  context.identity().name = "broker-b";
  TestHost host(context, example("stamp"));
  std::array<Draft, 2> drafts;
  drafts[0].record.properties = "COLOR\x01red\x02";
  host.append(drafts);
  EXPECT_EQ(remoting::find_property(drafts[0].record.properties, "COLOR"), "red");
  for (const auto& draft : drafts)
    EXPECT_EQ(remoting::find_property(draft.record.properties, "RECEIVED_BY"), "broker-b");
  EXPECT_EQ(context.metrics().counter_value("stamped_total"), 2u);
}

TEST(Stamp, refuses_a_message_whose_properties_would_become_too_long) {
  TestContext context;
  TestHost host(context, example("stamp"));
  const std::string long_text = "A\x01" + std::string(remoting::kMaxPropertiesSize - 3, 'x');
  std::array<Draft, 2> drafts;
  drafts[0].record.properties = long_text;
  host.append(drafts);
  ASSERT_TRUE(drafts[0].refused());
  EXPECT_EQ(drafts[0].refused()->code, remoting::ResponseCode::message_illegal);
  EXPECT_FALSE(drafts[1].refused());
  EXPECT_EQ(context.metrics().counter_value("stamped_total"), 1u);
}

}  // namespace
}  // namespace gantry::api::testing
