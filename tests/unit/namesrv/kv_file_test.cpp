#include "namesrv/kv_file.h"

#include "tests/unit/disk/simulated_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

using testing::HasSubstr;

boost::system::result<KvTables, disk::FileError> load(const std::string& text) {
  disk::SimulatedDisk disk;
  disk.plant("d/kvConfig.json", text);
  return load_kv_file(disk, "d/kvConfig.json");
}

TEST(KvFile, no_file_means_no_entries) {
  disk::SimulatedDisk disk;
  EXPECT_EQ(load_kv_file(disk, "d/kvConfig.json").value(), KvTables{});
}

TEST(KvFile, reads_what_apache_writes) {
  EXPECT_EQ(
      load(
          R"({"configTable":{"ORDER_TOPIC_CONFIG":{"orders":"broker-a:8;broker-b:8","b\"x":"y"},"empty":{}}})")
          .value(),
      (KvTables{{"ORDER_TOPIC_CONFIG", {{"orders", "broker-a:8;broker-b:8"}, {"b\"x", "y"}}},
                {"empty", {}}}));
  EXPECT_EQ(load(R"({"configTable":{}})").value(), KvTables{});
}

TEST(KvFile, reads_what_a_person_may_have_made_of_it) {
  EXPECT_EQ(
      load("{ \"other\": [1],\n  \"configTable\": { \"ns\": { \"a\": 1, \"b\": null }, \"x\": null } }\n")
          .value(),
      (KvTables{{"ns", {{"a", "1"}}}}));
  EXPECT_EQ(load(R"({"configTable":null})").value(), KvTables{});
}

TEST(KvFile, writes_what_it_reads) {
  const KvTables tables{
      {"ns", {{"k", "v"}, {"line\n", "\x01\""}}}, {"empty", {}}, {"ünïcode", {{"键", "值"}}}};
  EXPECT_EQ(load(kv_file_text(tables)).value(), tables);
  EXPECT_EQ(kv_file_text({{"ns", {{"k", "v"}}}}), R"({"configTable":{"ns":{"k":"v"}}})");
}

TEST(KvFile, cut_anywhere_it_is_refused_with_its_name_the_byte_and_the_ways_out) {
  const std::string whole = kv_file_text({{"ns", {{"k", "v"}}}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto loaded = load(whole.substr(0, length));
    ASSERT_FALSE(loaded) << length;
    EXPECT_THAT(loaded.error().text,
                testing::AllOf(HasSubstr("the KV config d/kvConfig.json is damaged"), HasSubstr("byte "),
                               HasSubstr("kvConfig.json.bak"), HasSubstr("move it away")));
  }
}

TEST(KvFile, names_the_byte_where_it_stops_making_sense) {
  EXPECT_THAT(load(R"({"configTable":{"ns":{"k":"v"}}}x)").error().text, HasSubstr("(byte 32)"));
  EXPECT_THAT(load(R"({"configTable":{"ns":{"k":[1]}}})").error().text, HasSubstr("(byte 26)"));
}

TEST(KvFile, one_that_cannot_be_read_is_not_taken_for_a_missing_one) {
  disk::SimulatedDisk disk({.fail_at = 0});
  EXPECT_EQ(load_kv_file(disk, "d/kvConfig.json").error().text,
            "cannot read the KV config d/kvConfig.json: Input/output error");
}

}  // namespace
}  // namespace gantry::namesrv
