// The tools on a real directory: the simulated disk has the details (store_check_test.cpp and its like).
#include "plugins/store-mmap/store_tools.h"

#include "logging/capturing_logger.h"
#include "plugins/store-mmap/posix_file_system.h"
#include "plugins/store-mmap/store.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/opened_store.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class StoreToolsOnADisk : public testing::Test {
 protected:
  void open() {
    lanes_.emplace(1, clock_);
    store_.emplace(without_watching(), root_, Store::Surroundings{files_, *lanes_, clock_, log_});
    store_->open();
    store_->start();
  }
  void append(int count) {
    for (int i = 0; i < count; ++i) {
      auto told = std::make_shared<Told>();
      store_->append(std::make_unique<TestBurst>(
          std::vector<TestMessage>{
              {.topic = "orders", .body = std::string(300, 'b'), .properties = "KEYS\x01k"}},
          told));
      ASSERT_TRUE(lanes_->run_until([&] { return told->stored.has_value(); }, 1min));
    }
  }
  void close() {
    lanes_->stop();
    store_->close();
    store_.reset();
  }

  // Everything there is in the directory: when it was changed, and the bytes.
  std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
      std::string content = std::to_string(entry.last_write_time().time_since_epoch().count());
      if (entry.is_regular_file()) {
        std::ifstream file(entry.path(), std::ios::binary);
        content += std::string(std::istreambuf_iterator<char>(file), {});
      }
      all[entry.path().string()] = content;
    }
    all[""] = std::to_string(std::filesystem::last_write_time(root_).time_since_epoch().count());
    return all;
  }

  std::vector<api::StoreFinding> check() {
    std::vector<api::StoreFinding> findings;
    checked_ =
        tools_.check(root_, [&](const api::StoreFinding& finding) { findings.push_back(finding); }, {});
    return findings;
  }

  kernel::TemporaryFolder folder_;
  const std::filesystem::path root_ = folder_.path() / "store";
  api::testing::ManualClock clock_;
  logging::CapturingLogger log_;
  PosixFileSystem files_;
  std::optional<SimulatedLanes> lanes_;
  std::optional<Store> store_;
  ClosedStoreTools tools_{files_, layout_of(small_files())};
  std::optional<api::Result<api::StoreCheckReport>> checked_;
};

TEST_F(StoreToolsOnADisk, find_nothing_wrong_and_change_nothing) {
  open();
  append(100);
  close();
  const auto before = everything();
  EXPECT_THAT(check(), IsEmpty());
  EXPECT_EQ(checked_->value().messages, 100);
  EXPECT_EQ(tools_.stat(root_).value().queue_entries, 100);
  std::int64_t bytes = 0;
  const auto copied = tools_.copy(
      root_, {.topic = "orders"}, api::StoreForm::records,
      [&](std::string_view record) {
        bytes += static_cast<std::int64_t>(record.size());
        return true;
      },
      [](const auto&) { ADD_FAILURE(); }, {});
  EXPECT_EQ(copied.value(), 100);
  EXPECT_GT(bytes, 100 * 300);
  EXPECT_EQ(tools_.dump_queue(root_, "orders", api::QueueId{0}, {}, [](auto) { return true; }).value(), 100);
  EXPECT_EQ(everything(), before);
}

TEST_F(StoreToolsOnADisk, find_damage_and_change_nothing) {
  open();
  append(100);
  close();
  std::fstream(root_ / "commitlog" / "00000000000000000000", std::ios::in | std::ios::out | std::ios::binary)
      .seekp(5000)
      .put('!');
  std::filesystem::remove(root_ / "consumequeue" / "orders" / "0" / "00000000000000000320");
  std::ofstream(root_ / "abort").put('x');
  const auto before = everything();
  std::vector<std::string> files;
  for (const auto& finding : check()) files.push_back(finding.file.filename().string());
  EXPECT_THAT(files, ElementsAre("abort", "0", "00000000000000000000"));
  EXPECT_EQ(checked_->value().damage, 1);
  EXPECT_EQ(everything(), before);
}

TEST_F(StoreToolsOnADisk, leave_a_store_alone_that_is_in_use) {
  open();
  append(3);
  const auto before = everything();
  check();
  EXPECT_THAT(checked_->error().text, StartsWith("the store directory " + root_.string() +
                                                 " is in use: " + (root_ / "lock").string() +
                                                 " is locked by another store. Stop that broker first"));
  EXPECT_FALSE(tools_.stat(root_));
  EXPECT_EQ(everything(), before);
  close();
  EXPECT_TRUE(tools_.stat(root_));
}

TEST_F(StoreToolsOnADisk, make_no_directory) {
  EXPECT_FALSE(tools_.stat(root_));
  EXPECT_FALSE(std::filesystem::exists(root_));
}

}  // namespace
}  // namespace gantry::store
