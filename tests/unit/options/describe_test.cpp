#include "options/describe.h"

#include "tests/unit/options/sample_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::options {
namespace {

using testing::HasSubstr;

TEST(DescribedOptions, as_text_say_what_they_take_and_how_they_change) {
  const auto text = describe_text(sample_schema());
  EXPECT_THAT(text, HasSubstr("expiry  (default: \"2m\")\n"
                              "    Silence before removal.\n"
                              "    duration, 1s to 1d; changes while running, also by wire\n"
                              "    Apache: maxIdleSeconds (whole numbers of seconds)\n"));
  EXPECT_THAT(text, HasSubstr("title  (default: \"sample\")\n"
                              "    Title.\n"
                              "    text; changes by restart\n"));
}

TEST(DescribedOptions, as_markdown_are_one_table_row_each) {
  const auto text = describe_markdown(sample_schema());
  EXPECT_THAT(text,
              HasSubstr("| `listen` | `\"0.0.0.0:9876\"` | host:port | by restart | Address to listen on. | "
                        "`listenPort` (the port) |\n"));
  EXPECT_THAT(text, HasSubstr("| `threads` | `4` | whole number, 1 to 64 | while running | Threads. |  |\n"));
  EXPECT_THAT(
      text,
      HasSubstr("| `colour` | `\"red\"` | red, green or blue | while running, also by wire | Colour \\| of "
                "the roof. | `roof.mode` (rot is red, gruen is green, blau is blue) |\n"));
  EXPECT_THAT(text,
              HasSubstr("| `data_dir` | /var/lib/sample, or so | path | by restart | Where data lives. | "
                        "`storePath` |\n"));
  EXPECT_THAT(text, HasSubstr("| `token` | none | text | by restart | Shared secret. | `sharedToken` |\n"));
  EXPECT_THAT(text, HasSubstr("| `workerThreads` | threads: see threads |\n"));
}

}  // namespace
}  // namespace gantry::options
