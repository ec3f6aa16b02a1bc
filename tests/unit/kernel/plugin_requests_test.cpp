#include "kernel/plugin_requests.h"

#include "logging/capturing_logger.h"
#include "tests/unit/access/asking_connection.h"
#include "tests/unit/kernel/manual_clock.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::AskingConnection;
using remoting::ResponseCode;
using testing::HasSubstr;

constexpr auto kCode = static_cast<remoting::RequestCode>(20000);

struct Handler final : api::RequestHandler {
  std::vector<Served> serves() const override { return {{kCode, access::Right::administer}}; }
  void handle(remoting::Connection& from, const remoting::Request& request) override {
    if (fails) throw std::runtime_error("no luck");
    if (throws_a_number) throw 42;  // NOLINT: what plugins can do, they will do
    from.answer(request, {.remark = "done"});
  }
  void on_closed(remoting::Connection&) override {
    ++closed;
    if (fails) throw std::runtime_error("no luck");
  }
  bool fails = false;
  bool throws_a_number = false;
  int closed = 0;
};

struct Policy final : access::Policy {
  access::Decision decide(const remoting::Connection&, access::Right needed,
                          const remoting::Request&) const override {
    if (fails) throw std::runtime_error("no luck");
    return {.allowed = needed != access::Right::administer, .reason = "only for administrators"};
  }
  bool fails = false;
};

struct Requests : testing::Test {
  access::testing::Answered ask() { return AskingConnection(1).ask(table, {kCode}); }

  logging::CapturingLogger log;
  ManualClock clock;
  MetricsRegistry metrics;
  PluginBoundary plugin{"p", metrics, log, clock};
  PluginBoundary acl{"acl", metrics, log, clock};
  ExtensionRegistry registry;
  Handler handler;
  PolicyOfPlugins policy;
  access::RequestTable table{policy, log};

  Requests() {
    registry.for_plugin(plugin)->add(handler);
    add_plugin_requests(table, registry);
  }
};

TEST_F(Requests, go_to_the_plugin_that_serves_their_code) {
  EXPECT_EQ(ask().remark, "done");
}

TEST_F(Requests, are_answered_with_an_error_that_names_the_plugin_which_threw) {
  handler.fails = true;
  const auto answered = ask();
  EXPECT_EQ(answered.code, ResponseCode::system_error);
  EXPECT_EQ(answered.remark, "plugin p failed: no luck");
  handler.fails = false;
  handler.throws_a_number = true;
  EXPECT_EQ(ask().remark, "plugin p failed: an exception of type int, which is no std::exception");
  EXPECT_THAT(metrics.text(), HasSubstr("gantry_plugin_exceptions_total{plugin=\"p\",step=\"request\"} 2"));
  EXPECT_EQ(log.count("plugin threw an exception"), 2u);
}

TEST_F(Requests, pass_the_access_policy_first) {
  Policy asked;
  policy.use(acl, asked);
  const auto refused = ask();
  EXPECT_EQ(refused.code, ResponseCode::no_permission);
  EXPECT_EQ(refused.remark, "only for administrators");
}

TEST_F(Requests, are_refused_when_the_policy_cannot_tell) {
  Policy asked;
  asked.fails = true;
  policy.use(acl, asked);
  const auto refused = ask();
  EXPECT_EQ(refused.code, ResponseCode::no_permission);
  EXPECT_EQ(refused.remark, "plugin acl could not tell whether this is allowed");
}

TEST_F(Requests, of_a_connection_that_ends_are_told_to_every_handler) {
  AskingConnection connection(1);
  handler.fails = true;
  table.on_closed(connection);
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(log.count("plugin threw an exception"), 1u);
}

}  // namespace
}  // namespace gantry::kernel
