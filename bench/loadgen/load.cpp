#include "bench/loadgen/load.h"

#include "bench/loadgen/generator.h"

#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gantry::bench {
namespace {

using namespace std::chrono_literals;

// Time for all threads to reach their loops.
constexpr std::chrono::nanoseconds kLeadTime = 20ms;

// CPU time and answers are read together, so that their quotient is right however late the reader wakes.
struct Snapshot {
  TimePoint at;
  std::uint64_t answers = 0;
  std::uint64_t messages = 0;
  std::chrono::nanoseconds generator_cpu{};
  CpuTime server_cpu;
};

class Run {
 public:
  Run(const LoadPlan& plan, const Workload& workload) : plan_(plan), failures_(0) {
    if (plan.server_pid) server_.emplace(*plan.server_pid);
    for (std::size_t i = 0; i < plan.threads; ++i) {
      const std::size_t one_more = i < plan.connections % plan.threads ? 1 : 0;
      generators_.push_back(std::make_unique<Generator>(plan.server,
                                                        plan.connections / plan.threads + one_more,
                                                        plan.window, workload, plan.seed + i * 0x10001));
    }
  }

  LoadResult result() {
    LoadResult result;
    if (server_) result.server.emplace().memory_before = server_->memory();
    timeline_.begin = Clock::now() + kLeadTime;
    timeline_.measure_from = timeline_.begin + plan_.warmup;
    timeline_.measure_until = timeline_.measure_from + plan_.duration;
    timeline_.give_up = timeline_.measure_until + plan_.patience;

    std::vector<Tally> tallies(generators_.size());
    std::vector<std::jthread> threads;
    threads.reserve(generators_.size());
    for (std::size_t i = 0; i < generators_.size(); ++i)
      threads.emplace_back([this, i, &tallies] {
        tallies[i] = generators_[i]->run(timeline_, schedule_of(i));
        if (!tallies[i].failure.empty()) failures_.release();
      });
    if (!measure(result))
      for (const auto& generator : generators_) generator->stop();
    threads.clear();
    for (const Tally& tally : tallies) result.tally.merge(tally);
    return result;
  }

 private:
  // The threads' schedules interleave to one of the whole rate.
  std::optional<Schedule> schedule_of(std::size_t generator) const {
    if (!plan_.rate) return std::nullopt;
    const std::chrono::duration<double, std::nano> spacing(1e9 / *plan_.rate);
    const auto offset = spacing * static_cast<double>(generator);
    return Schedule(timeline_.begin + std::chrono::duration_cast<std::chrono::nanoseconds>(offset),
                    spacing * static_cast<double>(plan_.threads));
  }

  // False when a generator failed: what was measured is worth nothing then.
  bool measure(LoadResult& result) {
    if (failures_.try_acquire_until(timeline_.measure_from)) return false;
    const Snapshot before = snapshot();
    if (failures_.try_acquire_until(timeline_.measure_until)) return false;
    const Snapshot after = snapshot();
    result.elapsed = after.at - before.at;
    result.answers = after.answers - before.answers;
    result.messages = after.messages - before.messages;
    result.generator_cpu = after.generator_cpu - before.generator_cpu;
    if (!server_ || !result.server) return true;
    result.server->cpu = {after.server_cpu.total - before.server_cpu.total,
                          after.server_cpu.user - before.server_cpu.user,
                          after.server_cpu.system - before.server_cpu.system};
    result.server->memory_after = server_->memory();
    return true;
  }

  Snapshot snapshot() const {
    Snapshot now;
    if (server_) now.server_cpu = server_->cpu();
    now.at = Clock::now();
    for (const auto& generator : generators_) {
      now.answers += generator->answers();
      now.messages += generator->messages();
    }
    timespec own{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    now.generator_cpu = std::chrono::seconds(own.tv_sec) + std::chrono::nanoseconds(own.tv_nsec);
    return now;
  }

  const LoadPlan& plan_;
  Timeline timeline_{};
  std::optional<ProcessStats> server_;
  std::vector<std::unique_ptr<Generator>> generators_;
  std::counting_semaphore<> failures_;
};

}  // namespace

LoadResult run_load(const LoadPlan& plan, const Workload& workload) {
  if (plan.threads == 0 || plan.connections < plan.threads || plan.window == 0)
    throw std::invalid_argument(std::to_string(plan.connections) + " connections × " +
                                std::to_string(plan.window) + " in flight on " +
                                std::to_string(plan.threads) +
                                " threads: each thread needs a connection, each connection a window of 1");
  return Run(plan, workload).result();
}

}  // namespace gantry::bench
