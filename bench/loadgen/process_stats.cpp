#include "bench/loadgen/process_stats.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

namespace gantry::bench {
namespace {

std::string read_proc(pid_t pid, std::string_view file) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + std::string(file);
  const std::ifstream in(path);
  std::ostringstream text;
  if (!(text << in.rdbuf())) throw std::runtime_error("cannot read " + path + ": has the process ended?");
  return text.str();
}

// Of a line like "Rss:    4036 kB".
std::uint64_t bytes_of(const std::string& text, std::string_view name) {
  const std::size_t at = text.find("\n" + std::string(name) + ":");
  if (at == std::string::npos) return 0;
  return std::stoull(text.substr(at + name.size() + 2)) * 1024;
}

std::chrono::nanoseconds of_ticks(std::uint64_t ticks) {
  static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return std::chrono::nanoseconds(ticks * (1'000'000'000 / per_second));
}

}  // namespace

ProcessStats::ProcessStats(pid_t pid) : pid_(pid), clock_() {
  if (::clock_getcpuclockid(pid, &clock_) != 0)
    throw std::runtime_error("there is no process " + std::to_string(pid));
}

CpuTime ProcessStats::cpu() const {
  timespec total{};
  if (::clock_gettime(clock_, &total) != 0)
    throw std::runtime_error("process " + std::to_string(pid_) + " has ended");
  const std::string stat = read_proc(pid_, "stat");
  // The second field, the program's name, may contain anything: count from its closing parenthesis.
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  fields >> user >> system;
  return {std::chrono::seconds(total.tv_sec) + std::chrono::nanoseconds(total.tv_nsec), of_ticks(user),
          of_ticks(system)};
}

MemoryUse ProcessStats::memory() const {
  const std::string rollup = read_proc(pid_, "smaps_rollup");
  const std::string status = read_proc(pid_, "status");
  MemoryUse use;
  use.resident_bytes = bytes_of(rollup, "Rss");
  use.anonymous_bytes = bytes_of(rollup, "Anonymous");
  use.file_bytes = use.resident_bytes - use.anonymous_bytes;
  use.page_table_bytes = bytes_of(status, "VmPTE");
  return use;
}

}  // namespace gantry::bench
