#include "plugins/store-mmap/closed_store.h"

#include "tests/unit/store-mmap/examined_store.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string why_not(SimulatedFileSystem& disk, const std::string& directory = "data/store") {
  const auto store = ClosedStore::look(disk, directory, {}, [](const auto&) {});
  return store ? "" : store.error().text;
}

TEST(ClosedStore, is_refused_while_a_broker_has_it) {
  ExaminedStore store;
  EXPECT_THAT(why_not(store.disk), StartsWith("the store directory data/store is in use: "));
  EXPECT_THAT(why_not(store.disk), HasSubstr("Stop that broker first"));
  store.close();
  EXPECT_EQ(why_not(store.disk), "");
  store.disk.lock_elsewhere("data/store/lock");
  EXPECT_THAT(why_not(store.disk), StartsWith("the store directory data/store is in use: "));
}

TEST(ClosedStore, keeps_a_broker_from_starting_meanwhile) {
  ExaminedStore store;
  store.close();
  {
    const auto held = ClosedStore::look(store.disk, "data/store", {}, [](const auto&) {}).value();
    EXPECT_FALSE(StoreLock::take(store.disk, "data/store"));
  }
  EXPECT_TRUE(StoreLock::take(store.disk, "data/store"));
}

TEST(ClosedStore, needs_no_lock_file) {
  ExaminedStore store;
  store.append_some(1);
  store.close();
  store.disk.lose("data/store/lock");
  EXPECT_EQ(why_not(store.disk), "");
  EXPECT_FALSE(store.disk.has("data/store/lock"));
}

TEST(ClosedStore, is_no_directory_without_any_of_a_stores_files) {
  ExaminedStore store;
  store.disk.plant("data/photos/a.jpg", "x");
  EXPECT_EQ(
      why_not(store.disk, "data/photos"),
      "data/photos is no store directory: it has no commitlog, no consumequeue, no checkpoint and no lock");
  EXPECT_THAT(why_not(store.disk, "data/none"), HasSubstr("is no store directory"));
}

TEST(ClosedStore, says_what_the_disk_says_when_it_cannot_be_read) {
  for (std::int64_t nth = 0;; ++nth) {
    ExaminedStore store(static_cast<std::uint64_t>(nth + 1));
    store.append_some(3);
    store.close();
    store.disk.fail({.at = nth, .number = EIO, .from_then_on = true});
    const std::string why = why_not(store.disk);
    if (!store.disk.fault_fired()) {
      EXPECT_EQ(why, "");
      EXPECT_GT(nth, 5);
      break;
    }
    EXPECT_THAT(why, HasSubstr("Input/output error")) << nth;
  }
}

}  // namespace
}  // namespace gantry::store
