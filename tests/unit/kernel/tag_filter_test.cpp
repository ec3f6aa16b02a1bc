#include "kernel/tag_filter.h"

#include "remoting/tag_hash.h"

#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<api::Verdict> of_entries(const TagFilter& filter, const std::vector<std::string>& tags) {
  std::vector<api::QueueEntry> entries;
  for (const std::string& tag : tags) entries.push_back({.tags_code = remoting::java_string_hash(tag)});
  std::vector<api::Verdict> verdicts(tags.size());
  filter.judge_entries(entries, verdicts);
  return verdicts;
}

api::Verdict of_record(const TagFilter& filter, const std::string& properties) {
  remoting::MessageRecord record;
  record.topic = "T";
  record.body = "b";
  record.properties = properties;
  std::string bytes(remoting::encoded_size(record).value().total(), '\0');
  remoting::encode_to({bytes.data(), bytes.size()}, record).value();
  const auto view = remoting::decode_record(bytes).record;
  api::Verdict verdict{};
  filter.judge({&view, 1}, {&verdict, 1});
  return verdict;
}

TEST(TagExpression, is_read_as_apache_reads_it) {
  EXPECT_THAT(tags_of("*"), IsEmpty());
  EXPECT_THAT(tags_of(""), IsEmpty());
  EXPECT_THAT(tags_of("  "), IsEmpty());
  EXPECT_THAT(tags_of("TagA"), ElementsAre("TagA"));
  EXPECT_THAT(tags_of("TagA || TagB||TagC"), ElementsAre("TagA", "TagB", "TagC"));
  EXPECT_THAT(tags_of(" TagA ||  || TagB || "), ElementsAre("TagA", "TagB"));
  EXPECT_THAT(tags_of("a|b"), ElementsAre("a|b")) << "one bar is a part of a tag";
}

TEST(TagFilter, lets_pass_what_has_one_of_its_tags) {
  const TagFilter filter({"TagB", "TagA"});
  EXPECT_THAT(of_entries(filter, {"TagA", "TagC", "TagB", ""}),
              ElementsAre(api::Verdict::yes, api::Verdict::no, api::Verdict::yes, api::Verdict::no));
  EXPECT_EQ(of_record(filter, "TAGS\x01TagA\x02"), api::Verdict::yes);
  EXPECT_EQ(of_record(filter, "TAGS\x01TagC\x02"), api::Verdict::no);
  EXPECT_EQ(of_record(filter, "KEYS\x01TagA\x02"), api::Verdict::no);
}

TEST(TagFilter, has_each_tag_and_each_hash_once) {
  const TagFilter filter({"TagA", "Aa", "TagA", "BB", "Aa"});
  EXPECT_EQ(filter.tags(), 3U);
  EXPECT_EQ(filter.codes(), 2U) << "Aa and BB have the same";
  EXPECT_EQ(of_record(filter, "TAGS\x01TagA\x02"), api::Verdict::yes);
}

TEST(TagFilter, tells_tags_with_one_hash_apart_by_the_record) {
  ASSERT_EQ(remoting::java_string_hash("Aa"), remoting::java_string_hash("BB"));
  const TagFilter filter({"Aa"});
  EXPECT_THAT(of_entries(filter, {"BB"}), ElementsAre(api::Verdict::yes));
  EXPECT_EQ(of_record(filter,
                      "TAGS\x01"
                      "BB\x02"),
            api::Verdict::no);
}

}  // namespace
}  // namespace gantry::kernel
