#include "options/schema.h"

#include "tests/unit/options/sample_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::options {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

template <class T>
concept CanBeChangedByWire = requires(OptionBuilder<T> builder) { builder.changeable_by_wire(); };

// By type, so that no declaration can open a path, a command or a host to the network.
static_assert(CanBeChangedByWire<bool> && CanBeChangedByWire<int> && CanBeChangedByWire<ByteSize> &&
              CanBeChangedByWire<std::chrono::seconds> && CanBeChangedByWire<Colour>);
static_assert(!CanBeChangedByWire<std::string> && !CanBeChangedByWire<std::filesystem::path> &&
              !CanBeChangedByWire<HostPort> && !CanBeChangedByWire<std::vector<std::string>>);

TEST(DeclaredOptions, of_the_sample_are_sound) {
  EXPECT_THAT(declaration_mistakes(sample_schema()), IsEmpty());
}

TEST(DeclaredOptions, read_and_write_their_member_whatever_its_type) {
  const auto schema = sample_schema();
  SampleConfig config;
  for (const auto& option : schema.options()) {
    const auto value = option.get(&config);
    EXPECT_EQ(value, schema.default_of(option)) << option.name;
    option.set(&config, value);
  }
  EXPECT_EQ(config, SampleConfig());
  schema.find("colour")->set(&config, Value(std::string("blue")));
  EXPECT_EQ(config.colour, Colour::blue);
  schema.find("keep")->set(&config, Value(std::chrono::nanoseconds(48h)));
  EXPECT_EQ(config.keep, 48h);
}

TEST(DeclaredOptions, are_found_by_name_and_by_apaches_name) {
  const auto schema = sample_schema();
  EXPECT_EQ(schema.find("expiry")->flag(), "--expiry");
  EXPECT_EQ(schema.find("data_dir")->flag(), "--data-dir");
  EXPECT_EQ(schema.find("maxIdleSeconds"), nullptr);
  EXPECT_EQ(schema.find_alias("maxIdleSeconds").option, schema.find("expiry"));
  EXPECT_EQ(schema.find_alias("expiry").option, nullptr);
  EXPECT_EQ(schema.find_without_effect("workerThreads")->told, "8");
}

TEST(DeclaredOptions, are_refused_when_the_declaration_is_unsound) {
  struct C {
    int good = 1;
    int low = 0;
    Colour none = static_cast<Colour>(9);
    std::chrono::seconds time{1};
    bool flag = false;
  };
  Schema<C> schema;
  schema.option("Good", &C::good).help("x");
  schema.option("low", &C::low).range(1, 5).help("x");
  schema.option("none", &C::none, kColours).help("x");
  schema.option("time", &C::time).apache(Alias::bytes("timeBytes"));
  schema.option("flag", &C::flag).help("a\nb").secret().changeable_by_wire().apache("low");
  schema.without_effect({"timeBytes", "x", std::nullopt});
  EXPECT_THAT(declaration_mistakes(schema),
              ElementsAre("Good: its name is not snake_case", "low: its default 0 is outside its range",
                          "none: its default has no name", "time: it has no help",
                          "time: its Apache name timeBytes has a form of another type", "low: declared twice",
                          "flag: its help is longer than a line",
                          "flag: it is secret and could be changed by wire", "timeBytes: declared twice"));
}

}  // namespace
}  // namespace gantry::options
