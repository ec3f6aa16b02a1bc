#include "kernel/plugin_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PluginWants plugin(std::string name, std::vector<std::string> needs = {},
                   std::vector<std::string> provides = {}) {
  PluginWants wants;
  wants.name = std::move(name);
  wants.version = {1, 1, 0};
  for (const auto& need : needs) wants.needs.push_back(PluginNeed::parse(need).value());
  wants.provides = std::move(provides);
  return wants;
}

PluginWants optional(PluginWants wants) {
  wants.optional = true;
  return wants;
}

// The names in order, or what is wrong.
std::vector<std::string> ordered(const std::vector<PluginWants>& enabled,
                                 const std::vector<PluginWants>& others = {}) {
  const auto result = order_of(enabled, [&] { return others; });
  std::vector<std::string> said;
  for (const auto& [index, why] : result.mistakes) said.push_back(enabled[index].name + " " + why);
  if (!said.empty()) return said;
  for (const auto index : result.order) said.push_back(enabled[index].name);
  for (const auto& [index, why] : result.left_out)
    said.push_back("without " + enabled[index].name + ": " + why);
  return said;
}

TEST(PluginOrder, is_that_of_the_configuration_where_needs_leave_a_choice) {
  EXPECT_THAT(ordered({plugin("c"), plugin("a"), plugin("b")}), ElementsAre("c", "a", "b"));
  EXPECT_THAT(ordered({}), IsEmpty());
}

TEST(PluginOrder, puts_first_what_others_need_by_name_or_by_what_it_provides) {
  EXPECT_THAT(ordered({plugin("a", {"b", "messages"}), plugin("b", {"c"}), plugin("c"),
                       plugin("store", {}, {"messages"})}),
              ElementsAre("c", "b", "store", "a"));
  EXPECT_THAT(ordered({plugin("a", {"b >= 1.1.0"}), plugin("b")}), ElementsAre("b", "a"));
}

TEST(PluginOrder, names_a_need_that_nobody_meets_and_the_line_that_would) {
  EXPECT_THAT(ordered({plugin("schedule", {"message-store"})}, {plugin("store-mmap", {}, {"message-store"})}),
              ElementsAre("schedule needs message-store, which no enabled plugin provides; add "
                          "[plugins.store-mmap], which does"));
  EXPECT_THAT(
      ordered({plugin("schedule", {"message-store"})}),
      ElementsAre("schedule needs message-store, which no enabled plugin provides, nor any other that "
                  "was found"));
}

TEST(PluginOrder, names_both_versions_when_one_is_too_old) {
  EXPECT_THAT(ordered({plugin("pop", {"schedule >= 1.2.0"}), plugin("schedule")}),
              ElementsAre("pop needs schedule >= 1.2.0, but plugin schedule is 1.1.0; install a newer one"));
}

TEST(PluginOrder, names_both_plugins_that_provide_the_same) {
  EXPECT_THAT(
      ordered({plugin("store-a", {}, {"message-store"}), plugin("store-b", {}, {"message-store"})}),
      ElementsAre("store-b provides message-store, as does plugin store-a; only one of them can be enabled"));
  EXPECT_THAT(ordered({plugin("ha"), plugin("other", {}, {"ha"})}),
              ElementsAre("other provides ha, as does plugin ha; only one of them can be enabled"));
}

TEST(PluginOrder, names_the_whole_circle) {
  EXPECT_THAT(
      ordered({plugin("x", {"a"}), plugin("a", {"b"}), plugin("b", {"c"}), plugin("c", {"a"})}),
      ElementsAre("a is in a circle of needs: a needs b needs c needs a; none of them could be first"));
}

TEST(PluginOrder, takes_a_plugin_that_needs_what_it_provides) {
  EXPECT_THAT(ordered({plugin("a", {"a-ness"}, {"a-ness"})}), ElementsAre("a"));
}

TEST(PluginOrder, leaves_optional_ones_out_whose_needs_are_not_met_and_what_needs_them) {
  EXPECT_THAT(ordered({optional(plugin("a", {"b"})), optional(plugin("b", {"nobody"})), plugin("c")}),
              ElementsAre("c",
                          "without a: needs b, but optional plugin b is left out: it needs nobody, which no "
                          "enabled plugin provides, nor any other that was found",
                          "without b: needs nobody, which no enabled plugin provides, nor any other that was "
                          "found"));
}

TEST(PluginOrder, refuses_to_leave_out_what_one_that_is_not_optional_needs) {
  EXPECT_THAT(
      ordered({plugin("a", {"b"}), optional(plugin("b", {"nobody"}))}),
      ElementsAre("a needs b, but optional plugin b is left out: it needs nobody, which no enabled plugin "
                  "provides, nor any other that was found"));
}

TEST(PluginOrder, knows_all_that_need_a_plugin_directly_or_not) {
  const std::vector<PluginWants> all{plugin("a", {"b"}), plugin("b", {"c"}), plugin("c"), plugin("d")};
  EXPECT_THAT(those_that_need(all, 2), ElementsAre(0, 1));
  EXPECT_THAT(those_that_need(all, 3), IsEmpty());
}

}  // namespace
}  // namespace gantry::kernel
