// gantry-loadgen: asks a server as fast as it can, or at a fixed rate, and says what that cost the server.
//
// Exit code 0: measured, and every answer was right. 1: something was wrong, and the report says what.
#include "bench/loadgen/broker_commands.h"
#include "bench/loadgen/echo_workload.h"
#include "bench/loadgen/load_command.h"
#include "bench/loadgen/registration.h"
#include "bench/loadgen/route_workload.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace gantry::bench {
namespace {

struct Options {
  LoadOptions load;
  std::size_t topics = 1;
  std::size_t brokers = 1;
  std::uint16_t code = 10;
  std::size_t body_size = 256;
  bool any_content = false;

  std::string server = "127.0.0.1:9876";
  RegistrationPlan registration;
  double hold_seconds = 0;
};

int run_registration(Options& options) {
  const EndSignal end;
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
    if (end.wait(in_nanoseconds(wait))) return 0;
    held += wait;
    if (options.hold_seconds > 0 && held >= options.hold_seconds) return 0;
    registration.keep_alive();
  }
}

void add_route(CLI::App& route, Options& options) {
  route.add_option("--topics", options.topics, "How many of the registered topics to ask for, at random")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  route.add_option("--brokers", options.brokers, "How many brokers each route must name")
      ->capture_default_str();
  add_load_options(route, options.load);
}

void add_echo(CLI::App& echo, Options& options) {
  echo.add_option("--code", options.code, "Request code")
      ->check(CLI::Range(0, 32'767))
      ->capture_default_str();
  echo.add_option("--body-size", options.body_size, "Bytes of the body")
      ->check(CLI::Range(0, 16 << 20))
      ->capture_default_str();
  echo.add_flag("--any-content", options.any_content, "Check only the length of what comes back");
  add_load_options(echo, options.load);
}

void add_register(CLI::App& reg, Options& options) {
  add_server_option(reg, options.server);
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
}

int main_program(int argc, char** argv) {
  Options options;
  CLI::App app("Load for servers of the RocketMQ remoting protocol, with raw pipelined frames.",
               "gantry-loadgen");
  app.require_subcommand(1);
  CLI::App& route = *app.add_subcommand("route", "Ask a name server for the routes of topics (code 105)");
  add_route(route, options);
  CLI::App& echo = *app.add_subcommand("echo", "Have a body sent back");
  add_echo(echo, options);
  CLI::App& reg =
      *app.add_subcommand("register", "Fill a name server and stay connected until SIGTERM or SIGINT");
  add_register(reg, options);
  const std::vector<Subcommand> broker_commands = add_broker_commands(app);

  CLI11_PARSE(app, argc, argv);
  for (const Subcommand& command : broker_commands)
    if (command.app->parsed()) return command.run();
  if (reg.parsed()) return run_registration(options);
  const Encoding encoding = options.load.encoding;
  if (echo.parsed())
    return run_load_command(options.load,
                            EchoWorkload(options.code, options.body_size, options.any_content, encoding));
  return run_load_command(options.load, RouteWorkload(options.topics, options.brokers, encoding));
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
