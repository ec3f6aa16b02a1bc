#include "options/alias.h"

#include "options/describe.h"
#include "options/load.h"
#include "options/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::options {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

enum class Flush : std::uint8_t { sync, async, pool };
constexpr std::array<std::pair<std::string_view, Flush>, 3> kFlushNames{
    {{"sync", Flush::sync}, {"async", Flush::async}, {"pool", Flush::pool}}};

struct StoreConfig {
  Flush flush = Flush::sync;
  std::int64_t entries = 300;
  std::filesystem::path dir = "store";
};

Schema<StoreConfig> schema() {
  using C = StoreConfig;
  Schema<C> made;
  made.option("flush", &C::flush, kFlushNames)
      .help("When.")
      .apache(Alias::choice("flushDiskType",
                            {{"SYNC_FLUSH", "sync"}, {"ASYNC_FLUSH", "async"}, {"ASYNC_FLUSH", "pool"}}))
      .apache(Alias::upgrade("poolEnable", "async", "pool"))
      .default_with_apache("async");
  made.option("entries", &C::entries)
      .range(10, 1000)
      .help("How many.")
      .apache(Alias::items("queueFileSize", 20))
      .apache(Alias::items("queueFilesSize", 20, 500).not_told());
  made.option("dir", &C::dir).help("Where.").apache("root").default_with_apache("/a/store", "~/store");
  made.without_effect({.name = "role",
                       .why = {},
                       .told = "MASTER",
                       .same_here = {"MASTER"},
                       .otherwise = "needs a plugin; write MASTER"});
  made.without_effect({.name = "threads", .why = "there are none", .told = "4"});
  return made;
}

Loaded<StoreConfig> loaded(const std::string& text, const std::string& name = "x.properties") {
  Loaded<StoreConfig> out;
  const auto set = schema();
  auto file = ConfigFile::parse(text, name, set, out.report);
  file.fill(set, out.config, "", out.origins, out.report);
  return out;
}

std::string report_of(const std::string& text) {
  return loaded(text).report.str();
}

Flush flush_of(const std::string& text) {
  const auto all = loaded(text);
  EXPECT_EQ(all.report.str(), "");
  return all.config.flush;
}

TEST(ApachesFile, brings_apaches_defaults_and_toml_does_not) {
  EXPECT_EQ(flush_of(""), Flush::async);
  EXPECT_EQ(loaded("").config.dir, "/a/store");
  EXPECT_EQ(loaded("").origins.of("flush"), "x.properties, Apache's default");
  EXPECT_EQ(loaded("", "x.toml").config.flush, Flush::sync);
  EXPECT_EQ(loaded("", "x.toml").config.dir, "store");
}

TEST(ApachesFile, sets_over_its_defaults) {
  EXPECT_EQ(flush_of("flushDiskType=SYNC_FLUSH"), Flush::sync);
  EXPECT_EQ(flush_of("flushDiskType = sync_flush "), Flush::sync);
  EXPECT_EQ(loaded("root=/data").origins.of("dir"), "x.properties:1");
}

TEST(ApachesFile, has_keys_that_change_what_another_says_wherever_they_stand) {
  EXPECT_EQ(flush_of("poolEnable=true"), Flush::pool);
  EXPECT_EQ(flush_of("poolEnable=true\nflushDiskType=ASYNC_FLUSH"), Flush::pool);
  EXPECT_EQ(flush_of("flushDiskType=ASYNC_FLUSH\npoolEnable=true"), Flush::pool);
  EXPECT_EQ(flush_of("flushDiskType=ASYNC_FLUSH\npoolEnable=false"), Flush::async);
  // Never less than what was asked for.
  EXPECT_EQ(flush_of("poolEnable=true\nflushDiskType=SYNC_FLUSH"), Flush::sync);
  EXPECT_EQ(report_of("poolEnable=yes"),
            "x.properties:1:1: poolEnable = yes: not a boolean; write true or false\n");
}

TEST(ApachesFile, counts_things_in_bytes_and_old_spellings_in_either) {
  EXPECT_EQ(loaded("queueFileSize=2000").config.entries, 100);
  EXPECT_EQ(loaded("queueFileSize=2001").config.entries, 101);
  EXPECT_EQ(loaded("queueFilesSize=500").config.entries, 500);
  EXPECT_EQ(loaded("queueFilesSize=501").config.entries, 26);
  EXPECT_EQ(report_of("queueFileSize=180"),
            "x.properties:1:1: queueFileSize = 180: out of range; accepted is 200 to 20000 bytes\n");
  EXPECT_EQ(report_of("queueFilesSize=9"),
            "x.properties:1:1: queueFilesSize = 9: out of range; accepted is 10 to 1000\n");
  EXPECT_EQ(report_of("queueFileSize=6MB"),
            "x.properties:1:1: queueFileSize = 6MB: not a whole number of bytes\n");
}

TEST(ApachesFile, is_told_what_is_not_a_comment_and_not_a_placeholder) {
  EXPECT_EQ(report_of("root=/data   # where it is"),
            "x.properties:1:1: root = \"/data   # where it is\": what stands behind # belongs to the value "
            "here; put "
            "the comment into a line of its own\n");
  EXPECT_EQ(report_of("root=${home}/x"),
            "x.properties:1:1: root = ${home}/x: nothing is put in for ${...} here; write what is meant\n");
  EXPECT_THAT(report_of("role=MASTER # of its own"),
              HasSubstr("what stands behind # belongs to the value here"));
  EXPECT_EQ(loaded("root=/data/#1").config.dir, "/data/#1");
}

TEST(ApachesFile, says_nothing_of_a_value_that_holds_anyway_and_refuses_any_other) {
  EXPECT_EQ(report_of("role=MASTER "), "");
  EXPECT_EQ(report_of("role=SLAVE"), "x.properties:1:1: role = SLAVE: needs a plugin; write MASTER\n");
  EXPECT_EQ(report_of("role=master"), "x.properties:1:1: role = master: needs a plugin; write MASTER\n");
}

TEST(ApachesFile, of_which_something_is_unknown_is_told_the_nearest_of_all_keys_that_there_are) {
  EXPECT_EQ(report_of("thread=4\nflushDiskTyp=x\nnonsense=1\n"),
            "warning: x.properties:1:1: thread: unknown option, ignored; nearest is threads\n"
            "warning: x.properties:2:1: flushDiskTyp: unknown option, ignored; nearest is flushDiskType\n"
            "warning: x.properties:3:1: nonsense: unknown option, ignored\n");
}

struct OtherConfig {
  std::filesystem::path root;
  std::string mode;
};

TEST(ApachesFile, fills_all_structs_that_know_a_key_and_tells_what_is_left_once) {
  const auto store = schema();
  Schema<OtherConfig> other;
  other.option("root_dir", &OtherConfig::root).help("Where.").apache("root");
  other.option("mode", &OtherConfig::mode).help("How.");
  other.without_effect({.name = "colour", .why = "it is dark", .told = std::nullopt});

  Report report;
  Origins origins;
  StoreConfig one;
  OtherConfig two;
  auto file =
      ConfigFile::parse("root=/data\nplugins.b.mode=fast\nmode=slow\ncolour=red\nrole=SLAVE\nthreads=8\n",
                        "x.properties", store, report);
  const ConfigFile::Part first{store, &one}, second{other, &two};
  file.fill_parts({&first, 1}, "", origins, report, ConfigFile::UnknownKeys::ignored);
  file.fill_parts({&second, 1}, "plugins.b", origins, report, ConfigFile::UnknownKeys::ignored);
  EXPECT_EQ(report.str(), "");
  EXPECT_EQ(one.dir, "/data");
  EXPECT_EQ(two.root, "/data");
  EXPECT_EQ(two.mode, "fast") << "a plugin's own names have its table in front of them";
  EXPECT_EQ(origins.of("plugins.b.root_dir"), "x.properties:1");

  const std::array<const OptionSet*, 2> sets{&other, &store};
  file.report_leftovers(sets, report);
  EXPECT_EQ(report.str(),
            "x.properties:5:1: role = SLAVE: needs a plugin; write MASTER\n"
            "warning: x.properties:3:1: mode: unknown option, ignored\n"
            "warning: x.properties:4:1: colour: has no effect here: it is dark\n"
            "warning: x.properties:6:1: threads: has no effect here: there are none\n");
}

TEST(ApachesFile, means_no_more_by_wire_than_it_does_as_a_file) {
  const auto refused = read_wire_update(schema(), StoreConfig(), "role=SLAVE");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "role = SLAVE: needs a plugin; write MASTER");
  EXPECT_THAT(read_wire_update(schema(), StoreConfig(), "role=MASTER\nthreads=3")->ignored,
              ElementsAre("role", "threads"));
}

TEST(ApachesFile, is_told_again_in_its_own_words) {
  EXPECT_EQ(
      to_properties(schema(), StoreConfig{.flush = Flush::pool}),
      "flushDiskType=ASYNC_FLUSH\npoolEnable=true\nqueueFileSize=6000\nrole=MASTER\nroot=store\nthreads=4\n");
  EXPECT_THAT(to_properties(schema(), StoreConfig{}),
              HasSubstr("flushDiskType=SYNC_FLUSH\npoolEnable=false\n"));
}

TEST(ApachesFile, has_its_keys_in_the_reference_page) {
  EXPECT_THAT(declaration_mistakes(schema()), IsEmpty());
  const auto page = describe_markdown(schema());
  EXPECT_THAT(
      page, HasSubstr("`flushDiskType` (SYNC_FLUSH is sync, ASYNC_FLUSH is async), `poolEnable` (true makes "
                      "async pool); default with a file of Apache's: `\"async\"` |"));
  EXPECT_THAT(page,
              HasSubstr("`queueFileSize` (bytes, 20 each), `queueFilesSize` (bytes, 20 each; up to 500 it is "
                        "their number) |"));
  EXPECT_THAT(page, HasSubstr("`root`; default with a file of Apache's: ~/store |"));
  EXPECT_THAT(
      page, HasSubstr("| `role` | `MASTER` is what happens here; any other value is refused: needs a plugin; "
                      "write MASTER |\n"));
}

}  // namespace
}  // namespace gantry::options
