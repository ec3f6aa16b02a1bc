// The options that every load has on the command line, and the run that they ask for.
#pragma once

#include "bench/loadgen/frame.h"
#include "bench/loadgen/load.h"
#include "bench/loadgen/workload.h"

#include <chrono>
#include <signal.h>
#include <string>

#include <CLI/CLI.hpp>

namespace gantry::bench {

struct LoadOptions {
  std::string server = "127.0.0.1:9876";
  Encoding encoding = Encoding::json;
  LoadPlan plan;
  double rate = 0;
  double warmup_seconds = 2;
  double duration_seconds = 10;
  pid_t server_pid = 0;
  bool json = false;
};

void add_server_option(CLI::App& app, std::string& server);
void add_load_options(CLI::App& app, LoadOptions& options);

// Measures, and reports on stdout. The program's exit code: 1 when an answer was wrong.
int run_load_command(LoadOptions& options, const Workload& workload);

std::chrono::nanoseconds in_nanoseconds(double seconds);

// Blocks SIGINT and SIGTERM, for this thread and those that it starts: from then on they are waited for, and
// may come at any time. Construct it first of all.
class EndSignal {
 public:
  EndSignal();

  // True when one has come; false when it did not within this time.
  bool wait(std::chrono::nanoseconds longest) const;

 private:
  sigset_t signals_;
};

}  // namespace gantry::bench
