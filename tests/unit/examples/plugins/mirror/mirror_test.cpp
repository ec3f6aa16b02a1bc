#include "kernel/api/testing/memory_raw_log.h"
#include "tests/unit/examples/load_example.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using remoting::ResponseCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

namespace fs = std::filesystem;

constexpr auto kFirst = "00000000000000000000", kSecond = "00000000000000001024",
               kThird = "00000000000000002048";

class MirrorExample : public ::testing::Test {
 protected:
  MirrorExample() { begin_broker(); }
  ~MirrorExample() override {
    host_.reset();
    fs::remove_all(dir_);
  }

  void start() {
    host_.reset();
    host_.emplace(*context_, example("mirror"));
  }
  void crash() {
    context_->crash();
    begin_broker();
  }
  // Four of them fill a file of 1 KiB.
  void add(std::string_view text) {
    const std::string body = std::string(text) + std::string(100, '.');
    log_.add({{.body = body, .topic = "orders"}});
  }
  static bool safe(const TestHost::Held& held) { return *held && (*held)->has_value(); }
  static Refusal why(const TestHost::Held& held) { return (*held)->error(); }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(copy_)) all.push_back(entry.path().filename());
    std::ranges::sort(all);
    return all;
  }
  std::string copied() const {
    std::string all;
    for (const auto& name : names()) {
      std::ifstream file(copy_ / name, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }
  void append_to(const std::string& name, std::string_view bytes) {
    std::ofstream(copy_ / name, std::ios::binary | std::ios::app) << bytes;
  }

  const fs::path dir_ = fs::temp_directory_path() / ("gantry-mirror-" + std::to_string(::getpid()));
  const fs::path copy_ = dir_ / "mirror";
  MemoryRawLog log_{ByteSize(1024)};
  std::optional<TestContext> context_;
  std::optional<TestHost> host_;

 private:
  void begin_broker() {
    host_.reset();
    context_.emplace(dir_);
    context_->with_raw_log(log_);
  }
};

TEST_F(MirrorExample, copies_what_the_log_has_and_what_comes) {
  add("before");
  start();
  EXPECT_EQ(copied(), log_.bytes());
  add("after");
  context_->settle();
  EXPECT_EQ(copied(), log_.bytes());
  EXPECT_EQ(context_->metrics().counter_value("copied_bytes_total"), log_.bytes().size());
}

TEST_F(MirrorExample, agrees_to_an_acknowledgement_once_the_copy_has_the_message) {
  start();
  add("one");
  const auto held = host_->hold(log_.end());
  EXPECT_TRUE(safe(held));
  EXPECT_EQ(copied(), log_.bytes());
  const auto not_shown_yet = host_->hold(log_.end() + 1);
  EXPECT_FALSE(*not_shown_yet);
  add("two");
  context_->settle();
  EXPECT_TRUE(safe(not_shown_yet));
}

TEST_F(MirrorExample, begins_its_files_where_the_log_does_and_keeps_what_the_log_keeps) {
  start();
  for (int i = 0; i < 10; ++i) add("message");
  context_->settle();
  EXPECT_THAT(names(), ElementsAre(kFirst, kSecond, kThird));
  EXPECT_EQ(copied(), log_.bytes());
  log_.remove_before({1024});
  add("message");
  context_->settle();
  EXPECT_THAT(names(), ElementsAre(kSecond, kThird));
}

TEST_F(MirrorExample, goes_on_after_a_restart_where_the_copy_ends) {
  start();
  for (int i = 0; i < 6; ++i) add("message");
  crash();
  for (int i = 0; i < 6; ++i) add("meanwhile");
  start();
  EXPECT_EQ(copied(), log_.bytes());
}

TEST_F(MirrorExample, writes_again_what_a_crash_has_torn) {
  start();
  add("one");
  context_->settle();
  crash();
  append_to(kFirst, std::string(50, '\0'));
  add("two");
  start();
  EXPECT_EQ(copied(), log_.bytes());
}

TEST_F(MirrorExample, does_not_touch_what_only_the_copy_has) {
  start();
  add("one");
  const auto end = log_.end();
  add("two");
  context_->settle();
  const std::string before = copied();
  crash();
  log_.truncate(end).value();
  EXPECT_THAT([this] { start(); },
              ThrowsMessage<std::runtime_error>(HasSubstr("that the log does not have")));
  EXPECT_EQ(copied(), before);
}

TEST_F(MirrorExample, refuses_with_the_reason_when_the_copy_cannot_be_written) {
  start();
  fs::remove_all(copy_);
  std::ofstream(copy_) << "in the way";
  for (int i = 0; i < 6; ++i) add("message");
  const auto held = host_->hold(log_.end());
  ASSERT_TRUE(*held);
  EXPECT_EQ(why(held).code, ResponseCode::slave_not_available);
  EXPECT_THAT(why(held).text, HasSubstr("not in the copy, but in the log: open failed for "));
  EXPECT_EQ(context_->log().count("the log cannot be copied; it is tried again with each message"), 1u);

  fs::remove(copy_);
  fs::create_directory(copy_);
  add("again");
  EXPECT_TRUE(safe(host_->hold(log_.end())));
  EXPECT_EQ(context_->log().count("the log is copied again"), 1u);
}

TEST_F(MirrorExample, leaves_nobody_waiting_when_the_broker_stops) {
  start();
  const auto held = host_->hold({100'000});
  host_.reset();
  ASSERT_TRUE(*held);
  EXPECT_THAT(why(held).text, HasSubstr("the broker is stopping"));
  EXPECT_EQ(context_->misused_completions, 0);
}

}  // namespace
}  // namespace gantry::api::testing
