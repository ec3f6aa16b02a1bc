#include "kernel/api/testing/test_host.h"

#include <array>
#include <optional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::string life;  // what the plugins below were called for

struct Config {
  std::string text = "one";
  std::int32_t fixed = 1;
};

class Recorder final : public ConfiguredPlugin<Config>, public RequestHandler {
 public:
  static Descriptor describe() { return {.name = "recorder", .version = "1.0.0", .summary = "Records."}; }
  static Schema<Config> options() {
    Schema<Config> schema;
    schema.option("text", &Config::text).changeable().help("A text.");
    schema.option("fixed", &Config::fixed).help("A number.");
    return schema;
  }
  void configure(PluginContext& context) override {
    context_ = &context;
    life += "configure(" + config()->text + ") ";
  }
  void install(ExtensionPoints& points) override {
    life += "install ";
    points.add(*this);
    points.add(service_);
    points.add(late_);
    points.add(early_);
  }
  void recover() override { life += "recover "; }
  void start() override { life += "start "; }
  void drain() override { life += "drain "; }
  void stop() override { life += "stop "; }
  void on_config_change(const Config& before) override {
    life += "change(" + before.text + " to " + config()->text + ") ";
  }

  std::vector<Served> serves() const override {
    return {{remoting::RequestCode{20001}, access::Right::open},
            {remoting::RequestCode{20002}, access::Right::open}};
  }
  void handle(remoting::Connection& from, const remoting::Request& request) override {
    if (request.command.code == 20001) from.answer(request, {.remark = "asked"});
  }

 private:
  struct ItsService final : Service {
    std::string_view name() const override { return "its"; }
    void start() override { life += "service "; }
    void drain() override { life += "service-drain "; }
    void stop() override { life += "service-stop "; }
  };
  struct Stage final : AppendStage {
    explicit Stage(AppendPhase when) : when_(when) {}
    AppendPhase phase() const override { return when_; }
    void process(std::span<Draft> drafts) override {
      life += (when_ == AppendPhase::admit ? "admit" : "route") + std::to_string(drafts.size()) + " ";
      if (when_ == AppendPhase::admit && drafts.size() == 3) drafts[1].refuse({.text = "no"});
    }
    AppendPhase when_;
  };

  PluginContext* context_ = nullptr;
  ItsService service_;
  Stage late_{AppendPhase::route};
  Stage early_{AppendPhase::admit};
};

constexpr PluginExport kRecorder = export_of<Recorder>();

TEST(TestHost, leads_a_plugin_through_its_life) {
  life.clear();
  TestContext context;
  {
    TestHost host(context, kRecorder, {{"text", "two"}});
    EXPECT_EQ(life, "configure(two) install recover start service ");
    life.clear();
  }
  EXPECT_EQ(life, "service-drain drain service-stop stop ");
}

TEST(TestHost, changes_what_is_changeable_and_nothing_else) {
  TestContext context;
  TestHost host(context, kRecorder);
  life.clear();
  host.change({{"text", "three"}});
  EXPECT_EQ(life, "change(one to three) ");
  EXPECT_THAT([&] { host.change({{"fixed", 2}}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("fixed is not declared changeable")));
  EXPECT_THAT([&] { host.change({{"txet", "x"}}); }, ThrowsMessage<std::invalid_argument>(HasSubstr("txet")));
}

TEST(TestHost, shows_drafts_to_the_stages_by_phase_and_not_those_that_were_refused) {
  TestContext context;
  TestHost host(context, kRecorder);
  life.clear();
  std::array<Draft, 3> drafts;
  host.append(drafts);
  EXPECT_EQ(life, "admit3 route1 route1 ");
}

TEST(TestHost, complains_of_a_request_that_nobody_answers) {
  TestContext context;
  TestHost host(context, kRecorder);
  EXPECT_EQ(host.ask(remoting::RequestCode{20001}).remark, "asked");
  EXPECT_THAT([&] { host.ask(remoting::RequestCode{20002}); },
              ThrowsMessage<std::logic_error>(HasSubstr("answered 0 times")));
  EXPECT_THAT([&] { host.ask(remoting::RequestCode{20003}); },
              ThrowsMessage<std::logic_error>(HasSubstr("does not serve code 20003")));
}

class Gates final : public ConfiguredPlugin<NoConfig> {
 public:
  static Descriptor describe() { return {.name = "gates", .version = "1.0.0", .summary = "Holds."}; }
  static Schema<NoConfig> options() { return {}; }
  void configure(PluginContext&) override {}
  void install(ExtensionPoints& points) override {
    points.add(one_);
    points.add(other_);
  }

 private:
  // Agrees to what ends at an even place, and keeps the duty to tell of the rest.
  struct Gate final : DurabilityGate {
    void hold(LogOffset end, Completion<void> safe) override {
      if (end.value % 2 == 0) return safe.succeed();
      if (end.value < 0) return safe.fail({.text = "no"});
      if (!waiting) return waiting.emplace(std::move(safe)), void();
      safe.succeed();
      waiting->succeed();
    }
    std::optional<Completion<void>> waiting;
  };
  Gate one_, other_;
};

constexpr PluginExport kGates = export_of<Gates>();

TEST(TestHost, tells_what_becomes_of_an_acknowledgement_once_all_gates_agree_or_one_refuses) {
  TestContext context;
  TestHost host(context, kGates);
  EXPECT_TRUE(host.hold({2})->value());
  EXPECT_EQ(host.hold({-1})->value().error().text, "no");
  const auto held = host.hold({1});
  EXPECT_FALSE(held->has_value());
  host.hold({3});
  EXPECT_TRUE(held->value());
}

TEST(TestHost, complains_of_calls_for_what_the_plugin_has_not_handed_in) {
  TestContext context;
  TestHost host(context, kRecorder);
  const auto lacks = [](const std::string& what) { return ThrowsMessage<std::logic_error>(HasSubstr(what)); };
  EXPECT_THAT([&] { host.hold({}); }, lacks("no durability gate"));
  EXPECT_THAT([&] { host.judge("SQL92", "a = 1", {}); }, lacks("no filter language SQL92"));
  EXPECT_THAT([&] { host.decide("192.0.2.1:1", access::Right::open); }, lacks("no access policy"));
  EXPECT_THAT([&] { host.points().registration(); }, lacks("no registration"));
}

TEST(TestContext, says_what_a_plugin_asks_for_and_the_test_did_not_bring) {
  TestContext context;
  EXPECT_THAT([&] { context.topics(); }, ThrowsMessage<std::logic_error>(HasSubstr("with_topics")));
  EXPECT_EQ(context.store(), nullptr);
}

}  // namespace
}  // namespace gantry::api::testing
