// The result of a run in two forms: a line for people, an object for programs.
#pragma once

#include "bench/loadgen/load.h"

#include <chrono>
#include <cstddef>
#include <string>

namespace gantry::bench {

// Three lines at most: throughput and latency, the server's use, and what went wrong if anything did.
std::string human_report(const LoadPlan& plan, const Workload& workload, const LoadResult& result);

// One JSON object on one line; bench/README.md explains its members. Without a server's pid it has no
// "server".
std::string json_report(const LoadPlan& plan, const Workload& workload, const LoadResult& result);

}  // namespace gantry::bench
