#include "kernel/plugin_file.h"

#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/kernel/test_plugins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::StartsWith;

constexpr std::string_view kOurs = "gantry_plugin_api0_gcc12_libstdcxx12_boost108100_plain";

// Why the plugin of that name is refused, before it is loaded or after.
std::string why_refused(const std::string& name) {
  const auto loaded = load(look_at(library(wrong_plugins(), name)));
  return loaded ? "it was loaded" : loaded.error().text;
}

TEST(PluginFile, is_named_after_its_library) {
  EXPECT_EQ(plugin_name_of("/a/libstore-mmap.so"), "store-mmap");
  for (const std::string other :
       {"libhello.so.1", "hello.so", "lib.so", "libHello.so", "lib1st.so", "readme.txt"})
    EXPECT_EQ(plugin_name_of(other), "") << other;
}

TEST(PluginFile, says_what_another_broker_it_was_built_for) {
  EXPECT_EQ(why_unfit(kOurs, kOurs), "");
  EXPECT_EQ(why_unfit("gantry_plugin_api1_gcc12_libstdcxx12_boost108100_plain", kOurs),
            "was built for plugin API 1, this broker has 0; rebuild it against this broker's SDK");
  EXPECT_EQ(
      why_unfit("gantry_plugin_api0_clang19_libstdcxx12_boost108100_plain", kOurs),
      "was built with clang19 libstdcxx12 boost108100 plain, this broker with gcc12 libstdcxx12 boost108100 "
      "plain; rebuild it against this broker's SDK");
  EXPECT_THAT(why_unfit("gantry_plugin_api", kOurs),
              StartsWith("was built for plugin API , this broker has 0"));
}

TEST(PluginFile, of_another_api_or_tool_chain_is_refused_before_it_runs) {
  EXPECT_EQ(why_refused("newer-api"),
            "was built for plugin API 1, this broker has 0; rebuild it against this broker's SDK");
  EXPECT_THAT(why_refused("other-compiler"),
              StartsWith("was built with clang7 libstdcxx8 boost107400 plain, this broker with "));
}

TEST(PluginFile, without_a_plugins_symbol_is_refused_before_it_runs) {
  EXPECT_EQ(why_refused("no-plugin"),
            "exports no plugin; is it one at all? A plugin's source ends in GANTRY_PLUGIN(...)");
}

TEST(PluginFile, that_is_no_library_is_refused) {
  const TemporaryFolder folder;
  EXPECT_EQ(look_at(folder.write("libtext.so", "text")).why_not,
            "is not a shared library for this machine (ELF, 64 bit)");
}

TEST(PluginFile, whose_plugin_says_something_unsound_of_itself_is_refused) {
  EXPECT_EQ(why_refused("renamed"),
            "calls itself \"eventful\"; rename the file to libeventful.so, or the plugin");
  EXPECT_EQ(why_refused("no-version"), "has the version \"1.x\"; it must be three numbers, like 1.2.0");
  EXPECT_EQ(why_refused("bad-need"),
            "needs \"egg => 1\"; that must be like \"message-store\" or \"schedule >= 1.2.0\"");
  EXPECT_EQ(why_refused("takes-switch"),
            "declares the option optional, which every plugin has; it needs another name");
  EXPECT_EQ(why_refused("no-help"), "declares an option wrongly: helpless: it has no help");
}

TEST(PluginFile, tells_what_its_plugin_is_once_it_is_loaded) {
  const auto loaded = load(look_at(library(sound_plugins(), "answers")));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->descriptor.name, "answers");
  EXPECT_NE(loaded->options->find("greeting"), nullptr);
  EXPECT_NE(loaded->entry->make(), nullptr);
}

TEST(PluginFile, stays_the_plugin_that_was_loaded_from_it_when_it_is_replaced) {
  const TemporaryFolder folder;
  const auto path = library(folder.path(), "eventful");
  std::filesystem::copy_file(library(sound_plugins(), "eventful"), path);
  const auto first = load(look_at(path)).value();
  // As package managers do it: a new file under the old name.
  std::filesystem::copy_file(library(sound_plugins(), "answers"), folder.path() / "new");
  std::filesystem::rename(folder.path() / "new", path);
  EXPECT_EQ(load(look_at(path)).value().entry, first.entry);
}

}  // namespace
}  // namespace gantry::kernel
