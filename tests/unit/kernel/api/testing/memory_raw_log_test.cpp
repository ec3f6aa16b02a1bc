#include "kernel/api/testing/memory_raw_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::api::testing {
namespace {

using ::testing::HasSubstr;

constexpr ByteSize kAll = ByteSize::mib(1);
const remoting::MessageRecord kMessage{.body = "a body of some length", .topic = "orders"};

TEST(MemoryRawLog, gives_whole_records_each_with_its_place) {
  MemoryRawLog log;
  log.add({kMessage, kMessage});
  const auto all = log.read({}, kAll).value();
  EXPECT_EQ(all.bytes, log.bytes());
  const auto one = log.read({}, ByteSize(1)).value();
  EXPECT_EQ(one.bytes.size() * 2, all.bytes.size());
  const LogOffset second{static_cast<std::int64_t>(one.bytes.size())};
  EXPECT_EQ(remoting::decode_record(log.read(second, kAll)->bytes).record.physical_offset(), second.value);
  EXPECT_TRUE(log.read(log.end(), kAll)->bytes.empty());
}

TEST(MemoryRawLog, ends_a_read_with_the_blank_of_a_file) {
  MemoryRawLog log(ByteSize(200));
  log.add({kMessage, kMessage});
  EXPECT_EQ(log.read({}, kAll)->bytes.size(), 200u);
  EXPECT_EQ(log.read({200}, kAll)->bytes.size(), static_cast<std::size_t>(log.end() - LogOffset{200}));
}

TEST(MemoryRawLog, takes_bytes_at_its_end_only_and_tells_who_watches) {
  MemoryRawLog from, to;
  from.add({kMessage});
  LogOffset told;
  const auto watch = to.watch([&](LogOffset end) { told = end; });
  std::optional<Refusal> why;
  const auto done = [&](const Result<void>& outcome) {
    why = outcome ? std::nullopt : std::optional(outcome.error());
  };
  to.append({5}, from.bytes(), Completion<void>(done));
  EXPECT_THAT(why->text, HasSubstr("the log has 0 to 0, and 5 was asked for"));
  to.append({}, from.bytes(), Completion<void>(done));
  EXPECT_FALSE(why);
  EXPECT_EQ(to.bytes(), from.bytes());
  EXPECT_EQ(told, from.end());
}

TEST(MemoryRawLog, loses_its_beginning_its_end_and_its_disk_when_the_test_says_so) {
  MemoryRawLog log(ByteSize(200));
  log.add({kMessage, kMessage});
  log.truncate({200}).value();
  log.remove_before({200});
  EXPECT_EQ(log.first(), log.end());
  EXPECT_FALSE(log.read({}, kAll));
  log.refuse(Refusal{.text = "the disk cannot be read"});
  EXPECT_EQ(log.read({200}, kAll).error().text, "the disk cannot be read");
}

}  // namespace
}  // namespace gantry::api::testing
