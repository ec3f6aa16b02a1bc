#include "remoting/header_fields.h"

#include "remoting/headers/send_message.h"
#include "tests/unit/remoting/heap_count.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::remoting {

// One member of each kind.
struct SampleHeader {
  std::string_view text;
  std::int32_t number = 0;
  std::int64_t large = 0;
  bool flag = false;
  std::int32_t port = 80;
  bool quiet = true;
  std::optional<std::string_view> maybe_text = {};
  std::optional<std::int32_t> maybe_number = {};
  std::optional<bool> maybe_flag = {};

  static constexpr void wire(auto& h, auto&& field) {
    field("text", h.text, {.v2 = "a"});
    field("number", h.number, {.v2 = "b"});
    field("large", h.large);
    field("flag", h.flag, {.v2 = "c"});
    field("port", h.port, {.defaulted = true, .min = 0, .max = 65535});
    field("quiet", h.quiet, {.v2 = "d", .defaulted = true});
    field("maybeText", h.maybe_text);
    field("maybeNumber", h.maybe_number, {.v2 = "e", .min = 1});
    field("maybeFlag", h.maybe_flag);
  }
};

namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using Pairs = std::vector<std::pair<std::string, std::string>>;

class Collected final : public FieldSink {
 public:
  explicit Collected(const HeaderRef& header) { header.write(*this); }
  void put(std::string_view name, std::string_view value) override { pairs.emplace_back(name, value); }
  Pairs pairs;
};

std::vector<Field> minimal() {
  return {{"text", "t"}, {"number", "1"}, {"large", "2"}, {"flag", "true"}};
}

std::vector<Field> with(std::string_view name, std::string_view value) {
  auto fields = minimal();
  fields.push_back({name, value});
  return fields;
}

std::vector<Field> without(std::string_view name) {
  auto fields = minimal();
  std::erase_if(fields, [name](const Field& field) { return field.name == name; });
  return fields;
}

std::string error_of(const std::vector<Field>& fields) {
  const auto header = read_header<SampleHeader>(fields);
  return header ? "no error" : header.error().text();
}

TEST(ReadHeader, fills_each_kind_of_member) {
  auto fields = minimal();
  fields.insert(fields.end(), {{"port", "0"},
                               {"quiet", "false"},
                               {"maybeText", "m"},
                               {"maybeNumber", "2147483647"},
                               {"maybeFlag", "false"}});
  const auto header = read_header<SampleHeader>(fields).value();
  EXPECT_EQ(header.text, "t");
  EXPECT_EQ(header.text.data(), fields[0].value.data());
  EXPECT_EQ(header.number, 1);
  EXPECT_EQ(header.large, 2);
  EXPECT_TRUE(header.flag);
  EXPECT_EQ(header.port, 0);
  EXPECT_FALSE(header.quiet);
  EXPECT_EQ(header.maybe_text, "m");
  EXPECT_EQ(header.maybe_number, 2147483647);
  EXPECT_EQ(header.maybe_flag, false);
}

TEST(ReadHeader, what_may_be_absent_keeps_its_default) {
  const auto header = read_header<SampleHeader>(minimal()).value();
  EXPECT_EQ(header.port, 80);
  EXPECT_TRUE(header.quiet);
  EXPECT_EQ(header.maybe_text, std::nullopt);
  EXPECT_EQ(header.maybe_number, std::nullopt);
  EXPECT_EQ(header.maybe_flag, std::nullopt);
}

TEST(ReadHeader, an_empty_number_or_boolean_that_may_be_absent_is_absent) {
  auto fields = minimal();
  for (const char* name : {"port", "quiet", "maybeText", "maybeNumber", "maybeFlag"})
    fields.push_back({name, ""});
  const auto header = read_header<SampleHeader>(fields).value();
  EXPECT_EQ(header.port, 80);
  EXPECT_TRUE(header.quiet);
  EXPECT_EQ(header.maybe_text, "");
  EXPECT_EQ(header.maybe_number, std::nullopt);
  EXPECT_EQ(header.maybe_flag, std::nullopt);
}

TEST(ReadHeader, takes_any_order_and_passes_over_what_it_does_not_declare) {
  const std::vector<Field> fields{{"bname", "x"}, {"flag", "false"}, {"large", "-9"}, {"", "empty"},
                                  {"texts", "y"}, {"number", "3"},   {"text", "t"},   {"maybeNumber", "7"}};
  const auto header = read_header<SampleHeader>(fields).value();
  EXPECT_EQ(header.text, "t");
  EXPECT_EQ(header.number, 3);
  EXPECT_EQ(header.large, -9);
  EXPECT_FALSE(header.flag);
  EXPECT_EQ(header.maybe_number, 7);
}

TEST(ReadHeader, of_two_fields_with_one_name_the_last_counts) {
  EXPECT_EQ(read_header<SampleHeader>(with("number", "5")).value().number, 5);
  auto fields = with("number", "5");
  fields[1].value = "not a number";
  EXPECT_EQ(read_header<SampleHeader>(fields).value().number, 5);
}

TEST(ReadHeader, reads_integers_to_their_limits) {
  for (const char* text : {"-2147483648", "2147483647", "0", "-0", "007", "000000000000000000000012"})
    EXPECT_EQ(read_header<SampleHeader>(with("number", text)).value().number, std::stoll(text)) << text;
  using Limits = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(read_header<SampleHeader>(with("large", "-9223372036854775808")).value().large, Limits::min());
  EXPECT_EQ(read_header<SampleHeader>(with("large", "9223372036854775807")).value().large, Limits::max());
  EXPECT_EQ(read_header<SampleHeader>(with("large", "999999999999999999")).value().large, 999999999999999999);
  EXPECT_EQ(read_header<SampleHeader>(with("large", "-99999999999999999")).value().large, -99999999999999999);
}

TEST(ReadHeader, reads_booleans_as_java_and_old_cpp_clients_write_them) {
  for (const char* text : {"true", "TRUE", "True", "1"})
    EXPECT_TRUE(read_header<SampleHeader>(with("flag", text)).value().flag) << text;
  for (const char* text : {"false", "FALSE", "False", "0"})
    EXPECT_FALSE(read_header<SampleHeader>(with("flag", text)).value().flag) << text;
}

TEST(ReadHeader, says_what_is_missing) {
  EXPECT_EQ(error_of(without("text")), "header field text is missing");
  EXPECT_EQ(error_of(without("number")), "header field number is missing");
  EXPECT_EQ(error_of(without("large")), "header field large is missing");
  EXPECT_EQ(error_of(without("flag")), "header field flag is missing");
  EXPECT_EQ(error_of({}), "header field text is missing");
}

TEST(ReadHeader, says_what_is_no_integer) {
  const auto expected = [](const std::string& value) {
    return "header field number is " + value + ", not an integer from -2147483648 to 2147483647";
  };
  for (const char* text : {"", "-", "+1", "1.0", "1e3", " 1", "1 ", "0x10", "--1", "1-", "null", "１"})
    EXPECT_EQ(read_header<SampleHeader>(with("number", text)).error().kind, FieldError::Kind::not_an_integer)
        << text;
  EXPECT_EQ(error_of(with("number", "abc")), expected(R"("abc")"));
  EXPECT_EQ(error_of(with("number", "")), expected(R"("")"));
  EXPECT_EQ(error_of(with("number", "1\n\"")), expected(R"("1\x0a\x22")"));
  EXPECT_EQ(error_of(with("number", std::string(3000, '7') + "x")),
            expected('"' + std::string(64, '7') + "\"... (3001 bytes)"));
}

TEST(ReadHeader, says_what_is_out_of_range) {
  EXPECT_EQ(error_of(with("number", "2147483648")),
            R"(header field number is "2147483648", not an integer from -2147483648 to 2147483647)");
  EXPECT_EQ(error_of(with("large", "9223372036854775808")),
            R"(header field large is "9223372036854775808", not an integer from -9223372036854775808 to )"
            "9223372036854775807");
  EXPECT_EQ(error_of(with("port", "65536")),
            R"(header field port is "65536", not an integer from 0 to 65535)");
  EXPECT_EQ(error_of(with("port", "-1")), R"(header field port is "-1", not an integer from 0 to 65535)");
  EXPECT_EQ(error_of(with("maybeNumber", "0")),
            R"(header field maybeNumber is "0", not an integer from 1 to 2147483647)");
  EXPECT_EQ(read_header<SampleHeader>(with("port", "65536")).error().kind, FieldError::Kind::out_of_range);
  EXPECT_EQ(read_header<SampleHeader>(with("large", "-9223372036854775809")).error().kind,
            FieldError::Kind::out_of_range);
}

TEST(ReadHeader, says_what_is_no_boolean) {
  for (const char* text : {"yes", "", "2", "tru", "truee", "01"})
    EXPECT_EQ(error_of(with("flag", text)),
              "header field flag is \"" + std::string(text) + "\", not true or false");
}

TEST(ReadHeader, reports_the_first_declared_field_that_is_wrong) {
  EXPECT_EQ(error_of({{"flag", "x"}, {"large", "x"}, {"text", "t"}}), "header field number is missing");
}

TEST(ReadHeaderV2, reads_the_letters_and_leaves_other_members_alone) {
  const std::vector<Field> fields{{"a", "t"},     {"b", "5"}, {"c", "true"},
                                  {"d", "false"}, {"e", "6"}, {"large", "7"}};
  const auto header = read_header_v2<SampleHeader>(fields).value();
  EXPECT_EQ(header.text, "t");
  EXPECT_EQ(header.number, 5);
  EXPECT_TRUE(header.flag);
  EXPECT_FALSE(header.quiet);
  EXPECT_EQ(header.maybe_number, 6);
  EXPECT_EQ(header.large, 0);
  EXPECT_EQ(header.port, 80);
}

TEST(ReadHeaderV2, its_errors_name_the_letter_and_the_field) {
  const auto error = [](std::vector<Field> fields) {
    return read_header_v2<SampleHeader>(fields).error().text();
  };
  EXPECT_EQ(error({{"text", "t"}}), "header field a (text) is missing");
  EXPECT_EQ(error({{"a", "t"}, {"b", "x"}}),
            R"(header field b (number) is "x", not an integer from -2147483648 to 2147483647)");
  EXPECT_EQ(error({{"a", "t"}, {"b", "1"}, {"c", "x"}}),
            R"(header field c (flag) is "x", not true or false)");
}

TEST(ReadHeader, its_error_is_thrown_by_value) {
  EXPECT_THROW(
      try { read_header<SampleHeader>({}).value(); } catch (const std::exception& error) {
        EXPECT_STREQ(error.what(), "header field text is missing");
        throw;
      },
      std::invalid_argument);
}

const SampleHeader kSample{.text = "t", .number = -1, .large = 1LL << 40, .flag = true, .maybe_number = 9};

TEST(HeaderRef, writes_in_order_of_declaration_and_leaves_absent_fields_out) {
  EXPECT_THAT(
      Collected(kSample).pairs,
      ElementsAre(Pair("text", "t"), Pair("number", "-1"), Pair("large", "1099511627776"),
                  Pair("flag", "true"), Pair("port", "80"), Pair("quiet", "true"), Pair("maybeNumber", "9")));
}

TEST(HeaderRef, writes_letters_only_in_the_one_letter_form) {
  EXPECT_THAT(
      Collected(HeaderRef::v2(kSample)).pairs,
      ElementsAre(Pair("a", "t"), Pair("b", "-1"), Pair("c", "true"), Pair("d", "true"), Pair("e", "9")));
}

TEST(HeaderRef, writes_the_limits_of_integers) {
  using Limits = std::numeric_limits<std::int64_t>;
  const SendMessageResponseHeader header{
      .msg_id = "", .queue_id = -2147483647 - 1, .queue_offset = Limits::min()};
  EXPECT_THAT(Collected(header).pairs, ElementsAre(Pair("msgId", ""), Pair("queueId", "-2147483648"),
                                                   Pair("queueOffset", "-9223372036854775808")));
}

TEST(HeaderRef, an_empty_one_writes_nothing) {
  EXPECT_TRUE(HeaderRef().empty());
  EXPECT_FALSE(HeaderRef(kSample).empty());
  EXPECT_TRUE(Collected(HeaderRef()).pairs.empty());
}

TEST(ReadHeader, does_not_allocate_not_even_to_fail) {
  if (!heap_is_counted()) GTEST_SKIP() << "allocations are not counted in this build";
  const auto good = minimal();
  const auto bad = with("port", "99999");
  const auto before = heap_allocations();
  EXPECT_TRUE(read_header<SampleHeader>(good).has_value());
  EXPECT_TRUE(read_header<SampleHeader>(bad).has_error());
  EXPECT_EQ(heap_allocations(), before);
}

}  // namespace
}  // namespace gantry::remoting
