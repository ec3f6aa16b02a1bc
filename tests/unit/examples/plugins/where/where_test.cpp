#include "remoting/message_properties.h"
#include "tests/unit/examples/load_example.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr auto kNo = Verdict::no;
constexpr auto kYes = Verdict::yes;

class WhereExample : public ::testing::Test {
 protected:
  std::vector<Verdict> judge(std::string_view expression) {
    const std::array records{a_message("colour\x01red\x02size\x01very large"),
                             a_message("colour\x01green\x02"), a_message("")};
    return host_.judge("WHERE", expression, records);
  }

 private:
  static remoting::MessageRecord a_message(std::string_view properties) {
    return {.body = "x", .topic = "orders", .properties = properties};
  }

  TestContext context_;
  TestHost host_{context_, example("where")};
};

TEST_F(WhereExample, wants_the_messages_whose_properties_are_as_it_says) {
  EXPECT_THAT(judge("colour = red"), ElementsAre(kYes, kNo, kNo));
  EXPECT_THAT(judge("colour=red and size = 'very large'"), ElementsAre(kYes, kNo, kNo));
  EXPECT_THAT(judge("colour = green and size = large"), ElementsAre(kNo, kNo, kNo));
}

TEST_F(WhereExample, calls_a_message_unequal_that_lacks_the_property) {
  EXPECT_THAT(judge("colour != red"), ElementsAre(kNo, kYes, kYes));
}

TEST_F(WhereExample, says_where_an_expression_is_wrong_and_what_would_be_right) {
  const auto says = [](const std::string& what) {
    return ThrowsMessage<std::invalid_argument>(HasSubstr(what));
  };
  EXPECT_THAT([&] { judge(""); }, says("at character 1 is its end, and the name of a property was expected"));
  EXPECT_THAT([&] { judge("colour"); }, says("at character 7 is its end, and = or != was expected"));
  EXPECT_THAT([&] { judge("colour == red"); }, says("at character 9 is \"= red\""));
  EXPECT_THAT([&] { judge("colour = 'red"); }, says("a text in 'quotes' was expected"));
  EXPECT_THAT([&] { judge("colour = red or size = 1"); }, says("at character 14 is \"or size = 1\""));
  EXPECT_THAT([&] { judge("colour = red and"); }, says("`and` or the end"));
}

}  // namespace
}  // namespace gantry::api::testing
