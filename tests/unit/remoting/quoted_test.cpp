#include "remoting/quoted.h"

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

using namespace std::string_view_literals;

TEST(Quoted, leaves_printable_text_as_it_is) {
  EXPECT_EQ(quoted("TopicA 'x' %RETRY%~"), R"("TopicA 'x' %RETRY%~")");
  EXPECT_EQ(quoted(""), R"("")");
}

TEST(Quoted, writes_what_could_break_a_line_or_the_quotes_as_hex) {
  EXPECT_EQ(quoted("a\"b\\c\n\0\x7f中"sv), R"("a\x22b\x5cc\x0a\x00\x7f\xe4\xb8\xad")");
}

TEST(Quoted, shows_the_start_of_a_long_text_and_its_length) {
  EXPECT_EQ(quoted(std::string(64, 'a')), '"' + std::string(64, 'a') + '"');
  EXPECT_EQ(quoted(std::string(65, 'a')), '"' + std::string(64, 'a') + "\"... (65 bytes)");
  EXPECT_EQ(quoted("abcdef", 2), R"("ab"... (6 bytes))");
}

}  // namespace
}  // namespace gantry::remoting
