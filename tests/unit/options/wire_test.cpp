#include "options/wire.h"

#include "options/properties_text.h"
#include "tests/unit/options/sample_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::options {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Why = WireRefusal::Why;

std::vector<std::string> words(const std::vector<WireChange>& changes) {
  std::vector<std::string> out;
  for (const auto& [option, key, from, to] : changes)
    out.push_back(option + "(" + key + "): " + from + " -> " + to);
  return out;
}

TEST(ConfigByWire, changes_options_under_either_name) {
  const auto update =
      read_wire_update(sample_schema(), SampleConfig(),
                       "maxIdleSeconds=30\nframe=1MiB\norderMessageEnable=true\nroof.mode=blau\nmost=7\n");
  ASSERT_TRUE(update);
  EXPECT_EQ(update->config.expiry, 30s);
  EXPECT_EQ(update->config.frame, ByteSize::mib(1));
  EXPECT_TRUE(update->config.ordered);
  EXPECT_EQ(update->config.colour, Colour::blue);
  EXPECT_THAT(words(update->changes),
              ElementsAre("expiry(maxIdleSeconds): 2m -> 30s", "frame(frame): 16MiB -> 1MiB",
                          "ordered(orderMessageEnable): false -> true", "colour(roof.mode): red -> blue",
                          "most(most): 100 -> 7"));
  EXPECT_THAT(update->ignored, IsEmpty());
}

TEST(ConfigByWire, ignores_unknown_keys_and_tells_which) {
  const auto update =
      read_wire_update(sample_schema(), SampleConfig(), "brokerRole=SLAVE\nworkerThreads=16\nmost=1\n");
  ASSERT_TRUE(update);
  EXPECT_THAT(update->ignored, ElementsAre("brokerRole", "workerThreads"));
  EXPECT_EQ(update->config.most, 1u);
}

TEST(ConfigByWire, lists_no_change_where_nothing_changes) {
  const auto update = read_wire_update(sample_schema(), SampleConfig(), "maxIdleSeconds=120\n");
  ASSERT_TRUE(update);
  EXPECT_THAT(update->changes, IsEmpty());
  EXPECT_EQ(update->config, SampleConfig());
  EXPECT_TRUE(read_wire_update(sample_schema(), SampleConfig(), ""));
}

struct Refused {
  std::string_view text;
  Why why;
  std::string_view key;
  std::string_view sentence;
};

class RefusedByWire : public testing::TestWithParam<Refused> {};

TEST_P(RefusedByWire, says_which_key_and_why) {
  const auto& [text, why, key, sentence] = GetParam();
  const auto update = read_wire_update(sample_schema(), SampleConfig(), text);
  ASSERT_FALSE(update) << text;
  EXPECT_EQ(update.error().why, why);
  EXPECT_EQ(update.error().key, key);
  EXPECT_EQ(update.error().text, sentence);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedByWire,
    testing::Values(
        Refused{"most=1\nstorePath=/tmp/x\n", Why::not_by_wire, "storePath",
                "storePath cannot be changed by wire; set data_dir in the server's configuration file and "
                "restart it"},
        Refused{"threads=2", Why::not_by_wire, "threads",
                "threads cannot be changed by wire; set threads in the server's configuration file and "
                "restart it"},
        Refused{
            "title=x", Why::not_by_wire, "title",
            "title cannot be changed by wire; set title in the server's configuration file and restart it"},
        Refused{"sharedToken=x", Why::not_by_wire, "sharedToken",
                "sharedToken cannot be changed by wire; set token in the server's configuration file and "
                "restart it"},
        Refused{"most=x\nhomeDir=/", Why::not_by_wire, "homeDir", "homeDir cannot be changed by wire"},
        Refused{"most=5\nmaxIdleSeconds=x", Why::bad_value, "maxIdleSeconds",
                "maxIdleSeconds = x: not a whole number of seconds"},
        Refused{"frame=16MB", Why::bad_value, "frame", "frame = 16MB: not a size; write e.g. 16MiB, 512KiB"},
        Refused{"most=\\u12", Why::bad_text, "",
                "line 1: \\u stands before something else than four hexadecimal digits"}));

TEST(ConfigByWire, refuses_values_that_do_not_go_together) {
  SampleConfig config;
  config.threads = 33;
  const auto update = read_wire_update(sample_schema(), config, "ordered=true");
  ASSERT_FALSE(update);
  EXPECT_EQ(update.error().why, Why::bad_value);
  EXPECT_EQ(update.error().text,
            "threads: must be at most 32 when ordered is true; lower it or write ordered = false");
}

TEST(ConfigByWire, opens_nothing_but_what_is_declared_so) {
  const auto schema = sample_schema();
  for (const auto& option : schema.options()) {
    const auto update = read_wire_update(schema, SampleConfig(), option.name + "=1\n");
    const bool refused = !update && update.error().why == Why::not_by_wire;
    EXPECT_EQ(refused, !option.by_wire) << option.name;
  }
}

TEST(ConfigForClients, has_apaches_names_sorted_and_no_secret) {
  SampleConfig config;
  config.expiry = 1500ms;
  config.token = "s3cret";
  config.data_dir = "/data/\xc3\xa9";
  config.peers = {"a:1", "b:2"};
  EXPECT_EQ(to_properties(sample_schema(), config, {{"productEnvName", "center"}}),
            "fileReservedTime=72\n"
            "listenPort=9876\n"
            "maxFrameSize=16777216\n"
            "maxIdleSeconds=2\n"
            "orderMessageEnable=false\n"
            "peerAddr=a:1;b:2\n"
            "productEnvName=center\n"
            "roof.mode=rot\n"
            "storePath=/data/\\u00E9\n"
            "workerThreads=8\n");
}

TEST(ConfigForClients, takes_what_the_caller_knows_better) {
  EXPECT_THAT(to_properties(sample_schema(), SampleConfig(), {{"storePath", "/real"}}),
              HasSubstr("storePath=/real\n"));
}

TEST(ConfigForClients, cannot_gain_a_key_from_a_value) {
  SampleConfig config;
  config.data_dir = "/x\nlistenPort=1";
  const auto text = to_properties(sample_schema(), config);
  std::size_t ports = 0;
  for (const auto& property : parse_properties(text).properties)
    ports += property.key == "listenPort" ? 1 : 0;
  EXPECT_EQ(ports, 1u) << text;
}

}  // namespace
}  // namespace gantry::options
