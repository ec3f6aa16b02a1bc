#include "bench/loadgen/report.h"

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

namespace gantry::bench {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 4> kPercentiles{
    {{"p50", 50.0}, {"p99", 99.0}, {"p99_9", 99.9}, {"p99_99", 99.99}}};

double in_microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e3;
}
double in_seconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
}
double in_mebibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

double microseconds_per_answer(std::chrono::nanoseconds cpu, const LoadResult& result) {
  return result.answers == 0 ? 0 : in_microseconds(cpu) / static_cast<double>(result.answers);
}

double answers_per_second(const LoadResult& result) {
  return result.elapsed.count() == 0 ? 0 : static_cast<double>(result.answers) / in_seconds(result.elapsed);
}

[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...) {
  std::array<char, 1024> text;
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  return {text.data(), std::min<std::size_t>(static_cast<std::size_t>(length), text.size() - 1)};
}

std::string pace(const LoadPlan& plan) {
  const std::string windows = std::to_string(plan.connections) + " × " + std::to_string(plan.window);
  return plan.rate ? formatted("%.0f/s on %s", *plan.rate, windows.c_str()) : windows + " in flight";
}

// An object member by member; values come ready-made.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, const std::string& value) {
    text_ += text_.empty() ? "{" : ",";
    text_ += '"';
    text_ += name;
    text_ += "\":" + value;
    return *this;
  }
  JsonObject& add(std::string_view name, std::uint64_t value) { return add(name, std::to_string(value)); }
  JsonObject& add(std::string_view name, double value) { return add(name, formatted("%.6g", value)); }
  JsonObject& add_text(std::string_view name, std::string_view value) { return add(name, quoted(value)); }

  std::string done() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  // Complaints quote what a server sent, which may be anything.
  static std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\' || byte < 0x20 || byte >= 0x7f)
        out += formatted("\\u%04x", byte);
      else
        out += c;
    }
    return out + '"';
  }

  std::string text_;
};

std::string latency_json(const Histogram& latency) {
  JsonObject out;
  out.add("count", latency.count());
  out.add("mean", in_microseconds(latency.mean()));
  for (const auto& [name, percent] : kPercentiles)
    out.add(name, in_microseconds(latency.percentile(percent)));
  out.add("max", in_microseconds(latency.max()));
  return out.done();
}

std::string memory_json(const MemoryUse& memory) {
  JsonObject out;
  out.add("resident", memory.resident_bytes).add("anonymous", memory.anonymous_bytes);
  return out.add("file", memory.file_bytes).add("page_tables", memory.page_table_bytes).done();
}

std::string server_json(const ServerUse& server, const LoadResult& result) {
  JsonObject out;
  out.add("cpu_us_per_answer", microseconds_per_answer(server.cpu.total, result));
  out.add("cpu_seconds", in_seconds(server.cpu.total));
  out.add("cpu_user_seconds", in_seconds(server.cpu.user));
  out.add("cpu_system_seconds", in_seconds(server.cpu.system));
  out.add("memory_before_bytes", memory_json(server.memory_before));
  return out.add("memory_after_bytes", memory_json(server.memory_after)).done();
}

std::string codes_json(const Tally& tally) {
  JsonObject out;
  for (const auto& [code, count] : tally.answers_by_code) out.add(std::to_string(code), count);
  return out.done();
}

std::string server_line(const ServerUse& server, const LoadResult& result) {
  const MemoryUse& memory = server.memory_after;
  return formatted(
      "  server: %.3f µs CPU per answer, %.0f %% of a core (user %.2f s, system %.2f s); "
      "%.1f MiB resident (anonymous %.1f, file %.1f)\n",
      microseconds_per_answer(server.cpu.total, result),
      100 * in_seconds(server.cpu.total) / in_seconds(result.elapsed), in_seconds(server.cpu.user),
      in_seconds(server.cpu.system), in_mebibytes(memory.resident_bytes),
      in_mebibytes(memory.anonymous_bytes), in_mebibytes(memory.file_bytes));
}

std::string trouble_line(const Tally& tally) {
  std::string out = "  WRONG: answers by code " + codes_json(tally);
  if (tally.refused_answers > 0)
    out += formatted(", %ju with a wrong body", std::uintmax_t{tally.refused_answers});
  if (tally.stray_frames > 0) out += formatted(", %ju stray frames", std::uintmax_t{tally.stray_frames});
  if (tally.unanswered > 0) out += formatted(", %ju unanswered", std::uintmax_t{tally.unanswered});
  if (!tally.failure.empty()) out += "; ended early: " + tally.failure;
  if (!tally.first_complaint.empty()) out += "; first complaint: " + tally.first_complaint;
  return out + '\n';
}

}  // namespace

std::string human_report(const LoadPlan& plan, const Workload& workload, const LoadResult& result) {
  const Histogram& latency = result.tally.latency;
  std::string out = workload.description() + ", " + pace(plan);
  out += formatted(": %.0f answers/s in %.1f s; latency µs", answers_per_second(result),
                   in_seconds(result.elapsed));
  for (const auto& [name, percent] : kPercentiles)
    out += formatted(" p%g %.0f,", percent, in_microseconds(latency.percentile(percent)));
  out += formatted(" max %.0f\n", in_microseconds(latency.max()));
  if (result.server && result.answers > 0) out += server_line(*result.server, result);
  if (result.tally.unsent > 0)
    out += formatted("  BEHIND: %ju requests were due but unsent when the time was over\n",
                     std::uintmax_t{result.tally.unsent});
  if (!result.tally.all_answers_right()) out += trouble_line(result.tally);
  return out;
}

std::string json_report(const LoadPlan& plan, const Workload& workload, const LoadResult& result) {
  JsonObject out;
  out.add_text("workload", workload.description());
  out.add("connections", plan.connections).add("window", plan.window).add("threads", plan.threads);
  if (plan.rate) out.add("rate", *plan.rate);
  out.add("elapsed_seconds", in_seconds(result.elapsed));
  out.add("answers", result.answers);
  out.add("answers_per_second", answers_per_second(result));
  out.add("latency_us", latency_json(result.tally.latency));
  out.add("all_answers_by_code", codes_json(result.tally));
  out.add("refused_answers", result.tally.refused_answers);
  out.add("stray_frames", result.tally.stray_frames);
  out.add("unanswered", result.tally.unanswered);
  out.add("unsent", result.tally.unsent);
  out.add("right", std::string(result.tally.all_answers_right() ? "true" : "false"));
  out.add_text("first_complaint", result.tally.first_complaint);
  out.add_text("failure", result.tally.failure);
  out.add("generator_cpu_us_per_answer", microseconds_per_answer(result.generator_cpu, result));
  if (result.server) out.add("server", server_json(*result.server, result));
  return out.done();
}

}  // namespace gantry::bench
