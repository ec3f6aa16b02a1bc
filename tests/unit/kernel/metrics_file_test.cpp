#include "kernel/metrics_file.h"

#include "tests/unit/kernel/temporary_folder.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using testing::HasSubstr;

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(MetricsFile, holds_the_last_figures_and_leaves_nothing_beside_it) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "gantry.prom";
  EXPECT_EQ(write_metrics_file(file, "a 1\nb 2\n"), std::nullopt);
  EXPECT_EQ(write_metrics_file(file, "a 2\n"), std::nullopt);
  EXPECT_EQ(content_of(file), "a 2\n");
  const auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(MetricsFile, says_why_it_cannot_be_written) {
  EXPECT_THAT(write_metrics_file("/nowhere/at/all.prom", "").value(),
              HasSubstr("metrics_file is /nowhere/at/all.prom, but it cannot be written: No such file"));
  const TemporaryFolder folder;
  const auto taken = folder.path() / "taken";
  std::filesystem::create_directory(taken);
  EXPECT_THAT(write_metrics_file(taken, "").value(), HasSubstr("but it cannot be replaced: "));
}

}  // namespace
}  // namespace gantry::kernel
