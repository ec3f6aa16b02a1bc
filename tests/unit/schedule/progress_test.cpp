#include "plugins/schedule/progress.h"

#include "kernel/api/testing/test_context.h"
#include "plugins/schedule/delay_levels.h"
#include "tests/unit/kernel/some_tables.h"

#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;
using api::LogOffset;
using api::QueueId;
using api::QueueOffset;

class ProgressTest : public testing::Test {
 protected:
  void open(std::int64_t log_end = 1'000'000) {
    progress_.emplace(Progress::Around{context_.key_values(), offsets_, context_.executor(),
                                       context_.timers(), context_.clock(), context_.log()},
                      1000ms);
    progress_->load({log_end}, [this](QueueId queue) { return !absent_.contains(queue); });
    context_.settle();
  }
  void crash_and_open(std::int64_t log_end = 1'000'000) {
    context_.crash();
    open(log_end);
  }
  void advance(std::int32_t queue, std::int64_t next, std::int64_t log_end) {
    progress_->advance(QueueId{queue}, {next}, LogOffset{log_end});
    context_.settle();
  }
  std::optional<LevelProgress> of(std::int32_t queue) const {
    const auto found = progress_->levels().find(QueueId{queue});
    return found == progress_->levels().end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<QueueOffset> offset(std::int32_t queue) const {
    return offsets_.committed(kScheduleGroup, kScheduleTopic, QueueId{queue});
  }
  std::size_t rows() {
    std::size_t count = 0;
    context_.key_values().scan("progress/", [&](auto, auto) { return ++count > 0; });
    return count;
  }
  void import_offset(std::int32_t queue, std::int64_t next) {
    offsets_.reset(api::GroupName::parse(kScheduleGroup).value(),
                   api::TopicName::parse(kScheduleTopic).value(), QueueId{queue}, {next});
  }

  api::testing::TestContext context_;
  kernel::SomeOffsets offsets_;
  std::optional<Progress> progress_;
  std::set<QueueId> absent_;  // queues that the store lacks
};

TEST_F(ProgressTest, is_there_again_after_a_crash) {
  open();
  EXPECT_EQ(of(0), std::nullopt);
  advance(0, 5, 100);
  advance(2, 7, 200);
  context_.advance(1s);
  crash_and_open();
  EXPECT_EQ(of(0), (LevelProgress{{5}, {100}}));
  EXPECT_EQ(of(2), (LevelProgress{{7}, {200}}));
  EXPECT_EQ(of(1), std::nullopt);
}

TEST_F(ProgressTest, is_written_at_once_and_then_once_in_an_interval) {
  open();
  advance(0, 1, 100);
  advance(0, 2, 200);
  context_.advance(999ms);
  crash_and_open();
  EXPECT_EQ(of(0), (LevelProgress{{1}, {100}}));
  advance(0, 2, 200);
  advance(0, 3, 300);
  context_.advance(1s);
  crash_and_open();
  EXPECT_EQ(of(0), (LevelProgress{{3}, {300}}));
}

TEST_F(ProgressTest, writes_nothing_while_nothing_is_delivered) {
  open();
  advance(0, 1, 100);
  context_.advance(2s);
  const auto before = context_.key_values().get("progress/1");
  context_.advance(1h);
  EXPECT_EQ(context_.key_values().get("progress/1"), before);
  EXPECT_EQ(rows(), 1u);
}

TEST_F(ProgressTest, loses_nothing_in_a_stop_even_while_it_is_being_written) {
  open();
  progress_->advance(QueueId{0}, {1}, LogOffset{100});  // begins to be written
  progress_->advance(QueueId{0}, {2}, LogOffset{200});
  context_.executor().drop();
  progress_->finish();
  context_.key_values().write();
  open();
  EXPECT_EQ(of(0), (LevelProgress{{2}, {200}}));
}

TEST_F(ProgressTest, is_what_was_imported_from_apache_until_something_is_delivered) {
  import_offset(2, 40);
  open();
  EXPECT_EQ(of(2), (LevelProgress{{40}, {0}}));
  advance(2, 41, 100);
  import_offset(2, 7);  // the plugin's own counts from now on
  crash_and_open();
  EXPECT_EQ(of(2), (LevelProgress{{41}, {100}}));
}

TEST_F(ProgressTest, goes_back_to_what_was_imported_when_all_that_came_after_it_is_lost) {
  import_offset(2, 40);
  open();
  advance(2, 41, 100);
  crash_and_open(50);
  EXPECT_EQ(of(2), (LevelProgress{{40}, {0}}));
}

// Offsets come to the disk when they like, the end of the log perhaps never.
TEST_F(ProgressTest, does_not_take_the_offsets_that_it_shows_for_imported_ones) {
  open();
  advance(0, 1, 100);
  context_.advance(1s);
  import_offset(1, 3);
  crash_and_open(150);
  EXPECT_EQ(of(0), (LevelProgress{{1}, {100}}));
  EXPECT_EQ(of(1), std::nullopt);
}

TEST_F(ProgressTest, stays_as_it_is_while_the_store_lacks_the_queue) {
  open();
  advance(0, 3, 300);
  advance(1, 4, 400);
  context_.advance(1s);
  const auto before = rows();
  absent_ = {QueueId{0}, QueueId{1}};
  crash_and_open(0);
  EXPECT_EQ(of(0), (LevelProgress{{3}, {300}}));
  EXPECT_EQ(rows(), before);
  absent_.clear();
  crash_and_open();
  EXPECT_EQ(of(0), (LevelProgress{{3}, {300}}));
  EXPECT_EQ(of(1), (LevelProgress{{4}, {400}}));
  EXPECT_EQ(offset(0), QueueOffset{3});
}

TEST_F(ProgressTest, begins_anew_when_the_only_row_is_of_a_log_that_is_lost) {
  open();
  advance(0, 3, 300);
  crash_and_open(50);
  EXPECT_EQ(of(0), (LevelProgress{{0}, {0}}));
}

TEST_F(ProgressTest, is_shown_as_offsets_of_the_schedules_group) {
  open();
  advance(3, 9, 100);
  EXPECT_EQ(offset(3), QueueOffset{9});
  progress_->move_to(QueueId{3}, {4});
  EXPECT_EQ(offset(3), QueueOffset{4});
}

TEST_F(ProgressTest, goes_back_to_what_the_log_still_has) {
  open();
  for (std::int64_t i = 1; i <= 5; ++i) {
    advance(0, i, i * 100);
    context_.advance(1s);
  }
  crash_and_open(350);
  EXPECT_EQ(of(0), (LevelProgress{{3}, {300}}));
  EXPECT_EQ(offset(0), QueueOffset{3});
  EXPECT_EQ(
      context_.log().count("the log has lost messages that had been delivered; they are delivered again"),
      1u);
}

TEST_F(ProgressTest, goes_back_for_those_levels_only_whose_messages_are_lost) {
  open();
  advance(0, 1, 100);
  context_.advance(1s);
  advance(1, 1, 200);
  context_.advance(1s);
  advance(0, 2, 300);
  context_.advance(1s);
  crash_and_open(250);
  EXPECT_EQ(of(0), (LevelProgress{{1}, {100}}));
  EXPECT_EQ(of(1), (LevelProgress{{1}, {200}}));
}

TEST_F(ProgressTest, takes_a_level_for_never_delivered_when_all_that_was_is_lost) {
  open();
  advance(0, 1, 100);
  context_.advance(1s);
  advance(1, 1, 200);
  context_.advance(1s);
  crash_and_open(150);
  EXPECT_EQ(of(0), (LevelProgress{{1}, {100}}));
  EXPECT_EQ(of(1), (LevelProgress{{0}, {0}}));
}

// The log grows again over the place where it was cut: rows from before must not look right then.
TEST_F(ProgressTest, does_not_believe_a_row_of_a_log_that_was_cut_once_it_has_grown_again) {
  open();
  for (std::int64_t i = 1; i <= 5; ++i) {
    advance(0, i, i * 100);
    context_.advance(1s);
  }
  crash_and_open(250);
  EXPECT_EQ(of(0), (LevelProgress{{2}, {200}}));
  advance(0, 3, 900);
  context_.advance(1s);
  crash_and_open(800);
  EXPECT_EQ(of(0), (LevelProgress{{2}, {200}}));
}

TEST_F(ProgressTest, takes_the_oldest_row_when_the_log_has_lost_more_than_all_tell) {
  open();
  for (std::int64_t i = 1; i <= 100; ++i) {
    advance(0, i, i * 100);
    context_.advance(1s);
  }
  EXPECT_EQ(rows(), Progress::kRows);
  crash_and_open(50);
  EXPECT_EQ(of(0)->next, QueueOffset{100 - static_cast<std::int64_t>(Progress::kRows) + 1});
}

TEST_F(ProgressTest, keeps_rows_a_second_apart_however_often_it_is_written) {
  progress_.emplace(Progress::Around{context_.key_values(), offsets_, context_.executor(), context_.timers(),
                                     context_.clock(), context_.log()},
                    100ms);
  progress_->load({1'000'000}, [](QueueId) { return true; });
  for (std::int64_t i = 1; i <= 50; ++i) {
    advance(0, i, i);
    context_.advance(100ms);
  }
  EXPECT_LE(rows(), 6u);
}

TEST_F(ProgressTest, that_cannot_be_written_is_told_once_and_written_when_it_can) {
  open();
  context_.key_values().refuse(api::Refusal{.text = "the disk is full"});
  advance(0, 1, 100);
  for (int i = 0; i < 5; ++i) context_.advance(1s);
  context_.key_values().refuse({});
  context_.advance(1s);
  context_.advance(1s);
  EXPECT_EQ(
      context_.log().count("it cannot be written down how far delayed messages are delivered; a crash now "
                           "would deliver some of them again"),
      1u);
  EXPECT_EQ(context_.log().count("it is written down again how far delayed messages are delivered"), 1u);
  crash_and_open();
  EXPECT_EQ(of(0), (LevelProgress{{1}, {100}}));
}

TEST_F(ProgressTest, that_cannot_be_read_stops_the_start_with_the_key) {
  context_.key_values().change({{"progress/3", "nonsense"}}, api::Completion<void>([](const auto&) {}));
  context_.settle();
  try {
    open();
    FAIL() << "it was read";
  } catch (const std::runtime_error& why) {
    EXPECT_STREQ(
        why.what(),
        "the progress of delayed messages cannot be read: the plugin's key \"progress/3\" is none of its "
        "own: a line of numbers was expected at byte 0");
  }
}

}  // namespace
}  // namespace gantry::schedule
