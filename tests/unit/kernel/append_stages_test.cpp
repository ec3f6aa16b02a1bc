#include "kernel/append_stages.h"

#include "tests/unit/kernel/some_plugin.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using api::AppendPhase;
using api::Draft;

class Stage final : public api::AppendStage {
 public:
  using Work = std::function<void(std::span<Draft>)>;
  Stage(AppendPhase phase, Work work) : phase_(phase), work_(std::move(work)) {}

  AppendPhase phase() const override { return phase_; }
  void process(std::span<Draft> drafts) override {
    calls.push_back(drafts.size());
    work_(drafts);
  }

  std::vector<std::size_t> calls;

 private:
  AppendPhase phase_;
  Work work_;
};

Stage::Work nothing() {
  return [](std::span<Draft>) {};
}

std::vector<Draft> drafts(std::size_t count) {
  std::vector<Draft> made(count);
  for (std::size_t i = 0; i < count; ++i) made[i].record.queue_id = static_cast<std::int32_t>(i);
  return made;
}

// Stages of one plugin each.
struct AppendStagesTest : testing::Test {
  SomePlugin quota{"quota"};

  AppendStages stages(std::initializer_list<Stage*> all) {
    std::vector<Installed<api::AppendStage>> installed;
    for (Stage* stage : all) installed.push_back({&quota.boundary, stage});
    return AppendStages(installed);
  }
};

TEST_F(AppendStagesTest, hand_over_a_whole_burst_in_one_call) {
  Stage stage(AppendPhase::transform, nothing());
  const AppendStages all = stages({&stage});
  auto burst = drafts(32);
  all.process(burst);
  EXPECT_EQ(stage.calls, std::vector<std::size_t>{32});
}

TEST_F(AppendStagesTest, run_by_phase_and_within_one_in_the_order_of_installation) {
  std::string order;
  const auto note = [&order](char c) { return [&order, c](std::span<Draft>) { order += c; }; };
  Stage route(AppendPhase::route, note('r')), admit(AppendPhase::admit, note('a'));
  Stage first(AppendPhase::transform, note('1')), second(AppendPhase::transform, note('2'));
  const AppendStages all = stages({&route, &first, &second, &admit});
  auto burst = drafts(1);
  all.process(burst);
  EXPECT_EQ(order, "a12r");
}

TEST_F(AppendStagesTest, see_what_the_stage_before_has_rewritten) {
  std::string seen;
  Stage rewrite(AppendPhase::transform, [](std::span<Draft> drafts) {
    for (Draft& draft : drafts)
      draft.record.topic = draft.keep("another topic, longer than any inline buffer is");
  });
  Stage look(AppendPhase::route, [&seen](std::span<Draft> drafts) { seen = drafts[0].record.topic; });
  const AppendStages all = stages({&look, &rewrite});
  auto burst = drafts(2);
  all.process(burst);
  EXPECT_EQ(seen, "another topic, longer than any inline buffer is");
}

TEST_F(AppendStagesTest, leave_out_what_an_earlier_stage_has_refused) {
  Stage picky(AppendPhase::admit, [](std::span<Draft> drafts) {
    drafts[0].refuse({.text = "no"});
    drafts[3].refuse({.text = "no"});
    drafts[4].refuse({.text = "no"});
  });
  std::vector<std::int32_t> seen;
  Stage rest(AppendPhase::route, [&seen](std::span<Draft> drafts) {
    for (const Draft& draft : drafts) seen.push_back(draft.record.queue_id);
  });
  const AppendStages all = stages({&picky, &rest});
  auto burst = drafts(7);
  all.process(burst);
  EXPECT_EQ(seen, (std::vector<std::int32_t>{1, 2, 5, 6}));
  EXPECT_EQ(rest.calls, (std::vector<std::size_t>{2, 2}));
}

TEST_F(AppendStagesTest, that_throw_refuse_what_they_were_handed_and_are_named) {
  Stage broken(AppendPhase::admit, [](std::span<Draft>) { throw std::runtime_error("no rule for topic T"); });
  Stage later(AppendPhase::route, nothing());
  const AppendStages all = stages({&broken, &later});
  auto burst = drafts(2);
  all.process(burst);
  ASSERT_TRUE(burst[1].refused());
  EXPECT_EQ(burst[1].refused()->code, remoting::ResponseCode::system_error);
  EXPECT_EQ(burst[1].refused()->text, "plugin quota failed on this message: no rule for topic T");
  EXPECT_EQ(quota.log.lines().back().field("step"), "\"append stage\"");
  EXPECT_TRUE(quota.counted(R"(gantry_plugin_exceptions_total{plugin="quota",step="append stage"} 1)"));
  EXPECT_TRUE(later.calls.empty());
}

TEST_F(AppendStagesTest, that_throw_no_std_exception_are_named_all_the_same) {
  Stage broken(AppendPhase::admit, [](std::span<Draft>) { throw 7; });  // NOLINT: on purpose
  const AppendStages all = stages({&broken});
  auto burst = drafts(1);
  all.process(burst);
  EXPECT_EQ(burst[0].refused()->text,
            "plugin quota failed on this message: an exception of type int, which is no std::exception");
}

}  // namespace
}  // namespace gantry::kernel
