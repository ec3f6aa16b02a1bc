#include "bench/loadgen/load_command.h"

#include "bench/loadgen/report.h"
#include "bench/loadgen/socket.h"

#include <cstdio>
#include <map>

namespace gantry::bench {

std::chrono::nanoseconds in_nanoseconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

void add_server_option(CLI::App& app, std::string& server) {
  app.add_option("--server", server, "Address of the server, numbers only")->capture_default_str();
}

void add_load_options(CLI::App& app, LoadOptions& options) {
  const std::map<std::string, Encoding> encodings{{"json", Encoding::json}, {"binary", Encoding::binary}};
  LoadPlan& plan = options.plan;
  add_server_option(app, options.server);
  app.add_option("--connections", plan.connections, "Connections, of all threads together")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--window", plan.window, "Requests in flight on each connection")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--threads", plan.threads, "Generator threads")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--rate", options.rate,
                 "Open loop: requests per second, evenly spaced, latency from the scheduled start. "
                 "Without it: as fast as the windows allow")
      ->check(CLI::PositiveNumber);
  app.add_option("--warmup", options.warmup_seconds, "Seconds of load before the measured ones")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--duration", options.duration_seconds, "Measured seconds")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--server-pid", options.server_pid, "Measure this process's CPU time and memory")
      ->check(CLI::PositiveNumber);
  app.add_option("--encoding", options.encoding, "How request headers are written: json or binary")
      ->transform(CLI::CheckedTransformer(encodings));
  app.add_option("--seed", plan.seed, "Of the random order of requests")->capture_default_str();
  app.add_flag("--json", options.json, "The report as JSON on stdout (the readable one goes to stderr)");
}

int run_load_command(LoadOptions& options, const Workload& workload) {
  LoadPlan& plan = options.plan;
  plan.server = parse_endpoint(options.server);
  if (options.rate > 0) plan.rate = options.rate;
  plan.warmup = in_nanoseconds(options.warmup_seconds);
  plan.duration = in_nanoseconds(options.duration_seconds);
  if (options.server_pid > 0) plan.server_pid = options.server_pid;

  const LoadResult result = run_load(plan, workload);
  if (options.json) std::printf("%s\n", json_report(plan, workload, result).c_str());
  std::fputs(human_report(plan, workload, result).c_str(), options.json ? stderr : stdout);
  return result.tally.all_answers_right() ? 0 : 1;
}

EndSignal::EndSignal() : signals_() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals_, nullptr);
}

bool EndSignal::wait(std::chrono::nanoseconds longest) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (longest - seconds).count()};
  return sigtimedwait(&signals_, nullptr, &timeout) > 0;
}

}  // namespace gantry::bench
