#include "namesrv/handlers.h"

#include "tests/unit/namesrv/served.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using access::Right;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::ElementsAre;
using testing::Pair;

class DenyAll final : public access::Policy {
 public:
  access::Decision decide(const remoting::Connection& /*from*/, Right needed,
                          const remoting::Request& /*request*/) const override {
    return {false, "you lack the right to " + std::string(access::name_of(needed))};
  }
};

// A request of each code that would be done, were it allowed.
AskingConnection::Question sound_question(RequestCode code) {
  const SomeBroker broker = a_broker("broker-a").serving("orders");
  auto fields = Served::fields_of(broker);
  for (const auto& [name, value] : AskingConnection::Fields{
           {"topic", "orders"}, {"cluster", "c1"}, {"namespace", "ns"}, {"key", "k"}, {"value", "changed"}}) {
    fields.emplace_back(name, value);
  }
  switch (code) {
    case RequestCode::register_broker:
      return {code, fields, Served::body_of(a_broker("broker-a").version(2).serving("bills"))};
    case RequestCode::query_data_version:
      return {code, fields, R"({"counter":1,"timestamp":1700000000000})"};
    case RequestCode::update_namesrv_config:
      return {code, {}, "orderMessageEnable=true\n"};
    default:
      return {code, fields, {}};
  }
}

TEST(Handlers, serve_these_codes_with_these_rights) {
  Served served;
  std::vector<std::pair<int, Right>> entries;
  for (const auto& entry : served.requests.entries())
    entries.emplace_back(static_cast<int>(entry.code), entry.needed);
  EXPECT_THAT(entries,
              ElementsAre(Pair(100, Right::administer), Pair(101, Right::inspect),
                          Pair(102, Right::administer), Pair(103, Right::join), Pair(104, Right::join),
                          Pair(105, Right::open), Pair(106, Right::inspect), Pair(205, Right::administer),
                          Pair(206, Right::inspect), Pair(216, Right::administer), Pair(219, Right::inspect),
                          Pair(224, Right::inspect), Pair(304, Right::inspect), Pair(311, Right::inspect),
                          Pair(312, Right::inspect), Pair(313, Right::inspect), Pair(318, Right::administer),
                          Pair(319, Right::inspect), Pair(322, Right::join), Pair(327, Right::administer)));
}

TEST(Handlers, answer_each_code_when_everyone_may_do_everything) {
  for (const auto& entry : Served().requests.entries()) {
    Served served(Served::allow_all(), {{"ns", {{"k", "v"}}}});
    served.registers(a_broker("broker-a").serving("orders"));
    const Answered answer = served.client.ask(served.requests, sound_question(entry.code));
    EXPECT_EQ(answer.code, ResponseCode::success) << static_cast<int>(entry.code) << ": " << answer.remark;
  }
}

TEST(Handlers, refuse_each_code_and_change_nothing_when_nobody_may_do_anything) {
  const DenyAll deny;
  for (const auto& entry : Served().requests.entries()) {
    Served served(deny, {{"ns", {{"k", "v"}}}});
    served.routes.change([&](RouteTables& tables, Changes& changes) {
      a_broker("broker-a").serving("orders").register_in(tables, served.clock.now(), changes);
    });
    const auto routes = served.routes.published().version();
    const auto kv = served.kv.now();
    const auto config = served.config.now();

    const Answered answer = served.client.ask(served.requests, sound_question(entry.code));
    EXPECT_EQ(answer.code, ResponseCode::no_permission) << static_cast<int>(entry.code);
    EXPECT_EQ(answer.remark, "you lack the right to " + std::string(access::name_of(entry.needed)));
    EXPECT_EQ(answer.body, "");
    EXPECT_TRUE(answer.fields.empty());

    EXPECT_EQ(served.routes.published().version(), routes);
    EXPECT_EQ(served.kv.now(), kv);
    EXPECT_EQ(served.config.now(), config);
    EXPECT_EQ(served.disk.calls(), 0);
    EXPECT_TRUE(served.log.lines().empty());
  }
}

TEST(Handlers, answer_an_unknown_code_as_such) {
  Served served;
  const Answered answer = served.ask(RequestCode::send_message);
  EXPECT_EQ(answer.code, ResponseCode::request_code_not_supported);
  EXPECT_EQ(answer.remark, " request type 10 not supported");
}

TEST(Handlers, name_the_field_that_a_request_lacks) {
  Served served;
  const auto lacks = [&](RequestCode code, const std::string& field) {
    const Answered answer = served.ask(code);
    EXPECT_EQ(answer.code, ResponseCode::system_error);
    EXPECT_THAT(answer.remark, testing::HasSubstr(field));
  };
  lacks(RequestCode::get_routeinfo_by_topic, "topic");
  lacks(RequestCode::register_broker, "brokerName");
  lacks(RequestCode::put_kv_config, "namespace");
  lacks(RequestCode::wipe_write_perm_of_broker, "brokerName");
}

}  // namespace
}  // namespace gantry::namesrv
