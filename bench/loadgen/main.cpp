// gantry-loadgen: asks a server as fast as it can, or at a fixed rate, and says what that cost the server.
//
// Exit code 0: measured, and every answer was right. 1: something was wrong, and the report says what.
#include "bench/loadgen/echo_workload.h"
#include "bench/loadgen/load.h"
#include "bench/loadgen/registration.h"
#include "bench/loadgen/report.h"
#include "bench/loadgen/route_workload.h"

#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <signal.h>
#include <string>

#include <CLI/CLI.hpp>

namespace gantry::bench {
namespace {

struct Options {
  std::string server = "127.0.0.1:9876";
  Encoding encoding = Encoding::json;
  LoadPlan plan;
  double rate = 0;
  double warmup_seconds = 2;
  double duration_seconds = 10;
  pid_t server_pid = 0;
  bool json = false;

  std::size_t topics = 1;
  std::size_t brokers = 1;
  std::uint16_t code = 10;
  std::size_t body_size = 256;
  bool any_content = false;

  RegistrationPlan registration;
  double hold_seconds = 0;
};

void add_server_option(CLI::App& app, Options& options) {
  app.add_option("--server", options.server, "Address of the server, numbers only")->capture_default_str();
}

void add_load_options(CLI::App& app, Options& options) {
  const std::map<std::string, Encoding> encodings{{"json", Encoding::json}, {"binary", Encoding::binary}};
  LoadPlan& plan = options.plan;
  add_server_option(app, options);
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

int run(Options& options, const Workload& workload) {
  LoadPlan& plan = options.plan;
  plan.server = parse_endpoint(options.server);
  if (options.rate > 0) plan.rate = options.rate;
  const auto in_nanoseconds = [](double seconds) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  };
  plan.warmup = in_nanoseconds(options.warmup_seconds);
  plan.duration = in_nanoseconds(options.duration_seconds);
  if (options.server_pid > 0) plan.server_pid = options.server_pid;

  const LoadResult result = run_load(plan, workload);
  if (options.json) std::printf("%s\n", json_report(plan, workload, result).c_str());
  std::fputs(human_report(plan, workload, result).c_str(), options.json ? stderr : stdout);
  return result.tally.all_answers_right() ? 0 : 1;
}

// The signal is waited for, not handled: it may come at any time, from the start on.
sigset_t block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int run_registration(Options& options) {
  const sigset_t signals = block_end_signals();
  options.registration.server = parse_endpoint(options.server);
  const auto start = std::chrono::steady_clock::now();
  Registration registration(options.registration);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::printf("registered %zu brokers × %zu topics in %.1f ms\n", options.registration.brokers,
              options.registration.topics, took.count());
  std::fflush(stdout);

  double held = 0;
  const double period = static_cast<double>(Registration::kKeepAlivePeriod.count());
  for (;;) {
    const double left = options.hold_seconds > 0 ? options.hold_seconds - held : period;
    const double wait = std::min(left, period);
    timespec timeout{};
    timeout.tv_sec = static_cast<time_t>(wait);
    timeout.tv_nsec = static_cast<long>((wait - static_cast<double>(timeout.tv_sec)) * 1e9);
    if (sigtimedwait(&signals, nullptr, &timeout) > 0) return 0;
    held += wait;
    if (options.hold_seconds > 0 && held >= options.hold_seconds) return 0;
    registration.keep_alive();
  }
}

int main_program(int argc, char** argv) {
  Options options;
  CLI::App app("Load for servers of the RocketMQ remoting protocol, with raw pipelined frames.",
               "gantry-loadgen");
  app.require_subcommand(1);

  CLI::App& route = *app.add_subcommand("route", "Ask a name server for the routes of topics (code 105)");
  route.add_option("--topics", options.topics, "How many of the registered topics to ask for, at random")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  route.add_option("--brokers", options.brokers, "How many brokers each route must name")
      ->capture_default_str();
  add_load_options(route, options);

  CLI::App& echo = *app.add_subcommand("echo", "Have a body sent back");
  echo.add_option("--code", options.code, "Request code")
      ->check(CLI::Range(0, 32'767))
      ->capture_default_str();
  echo.add_option("--body-size", options.body_size, "Bytes of the body")
      ->check(CLI::Range(0, 16 << 20))
      ->capture_default_str();
  echo.add_flag("--any-content", options.any_content, "Check only the length of what comes back");
  add_load_options(echo, options);

  CLI::App& reg =
      *app.add_subcommand("register", "Fill a name server and stay connected until SIGTERM or SIGINT");
  add_server_option(reg, options);
  reg.add_option("--brokers", options.registration.brokers, "Brokers")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  reg.add_option("--topics", options.registration.topics, "Topics, all of them on each broker")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  reg.add_option("--queues", options.registration.queues, "Queues of each topic on each broker")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  reg.add_option("--hold", options.hold_seconds, "End after so many seconds")->check(CLI::PositiveNumber);

  CLI11_PARSE(app, argc, argv);
  if (reg.parsed()) return run_registration(options);
  if (echo.parsed())
    return run(options, EchoWorkload(options.code, options.body_size, options.any_content, options.encoding));
  return run(options, RouteWorkload(options.topics, options.brokers, options.encoding));
}

}  // namespace
}  // namespace gantry::bench

int main(int argc, char** argv) {
  try {
    return gantry::bench::main_program(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "gantry-loadgen: %s\n", e.what());
    return 1;
  }
}
