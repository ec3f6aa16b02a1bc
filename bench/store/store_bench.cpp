// Drives the store without a broker around it: one workload, and one object of JSON on stdout.
// StoreBench.java does the same to Apache's; the options and the fields are the same. Here messages come in
// bursts, as a broker reads them from its connections: --burst says how many; with --flush sync each sender
// has one on its way.
#include "kernel/api/clock.h"
#include "logging/spdlog_logger.h"
#include "plugins/store-mmap/posix_file_system.h"
#include "plugins/store-mmap/store.h"
#include "plugins/store-mmap/thread_lanes.h"
#include "remoting/host_address.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <mutex>
#include <random>
#include <semaphore>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/resource.h>

namespace {

using namespace gantry;

constexpr int kQueuesOfATopic = 4;
constexpr int kPool = 1024;  // messages that a thread sends in turn

class SystemClock final : public api::Clock {
 public:
  std::chrono::steady_clock::time_point now() const override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point date() const override { return std::chrono::system_clock::now(); }
};

struct Options {
  std::string dir;
  std::string work = "append";
  std::string flush = "async";
  int body_bytes = 128;
  int queues = 4;
  int threads = 1;
  int window = 1;
  int batch = 32;
  int burst = 32;
  std::string key_index = "true";
  bool on_thread = false;
  std::int64_t fill_messages = 1'000'000;
  double warmup_seconds = 10;
  double seconds = 10;
  std::string device_stat;
  bool read_log = false;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// All that went to the device since it is there; the seventh figure counts sectors of 512 bytes.
double disk_bytes(const std::string& stat) {
  if (stat.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::ifstream in(stat);
  double figure = 0;
  for (int i = 0; i < 7; ++i) in >> figure;
  return figure * 512;
}

double kibibytes(std::string_view field) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(field)) return std::strtod(line.c_str() + field.size() + 1, nullptr);
  }
  return 0;
}

struct Message {
  std::string body;
  std::string properties;
};

std::vector<Message> make_pool(const Options& options, int thread) {
  std::vector<Message> pool(kPool);
  std::mt19937_64 random(static_cast<std::uint64_t>(thread));
  for (int i = 0; i < kPool; ++i) {
    // Half of it random: no compression on the way to the disk can help.
    std::string body(static_cast<std::size_t>(options.body_bytes), '\0');
    for (std::size_t at = 0; at < body.size() / 2; ++at) body[at] = static_cast<char>(random());
    char key[64];
    std::snprintf(key, sizeof key,
                  "UNIQ_KEY\x01"
                  "7F000001%016X%08X",
                  static_cast<unsigned>(thread), static_cast<unsigned>(i));
    pool[static_cast<std::size_t>(i)] = {std::move(body), std::string("TAGS\x01"
                                                                      "TagA\x02") +
                                                              key};
  }
  return pool;
}

// What a thread has on its way, and what became of it.
struct Flow {
  explicit Flow(int window) : room(window) {}
  std::counting_semaphore<> room;
  std::atomic<std::int64_t> stored{0};
  std::atomic<std::int64_t> refused{0};
};

class Burst final : public api::AppendBurst {
 public:
  Burst(std::size_t size, Flow& flow) : drafts_(size), flow_(flow) {}
  std::span<api::Draft> drafts() override { return drafts_; }
  void written(std::span<const api::Appended> outcomes, api::LogOffset) noexcept override {
    for (const auto& one : outcomes) refused_ += one.refused ? 1 : 0;
  }
  void stored(const api::Result<void>& outcome) noexcept override {
    const auto count = static_cast<std::int64_t>(drafts_.size());
    const std::int64_t refused = outcome ? refused_ : count;
    flow_.refused += refused;
    flow_.stored += count - refused;
    flow_.room.release();
  }

 private:
  std::vector<api::Draft> drafts_;
  Flow& flow_;
  std::int64_t refused_ = 0;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        log_(logging::SpdlogLogger::open({.program = "store"}).value()),
        lanes_(clock_, [](store::Lane, const std::exception_ptr& thrown) { std::rethrow_exception(thrown); }),
        store_(config(), options.dir, {files_, lanes_, clock_, *log_}) {
    const double begin = now();
    store_.open();
    open_seconds_ = now() - begin;
    store_.start();
    const int topics = std::max(1, options.queues / kQueuesOfATopic);
    for (int i = 0; i < topics; ++i) {
      char name[16];
      std::snprintf(name, sizeof name, "bench-%05d", i);
      topics_.emplace_back(name);
    }
  }

  void run() {
    if (options_.read_log) read_log();
    if (options_.work == "open") return report();
    if (options_.work == "fill") {
      fill(options_.fill_messages);
      return report();
    }
    if (options_.work == "read") fill(options_.fill_messages);
    if (options_.work == "append" && options_.queues > kQueuesOfATopic) fill(options_.queues);
    measure(options_.work == "read" ? &Bench::read : &Bench::append);
    report();
  }
  void close() {
    lanes_.stop();
    store_.close();
  }
  std::int64_t messages() const { return messages_; }

 private:
  using Work = void (Bench::*)(int thread);

  store::StoreConfig config() const {
    store::StoreConfig config;
    config.flush = options_.flush == "sync"   ? store::Flush::sync
                   : options_.flush == "pool" ? store::Flush::pool
                                              : store::Flush::async;
    config.key_index = options_.key_index == "true";
    config.append_on_thread = options_.on_thread;
    config.force_clean = false;
    return config;
  }

  void put(const std::vector<Message>& pool, std::int64_t number, std::int64_t step, std::size_t size,
           Flow& flow) {
    flow.room.acquire();
    auto burst = std::make_unique<Burst>(size, flow);
    const auto born =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.date().time_since_epoch()).count();
    for (api::Draft& draft : burst->drafts()) {
      const Message& message = pool[static_cast<std::size_t>(number) % kPool];
      const auto queue = static_cast<std::size_t>(number % options_.queues);
      draft.record.topic = topics_[queue / kQueuesOfATopic];
      draft.record.queue_id = static_cast<std::int32_t>(queue % kQueuesOfATopic);
      draft.record.body = message.body;
      draft.record.properties = message.properties;
      draft.record.born_timestamp = born;
      draft.tags_code = tag_;
      number += step;
    }
    store_.append(std::move(burst));
  }

  void fill(std::int64_t count) {
    const auto pool = make_pool(options_, 0);
    Flow flow(64);
    for (std::int64_t i = 0; i < count; i += 32)
      put(pool, i, 1, static_cast<std::size_t>(std::min<std::int64_t>(32, count - i)), flow);
    for (int i = 0; i < 64; ++i) flow.room.acquire();
    store_.settle().value();
    if (flow.refused > 0) throw std::runtime_error("filling: messages were refused");
  }

  void append(int thread) {
    const auto pool = make_pool(options_, thread);
    const bool async = options_.flush != "sync";
    Flow flow(options_.window);
    const std::size_t size = async ? static_cast<std::size_t>(options_.burst) : 1;
    for (std::int64_t i = 0; running_; i += static_cast<std::int64_t>(size))
      put(pool, i * options_.threads + thread, options_.threads, size, flow);
    for (int i = 0; i < options_.window; ++i) flow.room.acquire();
    messages_ += flow.stored;
    refused_ += flow.refused;
  }

  // Each thread reads its share of the queues from their beginning to their end, again and again.
  void read(int thread) {
    std::vector<std::int64_t> next(static_cast<std::size_t>(options_.queues));
    std::int64_t count = 0;
    while (running_) {
      for (int queue = thread; queue < options_.queues && running_; queue += options_.threads) {
        std::int64_t& from = next[static_cast<std::size_t>(queue)];
        std::binary_semaphore told(0);
        bool told_at_once = false;
        const auto asking = std::this_thread::get_id();
        store_.read({.topic = topics_[static_cast<std::size_t>(queue / kQueuesOfATopic)],
                     .queue = api::QueueId{queue % kQueuesOfATopic},
                     .from = {from},
                     .most_messages = static_cast<std::size_t>(options_.batch),
                     .filter = nullptr},
                    [&](const api::Result<api::ReadOutcome>& outcome) {
                      const bool found = outcome && outcome->status == api::ReadStatus::found;
                      if (found) count += static_cast<std::int64_t>(outcome->count);
                      from = found ? outcome->next.value : 0;
                      if (std::this_thread::get_id() == asking) {
                        told_at_once = true;
                      } else {
                        told.release();
                      }
                    });
        if (!told_at_once) told.acquire();
      }
    }
    messages_ += count;
  }

  // As recovery or a slave reads it: from end to end, so that it fills the page cache.
  void read_log() {
    for (api::LogOffset at = store_.first(); at < store_.end();)
      at = store_.walk(at, ByteSize::mib(4), [](std::span<const api::LogEntry>) {}).value();
  }

  double run_for(Work work, double seconds) {
    running_ = true;
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(options_.threads));
    const double begin = now();
    for (int i = 0; i < options_.threads; ++i) threads.emplace_back([this, work, i] { (this->*work)(i); });
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    running_ = false;
    for (auto& thread : threads) thread.join();
    return now() - begin;
  }

  void measure(Work work) {
    run_for(work, options_.warmup_seconds);
    store_.settle().value();
    sync_disk();
    messages_ = refused_ = 0;
    const double disk = disk_bytes(options_.device_stat);
    const double cpu = cpu_seconds();
    const auto before = store_.end();
    seconds_ = run_for(work, options_.seconds);
    cpu_ = cpu_seconds() - cpu;
    stored_ = store_.end() - before;
    const double settling = now();
    const double settling_cpu = cpu_seconds();
    store_.settle().value();
    settle_ = now() - settling;
    settle_cpu_ = cpu_seconds() - settling_cpu;
    sync_disk();
    disk_ = disk_bytes(options_.device_stat) - disk;
  }

  // What is still only in memory goes to the disk now, and so to the account of what was measured.
  void sync_disk() const {
    const int directory = ::open(options_.dir.c_str(), O_RDONLY | O_DIRECTORY);
    ::syncfs(directory);
    ::close(directory);
  }

  void report() const {
    std::ostringstream out;
    out << R"({"store": "gantry", "work": ")" << options_.work << R"(", "flush": ")" << options_.flush << '"';
    const auto number = [&](const char* name, double value) {
      out << ", \"" << name << "\": ";
      if (std::isnan(value)) {
        out << "null";
      } else if (value == std::floor(value)) {
        out << static_cast<std::int64_t>(value);
      } else {
        char text[32];
        std::snprintf(text, sizeof text, "%.6f", value);
        out << text;
      }
    };
    number("body_bytes", options_.body_bytes);
    number("queues", options_.queues);
    number("threads", options_.threads);
    number("window", options_.window);
    number("batch", options_.batch);
    number("burst", options_.burst);
    out << ", \"key_index\": " << options_.key_index;
    number("warmup_seconds", options_.warmup_seconds);
    number("open_seconds", open_seconds_);
    number("seconds", seconds_);
    number("messages", static_cast<double>(messages_));
    number("refused", static_cast<double>(refused_));
    number("cpu_seconds", cpu_);
    number("settle_seconds", settle_);
    number("settle_cpu_seconds", settle_cpu_);
    number("stored_bytes", static_cast<double>(stored_));
    number("disk_bytes", disk_);
    number("resident_anonymous_bytes", 1024 * kibibytes("RssAnon"));
    std::cout << out.str() << "}\n";
  }

  const Options options_;
  const std::int64_t tag_ = remoting::java_string_hash("TagA");
  SystemClock clock_;
  std::unique_ptr<logging::Logger> log_;
  store::PosixFileSystem files_;
  store::ThreadLanes lanes_;
  store::Store store_;
  std::vector<std::string> topics_;
  std::atomic<bool> running_{false};
  std::atomic<std::int64_t> messages_{0};
  std::atomic<std::int64_t> refused_{0};
  double open_seconds_ = 0, seconds_ = 0, cpu_ = 0, settle_ = 0, settle_cpu_ = 0, disk_ = 0;
  std::int64_t stored_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Drives the store without a broker around it");
  app.add_option("--dir", options.dir)->required();
  app.add_option("--work", options.work)->check(CLI::IsMember({"append", "read", "fill", "open"}));
  app.add_option("--flush", options.flush)->check(CLI::IsMember({"sync", "async", "pool"}));
  app.add_option("--body-bytes", options.body_bytes);
  app.add_option("--queues", options.queues);
  app.add_option("--threads", options.threads);
  app.add_option("--window", options.window);
  app.add_option("--batch", options.batch);
  app.add_option("--burst", options.burst);
  app.add_option("--key-index", options.key_index);
  app.add_flag("--on-thread", options.on_thread);
  app.add_option("--fill-messages", options.fill_messages);
  app.add_option("--warmup-seconds", options.warmup_seconds);
  app.add_option("--seconds", options.seconds);
  app.add_option("--device-stat", options.device_stat,
                 "/sys/dev/block/MAJOR:MINOR/stat of the directory's disk");
  app.add_flag("--read-log", options.read_log, "read all of the log before anything else");
  CLI11_PARSE(app, argc, argv);
  try {
    Bench bench(options);
    bench.run();
    bench.close();
    return 0;
  } catch (const std::exception& why) {
    std::cerr << "gantry-store-bench: " << why.what() << '\n';
    return 1;
  }
}
