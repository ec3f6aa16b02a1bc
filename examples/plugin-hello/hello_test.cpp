#include "kernel/api/testing/test_host.h"

#include <gtest/gtest.h>

namespace {

using namespace gantry::api::testing;
using gantry::remoting::RequestCode;
using gantry::remoting::ResponseCode;

constexpr RequestCode kHello{20001};

TEST(Hello, greets_by_name_with_the_word_that_is_set) {
  TestContext context;
  TestHost host(context, linked_plugin(), {{"greeting", "moin"}});
  EXPECT_EQ(host.ask(kHello, {{"name", "Ada"}}).body, "moin, Ada");
  EXPECT_EQ(context.metrics().counter_value("greetings_total"), 1u);

  host.change({{"greeting", "hej"}});
  EXPECT_EQ(host.ask(kHello, {{"name", "Ada"}}).body, "hej, Ada");
}

TEST(Hello, remembers_after_a_restart_how_often_it_greeted_whom) {
  TestContext context;
  TestHost(context, linked_plugin()).ask(kHello, {{"name", "Ada"}});
  TestHost again(context, linked_plugin());
  EXPECT_EQ(again.ask(kHello, {{"name", "Ada"}}).fields["times"], "2");
  EXPECT_EQ(again.ask(kHello, {{"name", "Grace"}}).fields["times"], "1");
}

TEST(Hello, says_which_field_a_request_lacks) {
  TestContext context;
  TestHost host(context, linked_plugin());
  const KeptAnswer answer = host.ask(kHello);
  EXPECT_EQ(answer.code, ResponseCode::system_error);
  EXPECT_NE(answer.remark.find("name"), std::string::npos) << answer.remark;
}

}  // namespace
