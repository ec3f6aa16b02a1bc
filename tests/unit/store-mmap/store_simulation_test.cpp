#include "tests/unit/store-mmap/store_simulation.h"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

namespace gantry::store {
namespace {

// The suites' runner gives it; without it every run tells the same stories.
std::uint64_t first_seed() {
  const char* given = std::getenv("GANTRY_SEED");
  return given == nullptr ? 1 : std::stoull(given, nullptr, 0);
}

// GANTRY_STORIES=50000 for more.
std::uint64_t stories() {
  const char* given = std::getenv("GANTRY_STORIES");
  return given == nullptr ? 2000 : std::stoull(given, nullptr, 0);
}

// Empty: all was well.
std::string ends_badly(std::uint64_t seed, const StorySettings& settings = {}) {
  StoreSimulation simulation(seed, settings);
  try {
    simulation.run();
    return {};
  } catch (const std::exception& violation) {
    if (!settings.log_in_story) return ends_badly(seed, {.log_in_story = true});
    std::string report = "seed " + std::to_string(seed) + ": " + violation.what() + "\n";
    for (const std::string& line : simulation.story()) report += "  " + line + "\n";
    return report;
  }
}

TEST(StoreSimulation, keeps_every_promise_whatever_happens) {
  const std::uint64_t first = first_seed();
  const char* most = std::getenv("GANTRY_MOST_FAILURES");
  int failures = most == nullptr ? 1 : std::atoi(most);
  for (std::uint64_t seed = first; seed < first + stories(); ++seed) {
    const std::string report = ends_badly(seed);
    if (report.empty()) continue;
    ADD_FAILURE() << report << "again: GANTRY_STORIES=1 GANTRY_SEED=" << seed;
    if (--failures == 0) return;
  }
}

}  // namespace
}  // namespace gantry::store
