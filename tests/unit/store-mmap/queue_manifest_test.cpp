#include "plugins/store-mmap/queue_manifest.h"

#include "tests/unit/store-mmap/some_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using Queue = QueueManifest::Queue;
using State = QueueManifest::State;
using Queues = std::map<Queue, State>;
using testing::IsEmpty;

const std::string kPath = "data/queues.gantry";
const Queue kFirst{"orders", api::QueueId{0}};
const Queue kSecond{"orders", api::QueueId{11}};
const Queue kOther{"%RETRY%billing", api::QueueId{0}};

struct Manifest : testing::Test {
  static std::vector<Queue> row(std::initializer_list<Queue> queues) { return queues; }
  Queues read() { return QueueManifest(disk.files, kPath).read().value(); }

  SomeDisk disk{1};
  QueueManifest manifest{disk.files, kPath};
};

TEST_F(Manifest, is_empty_when_there_is_none) {
  EXPECT_THAT(manifest.read().value(), IsEmpty());
}

TEST_F(Manifest, says_what_was_added_and_what_became_of_it) {
  manifest.add(row({kFirst, kSecond, kOther}), State::whole).value();
  manifest.add(row({kSecond}), State::incomplete).value();
  manifest.add(row({kFirst}), State::gone).value();
  EXPECT_EQ(read(), (Queues{{kSecond, State::incomplete}, {kOther, State::whole}}));
  EXPECT_EQ(disk.files.text(kPath),
            "gantry queues 1\n+ orders 0\n+ orders 11\n+ %RETRY%billing 0\n! orders 11\n- orders 0\n");
}

TEST_F(Manifest, forgets_all_queues_of_a_topic) {
  manifest.add(row({kFirst, kSecond, kOther}), State::whole).value();
  manifest.forget_topic("orders").value();
  EXPECT_EQ(read(), (Queues{{kOther, State::whole}}));
}

TEST_F(Manifest, knows_where_queues_ended_until_it_is_told_something_newer_of_them) {
  manifest.add(row({kFirst, kSecond, kOther}), State::whole).value();
  manifest.add_ends({{kFirst, 7}, {kSecond, 8}, {kOther, 9}}).value();
  manifest.add_ends({{kFirst, 70}}).value();
  manifest.add(row({kSecond}), State::incomplete).value();
  QueueManifest again(disk.files, kPath);
  EXPECT_EQ(again.read().value().size(), 3U);
  EXPECT_EQ(again.ends(), (QueueManifest::Ends{{kFirst, 70}, {kOther, 9}}));
  again.forget_topic("orders").value();
  QueueManifest once_more(disk.files, kPath);
  EXPECT_EQ(once_more.read().value().size(), 1U);
  EXPECT_EQ(once_more.ends(), (QueueManifest::Ends{{kOther, 9}}));
}

TEST_F(Manifest, is_on_the_disk_when_it_returns) {
  manifest.add(row({kFirst}), State::whole).value();
  disk.files.power_cut();
  EXPECT_EQ(read(), (Queues{{kFirst, State::whole}}));
}

TEST_F(Manifest, overlooks_a_torn_last_line_and_writes_over_it) {
  disk.files.plant(kPath, "gantry queues 1\n+ orders 0\n+ orders 1");
  EXPECT_EQ(manifest.read().value(), (Queues{{kFirst, State::whole}}));
  manifest.add(row({kOther}), State::whole).value();
  EXPECT_EQ(read(), (Queues{{kFirst, State::whole}, {kOther, State::whole}}));
}

TEST_F(Manifest, overlooks_what_is_no_line) {
  const std::string zeros(10, '\0');
  disk.files.plant(kPath,
                   "gantry queues 1\n+ orders 0\n" + zeros + "ers 2\n+ or/ders 1\n+ orders x\n\n+\n? a 1\n");
  EXPECT_EQ(read(), (Queues{{kFirst, State::whole}}));
}

TEST_F(Manifest, is_begun_anew_when_it_is_of_another_kind) {
  disk.files.plant(kPath, "something else that is rather long, and goes on");
  EXPECT_THAT(manifest.read().value(), IsEmpty());
  manifest.add(row({kFirst}), State::whole).value();
  EXPECT_EQ(disk.files.text(kPath), "gantry queues 1\n+ orders 0\n");
}

TEST_F(Manifest, says_the_same_whatever_call_of_an_addition_failed) {
  for (std::int64_t nth = 0;; ++nth) {
    SomeDisk fresh(static_cast<std::uint64_t>(nth));
    QueueManifest ours(fresh.files, kPath);
    ours.add(row({kFirst}), State::whole).value();
    fresh.files.fail({.at = nth, .number = ENOSPC});
    const bool added = ours.add(row({kSecond, kOther}), State::whole).has_value();
    const bool fired = fresh.files.fault_fired();
    fresh.files.mend();
    const bool added_later = ours.add(row({kOther}), State::whole).has_value();
    const Queues now = QueueManifest(fresh.files, kPath).read().value();
    EXPECT_TRUE(now.contains(kFirst));
    EXPECT_TRUE(!added || now.contains(kSecond));
    EXPECT_TRUE(!added_later || now.contains(kOther));
    for (const auto& [queue, state] : now) {
      EXPECT_TRUE(queue == kFirst || queue == kSecond || queue == kOther) << queue.first;
    }
    if (!fired) break;
    EXPECT_FALSE(added) << nth;
  }
}

TEST_F(Manifest, never_says_yes_again_after_a_sync_failed) {
  disk.files.fail({.counts = [](auto call, const auto&) { return call == SimulatedFileSystem::Call::sync; }});
  EXPECT_FALSE(manifest.add(row({kFirst}), State::whole));
  disk.files.mend();
  EXPECT_FALSE(manifest.add(row({kFirst}), State::whole));
}

TEST_F(Manifest, knows_of_a_clearing_that_was_cut_short) {
  EXPECT_FALSE(manifest.clearing());
  manifest.begin_clearing().value();
  manifest.begin_clearing().value();
  EXPECT_EQ(disk.files.text(kPath), "gantry queues 1\n~\n");
  QueueManifest next(disk.files, kPath);
  next.read().value();
  EXPECT_TRUE(next.clearing());
  next.end_clearing().value();
  EXPECT_FALSE(next.clearing());
  QueueManifest last(disk.files, kPath);
  last.read().value();
  EXPECT_FALSE(last.clearing());
}

TEST_F(Manifest, is_shortened_when_most_of_it_is_history) {
  for (int i = 0; i < 600; ++i) {
    manifest.add(row({kFirst}), State::whole).value();
    manifest.add(row({kFirst}), State::gone).value();
  }
  manifest.shorten({{kOther, State::whole}}).value();
  EXPECT_EQ(disk.files.text(kPath), "gantry queues 1\n+ %RETRY%billing 0\n");
}

// Marks and ends are as of one moment, whenever the power goes and whatever call fails.
TEST_F(Manifest, loses_nothing_when_it_is_cut_short_while_it_is_shortened) {
  for (const bool power : {false, true}) {
    for (std::int64_t nth = 0;; ++nth) {
      SomeDisk fresh(static_cast<std::uint64_t>(nth));
      QueueManifest ours(fresh.files, kPath);
      for (int i = 0; i < 600; ++i) {
        ours.add(row({kOther}), State::whole).value();
        ours.add(row({kOther}), State::gone).value();
      }
      ours.add(row({kFirst}), State::whole).value();
      ours.add_ends({{kFirst, 7}}).value();
      ours.add(row({kSecond}), State::incomplete).value();
      QueueManifest next(fresh.files, kPath);
      const Queues before = next.read().value();
      if (power) {
        fresh.files.lose_power_after(nth);
      } else {
        fresh.files.fail({.at = nth});
      }
      static_cast<void>(next.shorten(before));
      const bool fired = power ? !fresh.files.powered() : fresh.files.fault_fired();
      fresh.files.power_cut();
      QueueManifest last(fresh.files, kPath);
      EXPECT_EQ(last.read().value(), before) << nth;
      EXPECT_EQ(last.ends(), (QueueManifest::Ends{{kFirst, 7}})) << nth;
      if (!fired) break;
    }
  }
}

TEST_F(Manifest, stays_long_on_a_full_disk_and_goes_on) {
  for (int i = 0; i < 600; ++i) {
    manifest.add(row({kFirst}), State::whole).value();
    manifest.add(row({kFirst}), State::gone).value();
  }
  const std::string before = disk.files.text(kPath);
  disk.files.set_room(0);
  EXPECT_TRUE(manifest.shorten({{kOther, State::whole}}));
  EXPECT_EQ(disk.files.text(kPath), before);
  EXPECT_EQ(disk.files.all_files().size(), 1U);
}

TEST_F(Manifest, is_left_as_it_is_when_it_is_short) {
  manifest.add(row({kFirst}), State::whole).value();
  manifest.add(row({kFirst}), State::gone).value();
  manifest.shorten({}).value();
  EXPECT_EQ(disk.files.text(kPath), "gantry queues 1\n+ orders 0\n- orders 0\n");
}

}  // namespace
}  // namespace gantry::store
