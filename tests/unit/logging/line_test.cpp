#include "logging/line.h"

#include "remoting/byte_size.h"

#include <cstdlib>
#include <ctime>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::logging {
namespace {

using namespace std::chrono_literals;

// 2026-11-24 10:12:13.123 UTC.
constexpr std::chrono::system_clock::time_point kTime{std::chrono::milliseconds(1795515133123)};

class LogLine : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }

  static Line line(std::string_view message, std::span<const LogField> fields) {
    return Line{kTime, Level::warn, "namesrv", "remoting", message, fields};
  }
  static std::string human(std::string_view message, const std::vector<LogField>& fields = {}) {
    std::string out;
    append_human(out, line(message, fields));
    return out;
  }
  static std::string json(std::string_view message, const std::vector<LogField>& fields = {}) {
    std::string out;
    append_json(out, line(message, fields));
    return out;
  }
  static std::string human_value(FieldValue value) {
    std::string out;
    append_value(out, value);
    return out;
  }
  static std::string json_field(const LogField& field) {
    const auto text = json("m", {field});
    const std::string head =
        R"({"time":"2026-11-24T10:12:13.123Z","level":"warn","logger":"namesrv.remoting","message":"m",)";
    EXPECT_TRUE(text.starts_with(head)) << text;
    return text.substr(head.size(), text.size() - head.size() - 1);
  }
};

TEST_F(LogLine, is_for_humans_time_level_message_and_fields) {
  EXPECT_EQ(human("connection closed", {{"peer", "127.0.0.1:10911"}, {"silent", 120s}}),
            "2026-11-24 10:12:13.123 WARN  remoting: connection closed  peer=127.0.0.1:10911 silent=120s");
}

TEST_F(LogLine, of_the_program_itself_names_no_part) {
  std::string out;
  append_human(out, Line{kTime, Level::info, "namesrv", "", "started", {}});
  EXPECT_EQ(out, "2026-11-24 10:12:13.123 INFO  started");
}

TEST_F(LogLine, is_in_json_one_object_with_typed_fields) {
  EXPECT_EQ(
      json("connection closed",
           {{"peer", "127.0.0.1:10911"}, {"silent", 120s}, {"tls", false}, {"code", -3}}),
      R"({"time":"2026-11-24T10:12:13.123Z","level":"warn","logger":"namesrv.remoting",)"
      R"("message":"connection closed","peer":"127.0.0.1:10911","silent_seconds":120,"tls":false,"code":-3})");
}

TEST_F(LogLine, writes_a_time_in_the_largest_unit_it_reaches) {
  EXPECT_EQ(human_value(120s), "120s");
  EXPECT_EQ(human_value(std::chrono::nanoseconds(1234567890)), "1.235s");
  EXPECT_EQ(human_value(250ms), "250ms");
  EXPECT_EQ(human_value(12500us), "12.5ms");
  EXPECT_EQ(human_value(31us), "31us");
  EXPECT_EQ(human_value(7ns), "7ns");
  EXPECT_EQ(human_value(0ns), "0s");
  EXPECT_EQ(human_value(std::chrono::nanoseconds::min()), "-9223372036.855s");
  EXPECT_EQ(json_field({"took", 12500us}), R"("took_seconds":0.0125)");
}

TEST_F(LogLine, writes_a_size_with_its_unit) {
  EXPECT_EQ(human("m", {{"frame", ByteSize::mib(16)}, {"body", ByteSize(1500)}, {"none", ByteSize(0)}}),
            "2026-11-24 10:12:13.123 WARN  remoting: m  frame=16MiB body=1500B none=0B");
  EXPECT_EQ(json_field({"frame", ByteSize::mib(16)}), R"("frame_bytes":16777216)");
}

TEST_F(LogLine, writes_numbers_whole) {
  EXPECT_EQ(json_field({"n", std::numeric_limits<std::uint64_t>::max()}), R"("n":18446744073709551615)");
  EXPECT_EQ(json_field({"n", std::numeric_limits<std::int64_t>::min()}), R"("n":-9223372036854775808)");
  EXPECT_EQ(json_field({"n", 0.25}), R"("n":0.25)");
  EXPECT_EQ(json_field({"n", std::numeric_limits<double>::infinity()}), R"("n":null)");
}

TEST_F(LogLine, cannot_be_ended_by_text_from_outside) {
  struct Case {
    std::string_view text, human, json;
  };
  const Case cases[] = {
      {"a\nb", R"("a\nb")", R"("a\nb")"},
      {"a\r\tb", R"("a\r\tb")", R"("a\r\tb")"},
      {std::string_view("a\0b", 3), R"("a\u0000b")", R"("a\u0000b")"},
      {"\x1b[31mred", R"("\u001b[31mred")", R"("\u001b[31mred")"},
      {"\x7f", R"(\u007f)", R"("\u007f")"},
      {"\xc2\x9b"
       "31m",
       R"(\u009b31m)", R"("\u009b31m")"},
      {"a\xe2\x80\xa8z", R"(a\u2028z)", R"("a\u2028z")"},
      {"caf\xc3\xa9", "caf\xc3\xa9", "\"caf\xc3\xa9\""},
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
      {"\xff\xfe", R"(\xff\xfe)", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {"cut\xe2\x80", R"(cut\xe2\x80)", "\"cut\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xc0\xaf", R"(\xc0\xaf)", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                      // overlong '/'
      {"\xed\xa0\x80", R"(\xed\xa0\x80)", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},  // a surrogate
  };
  for (const auto& [text, in_human, in_json] : cases) {
    EXPECT_EQ(human_value(text), in_human);
    EXPECT_EQ(json_field({"v", text}), "\"v\":" + std::string(in_json));
  }
  EXPECT_EQ(human("two\nlines"), "2026-11-24 10:12:13.123 WARN  remoting: two\\nlines");
  EXPECT_NE(json("two\nlines").find(R"("message":"two\nlines")"), std::string::npos);
}

TEST_F(LogLine, keeps_one_value_from_passing_for_two_fields) {
  EXPECT_EQ(human_value("x level=error"), R"("x level=error")");
  EXPECT_EQ(human_value(""), R"("")");
  EXPECT_EQ(human_value(R"(say "hi")"), R"("say \"hi\"")");
  EXPECT_EQ(human_value(R"(C:\n)"), R"("C:\\n")");
  EXPECT_EQ(json_field({"message", "x"}), R"("field_message":"x")");
  EXPECT_EQ(json_field({"a\"b", 1}), R"("a\"b":1)");
}

}  // namespace
}  // namespace gantry::logging
