// The result of a run in two forms: a line for people, an object for programs.
#pragma once

#include "bench/loadgen/histogram.h"
#include "bench/loadgen/load.h"

#include <chrono>
#include <cstddef>
#include <string>

namespace gantry::bench {

// Five lines at most: throughput and latency, the server's use, messages, what was late, and what went wrong
// if anything did.
std::string human_report(const LoadPlan& plan, const Workload& workload, const LoadResult& result);

// One JSON object on one line; bench/README.md explains its members. Without a server's pid it has no
// "server".
std::string json_report(const LoadPlan& plan, const Workload& workload, const LoadResult& result);

// An object of microseconds: count, mean, p50, p99, p99_9, p99_99 and max.
std::string latency_json(const Histogram& latency);

}  // namespace gantry::bench
