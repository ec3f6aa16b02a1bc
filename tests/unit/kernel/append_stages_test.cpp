#include "kernel/append_stages.h"

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

struct Faults {
  FaultSink sink() {
    return [this](std::string_view plugin, std::string_view call, std::string_view why) {
      said.push_back(std::string(plugin) + ", " + std::string(call) + ": " + std::string(why));
    };
  }
  std::vector<std::string> said;
};

TEST(AppendStages, hand_over_a_whole_burst_in_one_call) {
  Faults faults;
  Stage stage(AppendPhase::transform, nothing());
  const AppendStages stages({{"one", &stage}}, faults.sink());
  auto burst = drafts(32);
  stages.process(burst);
  EXPECT_EQ(stage.calls, std::vector<std::size_t>{32});
}

TEST(AppendStages, run_by_phase_and_within_one_in_the_order_of_installation) {
  Faults faults;
  std::string order;
  const auto note = [&order](char c) { return [&order, c](std::span<Draft>) { order += c; }; };
  Stage route(AppendPhase::route, note('r')), admit(AppendPhase::admit, note('a'));
  Stage first(AppendPhase::transform, note('1')), second(AppendPhase::transform, note('2'));
  const AppendStages stages({{"route", &route}, {"first", &first}, {"second", &second}, {"admit", &admit}},
                            faults.sink());
  auto burst = drafts(1);
  stages.process(burst);
  EXPECT_EQ(order, "a12r");
}

TEST(AppendStages, see_what_the_stage_before_has_rewritten) {
  Faults faults;
  std::string seen;
  Stage rewrite(AppendPhase::transform, [](std::span<Draft> all) {
    for (Draft& draft : all)
      draft.record.topic = draft.keep("another topic, longer than any inline buffer is");
  });
  Stage look(AppendPhase::route, [&seen](std::span<Draft> all) { seen = all[0].record.topic; });
  const AppendStages stages({{"look", &look}, {"rewrite", &rewrite}}, faults.sink());
  auto burst = drafts(2);
  stages.process(burst);
  EXPECT_EQ(seen, "another topic, longer than any inline buffer is");
}

TEST(AppendStages, leave_out_what_an_earlier_stage_has_refused) {
  Faults faults;
  Stage picky(AppendPhase::admit, [](std::span<Draft> all) {
    all[0].refuse({.text = "no"});
    all[3].refuse({.text = "no"});
    all[4].refuse({.text = "no"});
  });
  std::vector<std::int32_t> seen;
  Stage rest(AppendPhase::route, [&seen](std::span<Draft> all) {
    for (const Draft& draft : all) seen.push_back(draft.record.queue_id);
  });
  const AppendStages stages({{"picky", &picky}, {"rest", &rest}}, faults.sink());
  auto burst = drafts(7);
  stages.process(burst);
  EXPECT_EQ(seen, (std::vector<std::int32_t>{1, 2, 5, 6}));
  EXPECT_EQ(rest.calls, (std::vector<std::size_t>{2, 2}));
}

TEST(AppendStages, that_throw_refuse_what_they_were_handed_and_are_named) {
  Faults faults;
  Stage broken(AppendPhase::admit, [](std::span<Draft>) { throw std::runtime_error("no rule for topic T"); });
  Stage later(AppendPhase::route, nothing());
  const AppendStages stages({{"quota", &broken}, {"later", &later}}, faults.sink());
  auto burst = drafts(2);
  stages.process(burst);
  ASSERT_TRUE(burst[1].refused());
  EXPECT_EQ(burst[1].refused()->code, remoting::ResponseCode::system_error);
  EXPECT_EQ(burst[1].refused()->text, "plugin quota failed on this message: no rule for topic T");
  EXPECT_EQ(faults.said, std::vector<std::string>{"quota, append stage: no rule for topic T"});
  EXPECT_TRUE(later.calls.empty());
}

TEST(AppendStages, that_throw_no_std_exception_are_named_all_the_same) {
  Faults faults;
  Stage broken(AppendPhase::admit, [](std::span<Draft>) { throw 7; });  // NOLINT: on purpose
  const AppendStages stages({{"odd", &broken}}, faults.sink());
  auto burst = drafts(1);
  stages.process(burst);
  EXPECT_EQ(burst[0].refused()->text,
            "plugin odd failed on this message: something that is not a std::exception");
}

}  // namespace
}  // namespace gantry::kernel
