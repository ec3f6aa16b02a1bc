#include "remoting/language.h"

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

TEST(Language, ordinals_and_names_lead_to_each_other) {
  for (int ordinal = 0; ordinal <= 13; ++ordinal) {
    const Language language = language_of(ordinal);
    EXPECT_EQ(static_cast<int>(language), ordinal);
    EXPECT_EQ(language_of(name_of(language)), language);
  }
  EXPECT_EQ(name_of(Language::java), "JAVA");
  EXPECT_EQ(name_of(Language::dotnet), "DOTNET");
  EXPECT_EQ(name_of(Language::other), "OTHER");
  EXPECT_EQ(name_of(Language::go), "GO");
  EXPECT_EQ(name_of(Language::node_js), "NODE_JS");
}

TEST(Language, what_is_not_known_is_other) {
  EXPECT_EQ(language_of(14), Language::other);
  EXPECT_EQ(language_of(-1), Language::other);
  EXPECT_EQ(language_of(std::int64_t{1} << 40), Language::other);
  EXPECT_EQ(language_of("COBOL"), Language::other);
  EXPECT_EQ(language_of("java"), Language::other);
  EXPECT_EQ(language_of(""), Language::other);
  EXPECT_EQ(name_of(static_cast<Language>(200)), "OTHER");
}

}  // namespace
}  // namespace gantry::remoting
