#include "options/print.h"

#include "logging/utf8.h"
#include "options/load.h"
#include "tests/unit/options/sample_config.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::options {
namespace {

TEST(PrintedConfig, shows_every_value_and_where_it_came_from) {
  const auto schema = sample_schema();
  Report report;
  Origins origins;
  SampleConfig config;
  auto file = ConfigFile::parse("threads = 8\ntoken = \"s3cret\"\npeers = [\"a\", \"b\"]\n", "conf/x.toml",
                                schema, report);
  file.fill(schema, config, "", origins, report);
  apply_flags(schema, config, std::vector<FlagValue>{{"expiry", "90s"}}, origins, report);
  EXPECT_EQ(print_config(schema, config, origins), R"(listen = "0.0.0.0:9876"  # default
ordered = false  # default
threads = 8  # conf/x.toml:1
most = 100  # default
expiry = "90s"  # flag --expiry
keep = "3d"  # default
frame = "16MiB"  # default
colour = "red"  # default
title = "sample"  # default
data_dir = "/var/lib/sample"  # default
peers = ["a", "b"]  # conf/x.toml:3
# token = *** (secret)  # conf/x.toml:2
)");
}

TEST(PrintedConfig, of_a_plugin_stands_under_its_table) {
  Origins origins;
  origins.set("plugins.ha.threads", {"x.toml", 7, 1});
  const auto text = print_config(sample_schema(), SampleConfig(), origins, "plugins.ha");
  EXPECT_TRUE(text.starts_with("[plugins.ha]\nlisten = ")) << text;
  EXPECT_NE(text.find("\nthreads = 4  # x.toml:7\n"), std::string::npos) << text;
}

TEST(PrintedConfig, cannot_be_forged_by_a_file_name) {
  Origins origins;
  origins.set("threads", {"x\nordered = true", 1, 1});
  const auto text = print_config(sample_schema(), SampleConfig(), origins);
  EXPECT_NE(text.find("threads = 4  # x\\nordered = true:1\n"), std::string::npos) << text;
}

rc::Gen<std::string> any_text() {
  return rc::gen::map(rc::gen::container<std::vector<char32_t>>(rc::gen::oneOf(
                          rc::gen::element<char32_t>('"', '\\', '\n', '\t', '#', 0x1b, 0x7f, 0xe9, 0x1f600),
                          rc::gen::inRange<char32_t>(1, 0x7f))),
                      [](const std::vector<char32_t>& characters) {
                        std::string utf8;
                        for (const auto c : characters) logging::append_utf8(utf8, c);
                        return utf8;
                      });
}

RC_GTEST_PROP(PrintedConfig, is_read_back_as_the_same_configuration, ()) {
  SampleConfig config;
  config.listen = {*rc::gen::element<std::string>("::1", "host.example", "0.0.0.0"),
                   *rc::gen::arbitrary<std::uint16_t>()};
  config.ordered = *rc::gen::arbitrary<bool>();
  config.threads = *rc::gen::inRange(1, 33);
  config.most = *rc::gen::inRange<std::uint64_t>(0, std::numeric_limits<std::int64_t>::max());
  config.expiry = std::chrono::milliseconds(*rc::gen::inRange(1000, 86'400'001));
  config.keep = std::chrono::hours(*rc::gen::inRange(0, 100'000));
  config.frame = ByteSize(*rc::gen::inRange<std::uint64_t>(1024, (1 << 30) + 1));
  config.colour = *rc::gen::element(Colour::red, Colour::green, Colour::blue);
  config.title = *any_text();
  config.data_dir = "/" + *rc::gen::container<std::string>(rc::gen::inRange<char>(0x20, 0x7f));
  config.peers = *rc::gen::container<std::vector<std::string>>(any_text());

  const auto schema = sample_schema();
  Report report;
  Origins origins;
  SampleConfig read;
  auto file = ConfigFile::parse(print_config(schema, config, {}), "x.toml", schema, report);
  file.fill(schema, read, "", origins, report);
  RC_LOG(report.str());
  RC_ASSERT(report.ok());
  RC_ASSERT(read == config);
}

}  // namespace
}  // namespace gantry::options
