#include "kernel/extension_registry.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/manual_clock.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct Language final : api::FilterLanguage {
  explicit Language(std::string_view its_name) : language_name(its_name) {}
  std::string_view name() const override { return language_name; }
  api::Result<std::shared_ptr<const api::Filter>> compile(const api::FilterSource&) override {
    return api::Refusal{};
  }
  std::string_view language_name;
};

struct Listener final : api::CommitListener {
  std::string_view name() const override { return "index"; }
  void committed(std::span<const api::LogEntry>) override {}
};

struct Handler final : api::RequestHandler {
  explicit Handler(std::vector<int> its_codes) : codes(std::move(its_codes)) {}
  std::vector<Served> serves() const override {
    std::vector<Served> all;
    for (const int code : codes)
      all.push_back({static_cast<remoting::RequestCode>(code), access::Right::open});
    return all;
  }
  void handle(remoting::Connection&, const remoting::Request&) override {}
  std::vector<int> codes;
};

struct Gate final : api::DurabilityGate {
  void hold(api::LogOffset, api::Completion<void> safe) override { safe.succeed(); }
};

struct Times final : api::DueTimes {
  std::optional<std::int64_t> due(const remoting::MessageRecordView&) const override { return std::nullopt; }
};

struct Tools final : api::StoreTools {
  api::Result<api::StoreStat> stat(const std::filesystem::path&) override { return api::Refusal{}; }
  api::Result<api::StoreCheckReport> check(const std::filesystem::path&, const Found&,
                                           const Progress&) override {
    return api::Refusal{};
  }
  api::Result<std::int64_t> copy(const std::filesystem::path&, const api::StoreSelection&, api::StoreForm,
                                 const Sink&, const Found&, const Progress&) override {
    return api::Refusal{};
  }
  api::Result<std::int64_t> dump_queue(const std::filesystem::path&, std::string_view, api::QueueId,
                                       api::QueueOffset, const Sink&) override {
    return api::Refusal{};
  }
};

struct Registry : testing::Test {
  Registry() { registry.keep_codes({remoting::RequestCode::send_message}); }

  // What handing in `point` throws; empty: nothing.
  template <class Point>
  std::string add(PluginBoundary& plugin, Point& point) {
    try {
      registry.for_plugin(plugin)->add(point);
      return {};
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  }

  logging::CapturingLogger log;
  ManualClock clock;
  MetricsRegistry metrics;
  PluginBoundary a{"a", metrics, log, clock};
  PluginBoundary b{"b", metrics, log, clock};
  ExtensionRegistry registry;
};

TEST_F(Registry, has_one_access_policy_at_most_and_names_both_that_want_to_be_it) {
  access::AllowAll first, second;
  EXPECT_EQ(add<api::AccessPolicy>(a, first), "");
  EXPECT_EQ(add<api::AccessPolicy>(b, second),
            "plugins a and b both have an access policy; there can be only one");
  EXPECT_EQ(add<api::AccessPolicy>(a, second), "it hands in twice an access policy; there can be only one");
  ASSERT_THAT(registry.access_policies(), SizeIs(1));
  EXPECT_EQ(registry.access_policies().front().point, &first);
}

TEST_F(Registry, has_one_set_of_store_tools_and_forgets_it_with_its_plugin) {
  Tools first, second;
  EXPECT_EQ(registry.store_tools(), nullptr);
  EXPECT_EQ(add<api::StoreTools>(a, first), "");
  EXPECT_EQ(add<api::StoreTools>(b, second), "plugins a and b both have store tools; there can be only one");
  EXPECT_EQ(registry.store_tools(), &first);
  registry.remove(a);
  EXPECT_EQ(registry.store_tools(), nullptr);
}

TEST_F(Registry, has_one_that_knows_when_messages_are_due_and_forgets_it_with_its_plugin) {
  Times first, second;
  EXPECT_EQ(registry.due_times(), nullptr);
  EXPECT_EQ(add<api::DueTimes>(a, first), "");
  EXPECT_EQ(add<api::DueTimes>(b, second), "plugins a and b both have due times; there can be only one");
  EXPECT_EQ(registry.due_times(), &first);
  registry.remove(a);
  EXPECT_EQ(registry.due_times(), nullptr);
}

TEST_F(Registry, has_one_filter_language_of_a_name) {
  Language sql("SQL92"), other_sql("SQL92"), lua("LUA"), tag("TAG");
  EXPECT_EQ(add<api::FilterLanguage>(a, sql), "");
  EXPECT_EQ(add<api::FilterLanguage>(a, lua), "");
  EXPECT_EQ(add<api::FilterLanguage>(b, other_sql),
            "plugins a and b both have filter language SQL92; only one can be enabled");
  EXPECT_EQ(add<api::FilterLanguage>(b, tag),
            "filter language TAG is the broker's own; give it another name");
}

TEST_F(Registry, has_one_handler_for_a_request_code) {
  Handler first({20000, 20001}), second({20002, 20001}), own({10}), twice({20005, 20005});
  EXPECT_EQ(add<api::RequestHandler>(a, first), "");
  EXPECT_EQ(add<api::RequestHandler>(b, second),
            "plugins a and b both have request code 20001; give one of them another, from 20000 on");
  EXPECT_EQ(add<api::RequestHandler>(b, own),
            "request code 10 is served by the broker itself; take one from 20000 on");
  EXPECT_EQ(add<api::RequestHandler>(b, twice),
            "it hands in twice request code 20005; give one of them another, from 20000 on");
  EXPECT_THAT(registry.codes(), SizeIs(2));
  EXPECT_THAT(registry.request_handlers(), SizeIs(1));
}

TEST_F(Registry, keeps_positions_of_listeners_apart_by_their_names_within_a_plugin) {
  Listener first, second, others;
  EXPECT_EQ(add<api::CommitListener>(a, first), "");
  EXPECT_EQ(add<api::CommitListener>(b, others), "");
  EXPECT_EQ(add<api::CommitListener>(a, second),
            "it hands in twice commit listener index; positions are kept by that name: give one another");
}

TEST_F(Registry, forgets_a_plugin_that_is_left_out_and_all_of_it) {
  Handler handler({20000});
  Gate gate, others;
  add<api::RequestHandler>(a, handler);
  add<api::DurabilityGate>(a, gate);
  add<api::DurabilityGate>(b, others);
  registry.remove(a);
  EXPECT_THAT(registry.codes(), IsEmpty());
  EXPECT_THAT(registry.request_handlers(), IsEmpty());
  ASSERT_THAT(registry.durability_gates(), SizeIs(1));
  EXPECT_EQ(registry.durability_gates().front().by, &b);
}

TEST_F(Registry, tells_in_the_order_of_installation) {
  Gate first, second;
  add<api::DurabilityGate>(b, first);
  add<api::DurabilityGate>(a, second);
  EXPECT_EQ(registry.durability_gates()[0].point, &first);
  EXPECT_EQ(registry.durability_gates()[1].point, &second);
  EXPECT_EQ(registry.store(), nullptr);
}

}  // namespace
}  // namespace gantry::kernel
