// What a call through a hot extension point costs beside the same work called directly: a burst of 32 drafts.
#include "kernel/append_stages.h"
#include "kernel/real_clock.h"
#include "logging/capturing_logger.h"

#include <vector>

#include <benchmark/benchmark.h>

namespace {

using gantry::api::AppendPhase;
using gantry::api::Draft;

constexpr std::size_t kBurst = 32;

class Count final : public gantry::api::AppendStage {
 public:
  AppendPhase phase() const override { return AppendPhase::admit; }
  void process(std::span<Draft> drafts) override {
    for (Draft& draft : drafts) draft.record.flag += 1;
  }
};

void per_message(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBurst));
}

void called_directly(benchmark::State& state) {
  std::vector<Draft> drafts(kBurst);
  for (auto _ : state) {
    for (Draft& draft : drafts) draft.record.flag += 1;
    benchmark::DoNotOptimize(drafts.data());
    benchmark::ClobberMemory();
  }
  per_message(state);
}
BENCHMARK(called_directly);

void through_append_stages(benchmark::State& state) {
  std::vector<Count> stages(static_cast<std::size_t>(state.range(0)));
  const gantry::kernel::RealClock clock;
  gantry::kernel::MetricsRegistry metrics;
  gantry::logging::CapturingLogger log;
  gantry::kernel::PluginBoundary boundary("count", metrics, log, clock);
  std::vector<gantry::kernel::Installed<gantry::api::AppendStage>> installed;
  installed.reserve(stages.size());
  for (Count& stage : stages) installed.push_back({&boundary, &stage});
  const gantry::kernel::AppendStages all(installed);
  std::vector<Draft> drafts(kBurst);
  for (auto _ : state) {
    all.process(drafts);
    benchmark::DoNotOptimize(drafts.data());
    benchmark::ClobberMemory();
  }
  per_message(state);
}
BENCHMARK(through_append_stages)->Arg(1)->Arg(3)->ArgName("stages");

}  // namespace
