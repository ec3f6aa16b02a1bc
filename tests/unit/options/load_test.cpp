#include "options/load.h"

#include "tests/unit/options/sample_config.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::options {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Loaded<SampleConfig> load_text(std::string text, const std::string& name,
                               std::span<const FlagValue> flags = {}) {
  const auto schema = sample_schema();
  Loaded<SampleConfig> loaded;
  auto file = ConfigFile::parse(std::move(text), name, schema, loaded.report);
  file.fill(schema, loaded.config, "", loaded.origins, loaded.report);
  file.report_unknown_tables(loaded.report);
  apply_flags(schema, loaded.config, flags, loaded.origins, loaded.report);
  check_whole(schema, loaded.config, "", loaded.origins, loaded.report);
  return loaded;
}

std::string report_of(std::string text, const std::string& name = "x.toml") {
  return load_text(std::move(text), name).report.str();
}

TEST(ConfigInToml, sets_options_of_each_kind) {
  const auto [config, origins, report] = load_text(R"(
    listen = "[::1]:1234"
    ordered = true
    threads = 8
    most = 9223372036854775807
    expiry = "1500ms"
    keep = "2d"
    frame = "64KiB"
    colour = "green"
    title = "two\nlines"
    data_dir = "/data/x y"
    peers = ["a:1", "b,c"]
    token = "s3cret"
  )",
                                                   "x.toml");
  EXPECT_EQ(report.str(), "");
  SampleConfig expected;
  expected.listen = {"::1", 1234};
  expected.ordered = true;
  expected.threads = 8;
  expected.most = 9223372036854775807;
  expected.expiry = 1500ms;
  expected.keep = 48h;
  expected.frame = ByteSize::kib(64);
  expected.colour = Colour::green;
  expected.title = "two\nlines";
  expected.data_dir = "/data/x y";
  expected.peers = {"a:1", "b,c"};
  expected.token = "s3cret";
  EXPECT_EQ(config, expected);
  EXPECT_EQ(origins.of("threads"), "x.toml:4");
  EXPECT_EQ(origins.of("nothing"), "default");
}

struct Mistake {
  std::string_view text;
  std::string_view sentence;
};

class TomlMistake : public testing::TestWithParam<Mistake> {};

TEST_P(TomlMistake, is_told_with_place_key_value_and_remedy) {
  EXPECT_EQ(report_of(std::string(GetParam().text)), std::string(GetParam().sentence) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Table, TomlMistake,
    testing::Values(
        Mistake{"expiri = 1", "x.toml:1:1: expiri: unknown option; nearest is expiry"},
        Mistake{"colour_of_roof = 1",
                "x.toml:1:1: colour_of_roof: unknown option; --help lists those that exist"},
        Mistake{"\n  data-dir = 1", "x.toml:2:3: data-dir: unknown option; nearest is data_dir"},
        Mistake{"maxIdleSeconds = 1",
                "x.toml:1:1: maxIdleSeconds: unknown option; Apache's maxIdleSeconds is called expiry here"},
        Mistake{"workerThreads = 1",
                "x.toml:1:1: workerThreads: unknown option; Apache's workerThreads has no effect here "
                "(threads: see threads)"},
        Mistake{R"("a\nb" = 1)", R"(x.toml:1:1: "a\nb": unknown option; --help lists those that exist)"},
        Mistake{R"(expiry = "5 parsecs")",
                R"(x.toml:1:10: expiry = "5 parsecs": not a duration; write e.g. "120s", "2m")"},
        Mistake{"expiry = 120", R"(x.toml:1:10: expiry = 120: not a duration; write e.g. "120s", "2m")"},
        Mistake{"expiry = 1.5", R"(x.toml:1:10: expiry = 1.5: not a duration; write e.g. "120s", "2m")"},
        Mistake{R"(expiry = "500ms")",
                R"(x.toml:1:10: expiry = "500ms": out of range; accepted is 1s to 1d)"},
        Mistake{R"(keep = "90m")",
                R"(x.toml:1:8: keep = "90m": finer than this option can be; write a multiple of "1h")"},
        Mistake{"threads = 65", "x.toml:1:11: threads = 65: out of range; accepted is 1 to 64"},
        Mistake{R"(threads = "8")",
                R"(x.toml:1:11: threads = "8": not a number; write it without quotes: 8)"},
        Mistake{"threads = true", "x.toml:1:11: threads = true: not a whole number; write one of 1 to 64"},
        Mistake{"most = -1", "x.toml:1:8: most = -1: out of range; accepted is 0 to 9223372036854775807"},
        Mistake{R"(ordered = "true")",
                R"(x.toml:1:11: ordered = "true": not a boolean; write true or false, without quotes)"},
        Mistake{R"(frame = "16MB")",
                R"(x.toml:1:9: frame = "16MB": not a size; write e.g. "16MiB", "512KiB")"},
        Mistake{"frame = -1", R"(x.toml:1:9: frame = -1: not a size; write e.g. "16MiB", "512KiB")"},
        Mistake{"frame = 1023", "x.toml:1:9: frame = 1023: out of range; accepted is 1KiB to 1GiB"},
        Mistake{
            R"(listen = "::1:9876")",
            R"(x.toml:1:10: listen = "::1:9876": not a host:port; write e.g. "0.0.0.0:9876", "[::1]:9876")"},
        Mistake{R"(colour = "Green")",
                R"(x.toml:1:10: colour = "Green": not one of the choices; write "red", "green" or "blue")"},
        Mistake{"title = 5", "x.toml:1:9: title = 5: not text; write it in quotes"},
        Mistake{R"(title = "a\u0000b")", R"(x.toml:1:9: title = "a\u0000b": has a zero byte in it)"},
        Mistake{R"(data_dir = "")", R"(x.toml:1:12: data_dir = "": must not be empty)"},
        Mistake{
            R"(data_dir = "C:\temp")",
            R"(x.toml:1:12: data_dir = "C:\temp": has a control character in it; in TOML a backslash is written \\)"},
        Mistake{R"(peers = "a,b")",
                R"(x.toml:1:9: peers = "a,b": not a list of texts; write e.g. ["a", "b"])"},
        Mistake{"peers = [1, 2]", R"(x.toml:1:9: peers = [...]: not a list of texts; write e.g. ["a", "b"])"},
        Mistake{"title = 2026-11-24", "x.toml:1:9: title = a date or time: not text; write it in quotes"},
        Mistake{"token = 12345", "x.toml:1:9: token = ***: not text; write it in quotes"},
        Mistake{"threads = 1\n[frame]\nx = 1", "x.toml:2:2: frame: is a table here; write frame = ..."},
        Mistake{"[limits]\nx = 1\n[limits.y]\nz = 1",
                "x.toml:1:2: [limits]: unknown table; all options stand at the top level"},
        Mistake{"threads = 1\n title = \"x\"\n threads = 2\n",
                "x.toml:3:2: threads: was set in line 1; keep one of the two"},
        Mistake{"threads = 1\n\"threads\" = 2\n", "x.toml:2:1: \"threads\": is there twice; keep one"},
        Mistake{"expiry = 3s # seconds\n",
                "x.toml:1:11: expiry = 3s: not TOML; text, durations, sizes and addresses stand in quotes: "
                "\"3s\""},
        Mistake{"title = DefaultCluster",
                "x.toml:1:9: title = DefaultCluster: not TOML; text, durations, sizes and addresses stand in "
                "quotes: "
                "\"DefaultCluster\""},
        Mistake{"threads =\n",
                R"(x.toml:1:10: not TOML: Error while parsing key-value pair: expected value, saw '\\n')"},
        Mistake{"title = \"a\xff\"", "x.toml:1:10: not TOML: Encountered invalid utf-8 sequence"},
        Mistake{"ordered = true\nthreads = 33",
                "x.toml:2:1: threads: must be at most 32 when ordered is true; lower it or write ordered = "
                "false"}));

TEST(ConfigInToml, has_all_its_mistakes_told_at_once) {
  EXPECT_EQ(report_of(R"(# ten mistakes
listen = "localhost"
ordered = yes
threads = 1000
expiri = "2m"
expiry = "2 minutes"
frame = "16MB"
colour = "mauve"
title = 'x'
title = 'y'
data_dir = ""
[plugins.ha]
mode = "sync"
)"),
            R"(x.toml:2:10: listen = "localhost": not a host:port; write e.g. "0.0.0.0:9876", "[::1]:9876"
x.toml:3:11: ordered = yes: not TOML; text, durations, sizes and addresses stand in quotes: "yes"
x.toml:4:11: threads = 1000: out of range; accepted is 1 to 64
x.toml:5:1: expiri: unknown option; nearest is expiry
x.toml:6:10: expiry = "2 minutes": not a duration; write e.g. "120s", "2m"
x.toml:7:9: frame = "16MB": not a size; write e.g. "16MiB", "512KiB"
x.toml:8:10: colour = "mauve": not one of the choices; write "red", "green" or "blue"
x.toml:10:1: title: was set in line 9; keep one of the two
x.toml:11:12: data_dir = "": must not be empty
x.toml:12:2: [plugins]: unknown table; all options stand at the top level
)");
}

TEST(ConfigInToml, is_read_on_behind_a_broken_table_header) {
  EXPECT_EQ(report_of("threads = 0\n[broken\nx = 1\n[other]\ny = 1\n"),
            "x.toml:1:11: threads = 0: out of range; accepted is 1 to 64\n"
            "x.toml:2:8: not TOML: Error while parsing table header: expected ']', saw '\\\\n'\n"
            "x.toml:4:2: [other]: unknown table; all options stand at the top level\n");
}

TEST(ConfigInToml, that_is_broken_throughout_is_not_read_forever) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "= = =\n";
  EXPECT_EQ(load_text(text, "x.toml").report.mistakes.size(), 50u);
  EXPECT_FALSE(load_text("title = \"\"\"never ended\nthreads = 1\n", "x.toml").report.ok());
}

TEST(ConfigInToml, shows_at_most_the_beginning_of_a_long_value) {
  const auto report = report_of("expiry = \"" + std::string(500, 'x') + "\"");
  EXPECT_EQ(report, "x.toml:1:10: expiry = \"" + std::string(80, 'x') +
                        "...\": not a duration; write e.g. \"120s\", \"2m\"\n");
}

TEST(ConfigInToml, may_have_a_home_directory_in_a_path) {
  setenv("HOME", "/a/home", 1);
  EXPECT_EQ(load_text("data_dir = \"~/x\"", "x.toml").config.data_dir, "/a/home/x");
  EXPECT_EQ(load_text("data_dir = \"/~/x\"", "x.toml").config.data_dir, "/~/x");
}

TEST(ConfigInProperties, sets_options_under_apaches_names_and_units) {
  const auto [config, origins, report] = load_text(
      "listenPort = 1234 \n"
      "orderMessageEnable=TRUE\n"
      "maxIdleSeconds:30\n"
      "fileReservedTime=48\n"
      "maxFrameSize=65536\n"
      "roof.mode Gruen\n"
      "storePath=/data/x \n"
      "peerAddr=a:1; b:2;\n"
      "sharedToken=s3cret\n",
      "x.properties");
  EXPECT_EQ(report.str(), "");
  SampleConfig expected;
  expected.peers = {"a:1", "b:2"};
  expected.listen = {"0.0.0.0", 1234};
  expected.ordered = true;
  expected.expiry = 30s;
  expected.keep = 48h;
  expected.frame = ByteSize::kib(64);
  expected.colour = Colour::green;
  expected.data_dir = "/data/x";
  expected.token = "s3cret";
  EXPECT_EQ(config, expected);
  EXPECT_EQ(origins.of("expiry"), "x.properties:3");
}

TEST(ConfigInProperties, may_have_options_under_our_own_names) {
  const auto [config, origins, report] = load_text(
      "listen=127.0.0.1:1\nexpiry=2m\nframe=1MiB\npeers=a, b,,c\ncolour=blue\nthreads= 8\n", "x.properties");
  EXPECT_EQ(report.str(), "");
  EXPECT_EQ(config.listen.str(), "127.0.0.1:1");
  EXPECT_EQ(config.expiry, 2min);
  EXPECT_EQ(config.frame, ByteSize::mib(1));
  EXPECT_THAT(config.peers, ElementsAre("a", "b", "", "c"));
  EXPECT_EQ(config.colour, Colour::blue);
  EXPECT_EQ(config.threads, 8);
}

class PropertiesMistake : public testing::TestWithParam<Mistake> {};

TEST_P(PropertiesMistake, is_told_with_place_key_value_and_remedy) {
  EXPECT_EQ(report_of(std::string(GetParam().text), "x.properties"), std::string(GetParam().sentence) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Table, PropertiesMistake,
    testing::Values(
        Mistake{"brokerRole=SLAVE", "warning: x.properties:1:1: brokerRole: unknown option, ignored"},
        Mistake{"\n listenPrt=1",
                "warning: x.properties:2:2: listenPrt: unknown option, ignored; nearest is listenPort"},
        Mistake{"workerThreads=16",
                "warning: x.properties:1:1: workerThreads: has no effect here: threads: see threads"},
        Mistake{"maxIdleSeconds=3\nmaxIdleSeconds=4",
                "warning: x.properties:2:1: maxIdleSeconds: was set in line 1 already; this one counts"},
        Mistake{"maxIdleSeconds=2m", "x.properties:1:1: maxIdleSeconds = 2m: not a whole number of seconds"},
        Mistake{"maxIdleSeconds=0",
                "x.properties:1:1: maxIdleSeconds = 0: out of range; accepted is 1 to 86400 seconds"},
        Mistake{"maxIdleSeconds=9223372036854775807",
                "x.properties:1:1: maxIdleSeconds = 9223372036854775807: out of range; accepted is 1 to "
                "86400 seconds"},
        Mistake{"fileReservedTime=-1",
                "x.properties:1:1: fileReservedTime = -1: out of range; accepted is 0 to 2562047 hours"},
        Mistake{"listenPort=65536",
                "x.properties:1:1: listenPort = 65536: not a port; write one of 0 to 65535"},
        Mistake{"listenPort=", "x.properties:1:1: listenPort = \"\": not a port; write one of 0 to 65535"},
        Mistake{"maxFrameSize=1MiB", "x.properties:1:1: maxFrameSize = 1MiB: not a whole number of bytes"},
        Mistake{"maxFrameSize=1",
                "x.properties:1:1: maxFrameSize = 1: out of range; accepted is 1KiB to 1GiB"},
        Mistake{"orderMessageEnable=on",
                "x.properties:1:1: orderMessageEnable = on: not a boolean; write true or false"},
        Mistake{"roof.mode=lila",
                "x.properties:1:1: roof.mode = lila: not one of the choices; write rot, gruen or blau"},
        Mistake{
            "storePath=/a\\nb",
            R"(x.properties:1:1: storePath = "/a\nb": has a control character in it; in TOML a backslash is written \\)"},
        Mistake{"title=caf\xe9",
                "x.properties:1:1: title = caf\xef\xbf\xbd: not UTF-8; save the file as UTF-8"},
        Mistake{"threads=eight",
                "x.properties:1:1: threads = eight: not a whole number; write one of 1 to 64"},
        Mistake{"expiry=5 parsecs",
                "x.properties:1:1: expiry = \"5 parsecs\": not a duration; write e.g. 120s, 2m"},
        Mistake{"storePath=C:\\users",
                "x.properties:1:13: \\u stands before something else than four hexadecimal digits; write "
                "\\\\u for a "
                "backslash and a u"}));

TEST(ConfigByFlags, overrides_the_file) {
  const std::vector<FlagValue> flags{{"threads", "16"}, {"expiry", "3m"}, {"ordered", "true"}};
  const auto [config, origins, report] = load_text("threads = 8\nmost = 1\n", "x.toml", flags);
  EXPECT_EQ(report.str(), "");
  EXPECT_EQ(config.threads, 16);
  EXPECT_EQ(config.most, 1u);
  EXPECT_EQ(origins.of("threads"), "flag --threads");
  EXPECT_EQ(origins.of("most"), "x.toml:2");
}

TEST(ConfigByFlags, has_its_mistakes_told_with_the_flag) {
  const std::vector<FlagValue> flags{
      {"expiry", "5 parsecs"}, {"data_dir", ""}, {"threads", "40"}, {"ordered", "true"}};
  EXPECT_EQ(load_text("", "x.toml", flags).report.str(),
            "flag --data-dir: data_dir = \"\": must not be empty\n"
            "flag --expiry: expiry = \"5 parsecs\": not a duration; write e.g. 120s, 2m\n"
            "flag --threads: threads: must be at most 32 when ordered is true; lower it or write ordered = "
            "false\n");
}

TEST(ConfigByFlags, of_an_option_that_does_not_exist_is_a_mistake) {
  const std::vector<FlagValue> flags{{"expiri", "1s"}};
  EXPECT_EQ(load_text("", "x.toml", flags).report.str(), "flag: expiri: unknown option\n");
}

TEST(ConfigAsAWhole, is_not_blamed_for_an_option_that_has_a_mistake_already) {
  const std::vector<FlagValue> flags{{"threads", "40"}};
  EXPECT_EQ(load_text("ordered = true\nthreads = 99\n", "x.toml", flags).report.mistakes.size(), 1u);
}

TEST(ConfigOfPlugins, is_read_from_a_table_for_each) {
  const auto schema = sample_schema();
  Report report;
  Origins origins;
  auto file = ConfigFile::parse(R"(
threads = 8
[plugins.ha]
threads = 9
frame = "2KiB"
[plugins.store-mmap]
threads = 0
flush = 1
[plugins]
stray = 1
[plugins.geo]
radius = 5
)",
                                "broker.toml", schema, report);
  EXPECT_THAT(file.tables_in(""), ElementsAre("plugins"));
  EXPECT_THAT(file.tables_in("plugins"), testing::UnorderedElementsAre("geo", "ha", "store-mmap"));
  SampleConfig broker, ha, store;
  file.fill(schema, broker, "", origins, report);
  file.fill(schema, ha, "plugins.ha", origins, report);
  file.fill(schema, store, "plugins.store-mmap", origins, report);
  file.report_unknown_tables(report);
  EXPECT_EQ(broker.threads, 8);
  EXPECT_EQ(ha.threads, 9);
  EXPECT_EQ(ha.frame, ByteSize::kib(2));
  EXPECT_EQ(origins.of("plugins.ha.frame"), "broker.toml:5");
  EXPECT_EQ(report.str(),
            "broker.toml:7:11: plugins.store-mmap.threads = 0: out of range; accepted is 1 to 64\n"
            "broker.toml:8:1: plugins.store-mmap.flush: unknown option\n"
            "broker.toml:10:1: plugins.stray: unknown option\n"
            "broker.toml:11:10: [plugins.geo]: unknown table; nearest is plugins.ha\n");
}

class ConfigOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = (std::filesystem::temp_directory_path() / "gantry-options-XXXXXX").string();
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path write(const std::string& name, std::string_view text) {
    const auto path = std::filesystem::path(directory_) / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::string directory_;
};

TEST_F(ConfigOnDisk, is_loaded_in_the_format_that_it_has) {
  const auto schema = sample_schema();
  const auto toml = load(schema, write("a.conf", "\xef\xbb\xbfthreads = 8\n"));
  EXPECT_EQ(toml.report.str(), "");
  EXPECT_EQ(toml.config.threads, 8);
  const auto properties =
      load(schema, write("b.conf", "\xef\xbb\xbflistenPort=10911\nbrokerRole=ASYNC_MASTER\n"));
  EXPECT_EQ(properties.config.listen.port, 10911);
  EXPECT_THAT(properties.report.mistakes, IsEmpty());
}

TEST_F(ConfigOnDisk, that_cannot_be_read_is_a_sentence) {
  const auto schema = sample_schema();
  EXPECT_EQ(load(schema, directory_ + "/none.toml").report.str(),
            directory_ + "/none.toml: cannot be read: No such file or directory\n");
  EXPECT_EQ(load(schema, directory_).report.str(), directory_ + ": cannot be read: is a directory\n");
  const auto huge = write("huge.toml", std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(load(schema, huge).report.str(), HasSubstr("huge.toml: cannot be read: is larger than 1MiB\n"));
}

TEST(ConfigWithoutAFile, has_the_defaults_of_the_struct) {
  const auto loaded = load(sample_schema(), std::nullopt);
  EXPECT_EQ(loaded.report.str(), "");
  EXPECT_EQ(loaded.config, SampleConfig());
}

struct Switches {
  bool enabled = true;
};

Schema<Switches> switches() {
  Schema<Switches> schema;
  schema.option("enabled", &Switches::enabled).help("On.");
  return schema;
}

TEST(ConfigFile, fills_several_structs_from_one_table) {
  const auto schema = sample_schema();
  const auto other = switches();
  Report report;
  Origins origins;
  SampleConfig sample;
  Switches on;
  auto file =
      ConfigFile::parse("[p]\nthreads = 7\nenabled = false\nenabld = true\n", "f.toml", schema, report);
  const std::array<ConfigFile::Part, 2> parts{ConfigFile::Part{other, &on},
                                              ConfigFile::Part{schema, &sample}};
  file.fill_parts(parts, "p", origins, report);
  EXPECT_EQ(report.str(), "f.toml:4:1: p.enabld: unknown option; nearest is enabled\n");
  EXPECT_EQ(sample.threads, 7);
  EXPECT_FALSE(on.enabled);
  EXPECT_EQ(origins.of("p.enabled"), "f.toml:3");
}

TEST(ConfigFile, ignores_keys_of_no_part_on_request) {
  const auto other = switches();
  Report report;
  Origins origins;
  Switches on;
  auto file = ConfigFile::parse("[p]\nthreads = 7\nenabled = 1\n", "f.toml", other, report);
  const ConfigFile::Part part{other, &on};
  file.fill_parts({&part, 1}, "p", origins, report, ConfigFile::UnknownKeys::ignored);
  EXPECT_EQ(report.str(), "f.toml:3:11: p.enabled = 1: not a boolean; write true or false, without quotes\n");
}

TEST(ConfigFile, is_content_with_tables_that_are_left_out_and_with_an_expected_one) {
  const auto schema = sample_schema();
  Report report;
  auto file = ConfigFile::parse("[plugins.a]\nx = 1\n[plugins.a.b]\ny = 1\n[plugins.c]\n[plugin.d]\n",
                                "f.toml", schema, report);
  file.expect("plugins");
  file.leave_out("plugins.a");
  file.leave_out("plugins.c");
  file.report_unknown_tables(report);
  EXPECT_EQ(report.str(), "f.toml:6:2: [plugin]: unknown table; nearest is plugins\n");
}

TEST(ConfigFile, tells_tables_in_the_order_of_the_file_and_where_they_stand) {
  Report report;
  const auto file = ConfigFile::parse("[t.b]\n[t.a]\n", "f.toml", sample_schema(), report);
  EXPECT_THAT(file.tables_in("t"), testing::ElementsAre("b", "a"));
  ASSERT_NE(file.place_of("t.a"), nullptr);
  EXPECT_EQ(file.place_of("t.a")->line, 2);
  EXPECT_EQ(file.place_of("t.c"), nullptr);
}

}  // namespace
}  // namespace gantry::options
