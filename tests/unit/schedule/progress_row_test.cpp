#include "plugins/schedule/progress_row.h"

#include <string>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

TEST(ProgressRow, is_written_in_the_bytes_that_are_on_disks) {
  ProgressRow row{.number = 12, .levels = {}};
  row.levels[api::QueueId{0}] = {{5}, {900}};
  row.levels[api::QueueId{17}] = {{0}, {0}};
  EXPECT_EQ(to_text(row), "12\n0 5 900\n17 0 0\n");
  EXPECT_EQ(read_progress_row(to_text(row)).value(), row);
  EXPECT_EQ(read_progress_row("3\n").value(), (ProgressRow{.number = 3, .levels = {}}));
}

TEST(ProgressRow, that_is_none_is_refused_with_its_place) {
  EXPECT_EQ(read_progress_row("").error().text, "a line of numbers was expected at byte 0");
  EXPECT_EQ(read_progress_row("12\n0 5\n").error().text, "a line of numbers was expected at byte 5");
  for (const char* wrong : {"12", "x\n", "-1\n", "1\n0 1 2", "1\n0 1 2 \n", "1\n-1 1 2\n", "1\n0 -1 2\n",
                            "1\n4294967296 1 2\n", "1\n\n", "99999999999999999999\n"})
    EXPECT_FALSE(read_progress_row(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace gantry::schedule
