#include "kernel/api/raw_log.h"
#include "plugins/store-mmap/log_files.h"
#include "plugins/store-mmap/posix_file_system.h"
#include "plugins/store-mmap/store.h"
#include "remoting/byte_order.h"
#include "remoting/message_record.h"
#include "tests/unit/kernel/temporary_folder.h"
#include "tests/unit/store-mmap/opened_store.h"
#include "tests/unit/store-mmap/running_store.h"

#include <chrono>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<TestMessage> hundred_messages() {
  std::vector<TestMessage> messages;
  for (int i = 0; i < 100; ++i) messages.push_back({.body = std::to_string(i)});
  return messages;
}

TEST(RawLog, takes_a_log_from_another_broker_as_it_is) {
  OpenedStore source;
  for (int i = 0; i < 4; ++i) source.append(hundred_messages());
  OpenedStore copy(small_files(), 99);
  for (api::LogOffset at{0}; at < source.store->end();) {
    const auto slice = static_cast<api::RawLog&>(*source.store).read(at, ByteSize::kib(1)).value();
    ASSERT_FALSE(slice.bytes.empty());
    std::optional<api::Result<void>> told;
    copy.store->append(at, slice.bytes, api::Completion<void>([&](auto outcome) { told = outcome; }));
    ASSERT_TRUE(copy.lanes->run_until([&] { return told.has_value(); }, 1min));
    ASSERT_TRUE(*told) << told->error().text;
    at = at + static_cast<std::int64_t>(slice.bytes.size());
  }
  EXPECT_EQ(copy.bodies().size(), 400U);
  EXPECT_EQ(copy.bodies(), source.bodies());
}

TEST(RawLog, that_was_truncated_goes_on_from_there) {
  for (const Flush flush : {Flush::sync, Flush::async}) {
    const kernel::TemporaryFolder folder;
    PosixFileSystem files;
    StoreConfig config = small_files();
    config.flush = flush;
    config.flush_interval = 1ms;
    RunningStore store(files, folder.path() / "store", config);
    store.append({{.body = "a"}, {.body = "b"}});
    const auto cut_at = store.append({{.body = "the first to go"}}).outcomes[0].at;
    for (int i = 0; i < 4; ++i) store.append(hundred_messages());
    store->truncate(cut_at).value();
    EXPECT_EQ(store->end(), cut_at);
    EXPECT_LE(store->positions().flushed, cut_at.value);
    EXPECT_THAT(store.bodies(), ElementsAre("a", "b"));
    EXPECT_EQ(store.append({{.body = "next"}}).outcomes[0].at, cut_at);
    EXPECT_THAT(store.bodies(), ElementsAre("a", "b", "next"));
    store.leave();
    store.open();
    EXPECT_THAT(store.bodies(), ElementsAre("a", "b", "next"));
  }
}

// Where a file ends too early by its own account, what follows must not be passed over.
TEST(RawLog, refuses_a_blank_that_does_not_end_its_file) {
  const kernel::TemporaryFolder folder;
  PosixFileSystem files;
  const auto directory = folder.path() / "store";
  RunningStore store(files, directory, small_files());
  store.append({{.body = "a"}, {.body = "b"}});
  const auto at = store.append({{.body = "c"}}).outcomes[0].at;
  store.append({{.body = "d"}});
  store.close();
  std::string blank(8, '\0');
  remoting::store_i32(blank.data(), 100);
  remoting::store_i32(blank.data() + 4, remoting::record_layout::kBlankMagic);
  {
    std::fstream log(directory / "commitlog" / log_file_name(0), std::ios::in | std::ios::out);
    log.seekp(at.value).write(blank.data(), std::ssize(blank));
  }
  store.open();

  auto& raw = static_cast<api::RawLog&>(*store);
  EXPECT_EQ(raw.read({0}, ByteSize::kib(1)).value().bytes.size(), static_cast<std::size_t>(at.value));
  const auto read = raw.read(at, ByteSize::kib(1));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().text, HasSubstr("a blank of 100 bytes is there, and its file has " +
                                           std::to_string((16 << 10) - at.value) + " left"));
}

TEST(RawLog, can_be_truncated_at_messages_only) {
  const kernel::TemporaryFolder folder;
  PosixFileSystem files;
  RunningStore store(files, folder.path() / "store");
  store.append({{.body = "a"}});
  const auto second = store.append({{.body = "b"}}).outcomes[0].at;
  const auto refused = store->truncate({second.value + 1});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text,
              testing::HasSubstr("no message begins at " + std::to_string(second.value + 1)));
  EXPECT_THAT(store.bodies(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace gantry::store
