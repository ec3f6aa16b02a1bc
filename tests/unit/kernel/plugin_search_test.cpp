#include "kernel/plugin_search.h"

#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/kernel/test_plugins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(PluginSearch, takes_the_first_directory_that_has_it) {
  const TemporaryFolder first;
  const auto in_the_way = first.write("libeventful.so", "no library");
  EXPECT_EQ(PluginSearch({sound_plugins(), first.path()}).find("eventful")->why_not, "");
  const auto found = PluginSearch({first.path(), sound_plugins()}).find("eventful");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, in_the_way);
  EXPECT_THAT(found->why_not, HasSubstr("is not a shared library"));
}

TEST(PluginSearch, lists_all_by_name_the_one_that_wins_first) {
  const TemporaryFolder folder;
  folder.write("libzebra.so", "");
  folder.write("libegg.so", "");
  folder.write("notes.txt", "");
  std::vector<std::string> names;
  for (const auto& file : PluginSearch({folder.path(), sound_plugins()}).all())
    names.push_back(file.name + (file.why_not.empty() ? "" : "!"));
  EXPECT_THAT(names, ElementsAre("answers", "egg!", "egg", "eventful", "follower", "hen", "lonely", "modern",
                                 "second-follower", "shelf", "zebra!"));
}

TEST(PluginSearch, says_where_it_has_looked_and_what_was_meant) {
  const PluginSearch search({"/nowhere", sound_plugins()});
  EXPECT_FALSE(search.find("evntful"));
  EXPECT_EQ(search.why_not_found("evntful"),
            "no libevntful.so in /nowhere, " + sound_plugins().string() + "; nearest is eventful");
  EXPECT_EQ(PluginSearch({"/nowhere"}).why_not_found("x"),
            "no libx.so in /nowhere; install it, or set plugin_path");
}

TEST(PluginSearch, begins_beside_the_program) {
  EXPECT_THAT(default_plugin_directory().string(), testing::EndsWith("/lib/gantry/plugins"));
}

}  // namespace
}  // namespace gantry::kernel
