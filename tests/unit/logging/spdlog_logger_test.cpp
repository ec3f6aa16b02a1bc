#include "logging/spdlog_logger.h"

#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::logging {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;

class SpdlogFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string made = (fs::temp_directory_path() / "gantry-log-XXXXXX").string();
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    directory_ = made;
    setting_.program = "namesrv";
    setting_.file = directory_ / "namesrv.log";
  }
  void TearDown() override { fs::remove_all(directory_); }

  std::unique_ptr<SpdlogLogger> open() { return std::move(SpdlogLogger::open(setting_)).value(); }

  static std::vector<std::string> lines_of(const fs::path& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  fs::path directory_;
  LogSetting setting_;
};

TEST_F(SpdlogFile, has_each_line_as_soon_as_it_is_logged) {
  const auto log = open();
  log->info("started", {{"port", 9876}});
  const auto lines = lines_of(setting_.file);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], EndsWith(" INFO  started  port=9876"));
}

TEST_F(SpdlogFile, has_one_json_object_a_line_when_asked) {
  setting_.format = Format::json;
  const auto log = open();
  log->named("remoting")->warn("frame refused", {{"reason", "{}\n%v {0}"}});
  const auto lines = lines_of(setting_.file);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0],
              EndsWith(R"("logger":"namesrv.remoting","message":"frame refused","reason":"{}\n%v {0}"})"));
}

TEST_F(SpdlogFile, holds_only_lines_of_the_level_and_the_level_moves_for_all_parts_at_once) {
  const auto log = open();
  const auto part = log->named("routes")->named("scan");
  part->debug("not yet");
  log->set_level(Level::debug);
  part->debug("now");
  log->set_level(Level::error);
  part->warn("no more");
  EXPECT_FALSE(part->enabled(Level::warn));
  const auto lines = lines_of(setting_.file);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("DEBUG routes.scan: now"));
}

TEST_F(SpdlogFile, is_rotated_and_old_ones_are_dropped) {
  setting_.file_bytes = 200;
  setting_.old_files = 2;
  const auto log = open();
  for (int i = 0; i < 40; ++i) log->info("a line that is about fifty bytes long", {{"i", i}});
  EXPECT_TRUE(fs::exists(directory_ / "namesrv.log"));
  EXPECT_TRUE(fs::exists(directory_ / "namesrv.1.log"));
  EXPECT_TRUE(fs::exists(directory_ / "namesrv.2.log"));
  EXPECT_FALSE(fs::exists(directory_ / "namesrv.3.log"));
  for (const auto& file : fs::directory_iterator(directory_)) EXPECT_LE(fs::file_size(file), 200u);
}

TEST_F(SpdlogFile, that_cannot_be_opened_is_a_sentence) {
  std::ofstream(directory_ / "plain") << "x";
  setting_.file = directory_ / "plain" / "namesrv.log";
  const auto log = SpdlogLogger::open(setting_);
  ASSERT_TRUE(log.has_error());
  EXPECT_THAT(log.error().text,
              testing::StartsWith("log file " + setting_.file.string() + " cannot be opened: "));
}

TEST_F(SpdlogFile, keeps_lines_of_many_threads_whole) {
  const auto log = open();
  const std::string body(300, 'x');
  std::vector<std::jthread> writers;
  for (int t = 0; t < 4; ++t)
    writers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) log->info("line", {{"body", body}});
    });
  writers.clear();
  const auto lines = lines_of(setting_.file);
  EXPECT_EQ(lines.size(), 400u);
  for (const auto& line : lines) EXPECT_THAT(line, EndsWith(" INFO  line  body=" + body));
}

TEST(SpdlogStderr, is_the_default) {
  testing::internal::CaptureStderr();
  const auto log = std::move(SpdlogLogger::open({.program = "namesrv"})).value();
  log->error("cannot listen", {{"address", "127.0.0.1:9876"}});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              EndsWith(" ERROR cannot listen  address=127.0.0.1:9876\n"));
}

}  // namespace
}  // namespace gantry::logging
