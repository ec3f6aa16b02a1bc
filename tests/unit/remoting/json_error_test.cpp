#include "remoting/json_error.h"

#include "logging/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

TEST(Printable, shows_text_as_it_is) {
  EXPECT_EQ(printable("orders"), "orders");
  EXPECT_EQ(printable("Gr\xc3\xb6\xc3\x9f"
                      "e"),
            "Gr\xc3\xb6\xc3\x9f"
            "e");
}

TEST(Printable, shows_what_moves_a_cursor_as_question_marks) {
  EXPECT_EQ(printable("a\nb\x7f\xc2\x9b"), "a?b??");
}

TEST(Printable, is_utf8_whatever_it_is_given) {
  EXPECT_EQ(printable("a\xff\xfe"), "a??");
  for (std::size_t before = 0; before < 30; ++before) {
    const std::string text = std::string(before, 'x') + "\xe2\x82\xac\xe2\x82\xac\xe2\x82";
    EXPECT_TRUE(logging::is_utf8(printable(text))) << before;
  }
}

TEST(Printable, says_that_there_was_more) {
  EXPECT_EQ(printable(std::string(24, 'x')), std::string(24, 'x'));
  EXPECT_EQ(printable(std::string(25, 'x')), std::string(24, 'x') + "...");
}

}  // namespace
}  // namespace gantry::remoting
