// What the broker's metadata costs: writing offsets behind, committing one, finding a topic, and opening it.
// `cpu_ms` is the CPU time of all threads for one round, which is what a broker's other work loses.
#include "kernel/metadata.h"
#include "logging/capturing_logger.h"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

namespace gantry::kernel {
namespace {

namespace fs = std::filesystem;

class RealClock final : public api::Clock {
 public:
  std::chrono::steady_clock::time_point now() const override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point date() const override { return std::chrono::system_clock::now(); }
};

double cpu_ms() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& t) {
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_usec);
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

// Metadata in a folder of its own that writes nothing behind by itself.
class Broker {
 public:
  Broker() {
    std::string pattern = (fs::temp_directory_path() / "gantry-bench-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    open();
  }
  ~Broker() {
    metadata_.reset();
    fs::remove_all(folder_);
  }
  Broker(const Broker&) = delete;

  void open() {
    metadata_.reset();
    metadata_ = Metadata::open(folder_, {.offsets_interval = std::chrono::hours(1)}, clock_, log_).value();
  }
  Metadata& operator*() { return *metadata_; }
  Metadata* operator->() { return metadata_.get(); }

  // Calls `start` with a completion and waits until it is told.
  template <class Start>
  void wait(Start start) {
    std::promise<Result<void>> told;
    start(api::Completion<void>([&](const Result<void>& outcome) { told.set_value(outcome); }));
    told.get_future().get().value();
  }
  void flush() {
    wait([&](api::Completion<void> done) { metadata_->flush_offsets(std::move(done)); });
  }

 private:
  RealClock clock_;
  logging::CapturingLogger log_{logging::Level::error};
  fs::path folder_;
  std::unique_ptr<Metadata> metadata_;
};

struct Names {
  Names(std::size_t groups, std::size_t topics) {
    for (std::size_t i = 0; i < groups; ++i)
      group.push_back(api::GroupName::parse("consumer-group-" + std::to_string(i)).value());
    for (std::size_t i = 0; i < topics; ++i)
      topic.push_back(api::TopicName::parse("some-topic-name-" + std::to_string(i)).value());
  }
  std::vector<api::GroupName> group;
  std::vector<api::TopicName> topic;
};

constexpr int kQueues = 4;

void commit_all(api::Offsets& offsets, const Names& names, std::int64_t next) {
  for (const auto& group : names.group)
    for (const auto& topic : names.topic)
      for (int queue = 0; queue < kQueues; ++queue)
        offsets.commit(group, topic, api::QueueId{queue}, api::QueueOffset{next + queue});
}

// 100 groups, 250 topics of 4 queues: 100 000 offsets, of which those of the first `range(0)` groups have
// changed each time.
void flush_offsets(benchmark::State& state) {
  Broker broker;
  const Names changing(static_cast<std::size_t>(state.range(0)), 250);
  std::int64_t next = 1'000'000'000;
  commit_all(broker->offsets(), Names(100, 250), next);
  broker.flush();
  double cpu = 0;
  for (auto _ : state) {
    state.PauseTiming();
    commit_all(broker->offsets(), changing, next += 100);
    const double before = cpu_ms();
    state.ResumeTiming();
    broker.flush();
    state.PauseTiming();
    cpu += cpu_ms() - before;
    state.ResumeTiming();
  }
  state.counters["cpu_ms"] = benchmark::Counter(cpu, benchmark::Counter::kAvgIterations);
}
BENCHMARK(flush_offsets)
    ->ArgName("changed_groups")
    ->Arg(100)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void commit_an_offset(benchmark::State& state) {
  Broker broker;
  const Names names(100, 250);
  std::int64_t next = 0;
  commit_all(broker->offsets(), names, next);
  std::size_t at = 0;
  for (auto _ : state) {
    at = (at + 7919) % 25'000;
    benchmark::DoNotOptimize(broker->offsets().commit(names.group[at / 250], names.topic[at % 250],
                                                      api::QueueId{0}, api::QueueOffset{++next}));
  }
}
BENCHMARK(commit_an_offset);

void find_a_topic(benchmark::State& state) {
  Broker broker;
  const Names names(0, 1000);
  for (std::size_t i = 0; i + 1 < names.topic.size(); ++i)
    broker->topics().put({.name = names.topic[i]}, api::Completion<void>([](const Result<void>&) {}));
  broker.wait([&](api::Completion<void> done) {
    broker->topics().put({.name = names.topic.back()}, std::move(done));
  });
  std::size_t at = 0;
  for (auto _ : state) {
    at = (at + 617) % 1000;
    benchmark::DoNotOptimize(broker->topics().find(names.topic[at]));
  }
}
BENCHMARK(find_a_topic);

// One change at a time, told once it is on disk: what a sync of this disk costs.
void put_a_topic(benchmark::State& state) {
  Broker broker;
  const Names names(0, 1);
  for (auto _ : state)
    broker.wait(
        [&](api::Completion<void> done) { broker->topics().put({.name = names.topic[0]}, std::move(done)); });
}
BENCHMARK(put_a_topic)->Unit(benchmark::kMicrosecond)->UseRealTime();

void open_metadata(benchmark::State& state) {
  Broker broker;
  const Names names(static_cast<std::size_t>(state.range(0)), 250);
  commit_all(broker->offsets(), names, 1'000'000'000);
  for (auto _ : state) broker.open();
}
BENCHMARK(open_metadata)->Arg(0)->Arg(100)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace gantry::kernel
