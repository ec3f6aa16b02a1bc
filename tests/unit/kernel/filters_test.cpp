#include "kernel/filters.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/manual_clock.h"

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using remoting::ResponseCode;
using testing::Each;
using testing::HasSubstr;

struct NoFilter final : api::Filter {
  void judge(std::span<const remoting::MessageRecordView>, std::span<api::Verdict>) const override {}
};
struct Failing final : api::Filter {
  void judge_entries(std::span<const api::QueueEntry>, std::span<api::Verdict>) const override {
    throw std::runtime_error("no entries today");
  }
  void judge(std::span<const remoting::MessageRecordView>, std::span<api::Verdict>) const override {
    throw std::runtime_error("no records today");
  }
};

struct Sql final : api::FilterLanguage {
  std::string_view name() const override { return "SQL92"; }
  api::Result<std::shared_ptr<const api::Filter>> compile(const api::FilterSource& source) override {
    ++compiled;
    if (source.expression == "throw") throw std::runtime_error("no luck");
    if (source.expression.starts_with("wrong")) return api::Refusal{.text = "expected = at 3"};
    if (source.expression == "everything") return std::shared_ptr<const api::Filter>();
    if (source.expression == "fails") return std::shared_ptr<const api::Filter>(std::make_shared<Failing>());
    return std::shared_ptr<const api::Filter>(std::make_shared<NoFilter>());
  }
  int compiled = 0;
};

struct TheFilters : testing::Test {
  TheFilters() { extensions.for_plugin(plugin)->add(static_cast<api::FilterLanguage&>(sql)); }

  logging::CapturingLogger log;
  ManualClock clock;
  MetricsRegistry metrics;
  PluginBoundary plugin{"filter-sql", metrics, log, clock};
  Sql sql;
  ExtensionRegistry extensions;
  Filters filters{extensions};
};

TEST_F(TheFilters, are_none_for_who_wants_everything) {
  for (const char* everything : {"", "*", " || "}) {
    const auto found = filters.find("TAG", {"g", "T", everything});
    ASSERT_TRUE(found) << everything;
    EXPECT_EQ(*found, nullptr) << everything;
  }
  EXPECT_NE(filters.find("", {"g", "T", "A || B"}).value(), nullptr);
}

TEST_F(TheFilters, are_compiled_once_for_a_group_topic_and_expression) {
  const auto first = filters.find("SQL92", {"g", "T", "a = 1"}).value();
  EXPECT_EQ(filters.find("SQL92", {"g", "T", "a = 1"}).value(), first);
  EXPECT_EQ(sql.compiled, 1);
  EXPECT_NE(filters.find("SQL92", {"g", "T", "a = 2"}).value(), first);
  EXPECT_NE(filters.find("SQL92", {"h", "T", "a = 1"}).value(), first);
  EXPECT_NE(filters.find("SQL92", {"g", "U", "a = 1"}).value(), first);
  EXPECT_EQ(sql.compiled, 4);
}

TEST_F(TheFilters, that_fail_let_everything_through_and_say_so) {
  const auto filter = filters.find("SQL92", {"g", "T", "fails"}).value();
  const std::array<api::QueueEntry, 2> entries{};
  const std::array<remoting::MessageRecordView, 2> records{};
  std::array<api::Verdict, 2> verdicts{};
  filter->judge_entries(entries, verdicts);
  EXPECT_THAT(verdicts, Each(api::Verdict::yes));
  verdicts = {};
  filter->judge(records, verdicts);
  EXPECT_THAT(verdicts, Each(api::Verdict::yes));
  ASSERT_EQ(log.lines().size(), 2u);
  EXPECT_THAT(log.lines()[0].field("reason"), HasSubstr("no entries today"));
  EXPECT_THAT(log.lines()[1].field("reason"), HasSubstr("no records today"));
}

TEST_F(TheFilters, are_none_where_a_language_finds_that_everything_is_wanted) {
  EXPECT_EQ(filters.find("SQL92", {"g", "T", "everything"}).value(), nullptr);
}

TEST_F(TheFilters, say_what_is_wrong_with_an_expression) {
  for (int i = 0; i < 2; ++i) {
    const auto wrong = filters.find("SQL92", {"g", "T", "wrong"});
    EXPECT_EQ(wrong.error().code, ResponseCode::subscription_parse_failed);
    EXPECT_EQ(wrong.error().text, "expected = at 3");
  }
  EXPECT_EQ(sql.compiled, 1);
  const auto unknown = filters.find("LUA", {"g", "T", "x"});
  EXPECT_EQ(unknown.error().code, ResponseCode::system_error);
  EXPECT_THAT(unknown.error().text, testing::HasSubstr("LUA"));
}

TEST_F(TheFilters, ask_a_plugin_that_failed_again_the_next_time) {
  EXPECT_THAT(filters.find("SQL92", {"g", "T", "throw"}).error().text,
              testing::HasSubstr("filter-sql failed"));
  EXPECT_FALSE(filters.find("SQL92", {"g", "T", "throw"}));
  EXPECT_EQ(sql.compiled, 2);
}

TEST_F(TheFilters, are_kept_up_to_a_number_and_then_compiled_anew) {
  for (std::size_t i = 0; i <= Filters::kMostKept; ++i)
    static_cast<void>(filters.find("SQL92", {"g", "T", std::to_string(i)}));
  const int before = sql.compiled;
  static_cast<void>(filters.find("SQL92", {"g", "T", "0"}));
  EXPECT_EQ(sql.compiled, before + 1);
}

TEST_F(TheFilters, are_refused_for_an_expression_that_is_too_long_before_anybody_looks_at_it) {
  const std::size_t most = Filters::kLongestExpression.bytes();
  EXPECT_TRUE(filters.find("SQL92", {"g", "T", std::string(most, 'a')}));
  EXPECT_TRUE(filters.find("TAG", {"g", "T", std::string(most, 'a')}));
  for (const char* type : {"SQL92", "TAG", ""}) {
    const auto refused = filters.find(type, {"g", "T", std::string(most + 1, 'a')});
    EXPECT_EQ(refused.error().code, ResponseCode::subscription_parse_failed);
    EXPECT_EQ(refused.error().text, "the subscription's expression has 65537 bytes; 65536 are allowed");
  }
  EXPECT_EQ(sql.compiled, 1);
}

TEST_F(TheFilters, are_kept_up_to_a_size_and_then_compiled_anew) {
  static_cast<void>(filters.find("SQL92", {"g", "T", "first"}));
  const auto long_one = [](int i) { return std::to_string(i) + std::string(60'000, 'x'); };
  for (int i = 0; i < 10; ++i) static_cast<void>(filters.find("SQL92", {"g", "T", long_one(i)}));
  static_cast<void>(filters.find("SQL92", {"g", "T", "first"}));
  EXPECT_EQ(sql.compiled, 11) << "there is room for them";
  for (int i = 10; i < 20; ++i) static_cast<void>(filters.find("SQL92", {"g", "T", long_one(i)}));
  static_cast<void>(filters.find("SQL92", {"g", "T", "first"}));
  EXPECT_EQ(sql.compiled, 22);
}

TEST_F(TheFilters, that_cannot_be_and_are_long_are_not_kept) {
  const std::string wrong = "wrong" + std::string(5000, '!');
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(filters.find("SQL92", {"g", "T", wrong}).error().text, "expected = at 3");
  EXPECT_EQ(sql.compiled, 2);
}

TEST_F(TheFilters, of_names_that_are_none_are_not_kept) {
  const std::string group(2000, 'g');
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(filters.find("SQL92", {group, "T", "a = 1"}));
  EXPECT_EQ(sql.compiled, 2);
}

}  // namespace
}  // namespace gantry::kernel
