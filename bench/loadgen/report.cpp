#include "bench/loadgen/report.h"

#include "bench/loadgen/json_object.h"

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

double per_one(double value, std::uint64_t of) {
  return of == 0 ? 0 : value / static_cast<double>(of);
}

double microseconds_per_answer(std::chrono::nanoseconds cpu, const LoadResult& result) {
  return per_one(in_microseconds(cpu), result.answers);
}

double per_second(std::uint64_t count, const LoadResult& result) {
  return result.elapsed.count() == 0 ? 0 : static_cast<double>(count) / in_seconds(result.elapsed);
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

std::string memory_json(const MemoryUse& memory) {
  JsonObject out;
  out.add("resident", memory.resident_bytes).add("anonymous", memory.anonymous_bytes);
  return out.add("file", memory.file_bytes).add("page_tables", memory.page_table_bytes).done();
}

std::string server_json(const ServerUse& server, const LoadResult& result) {
  JsonObject out;
  out.add("cpu_us_per_answer", microseconds_per_answer(server.cpu.total, result));
  if (result.messages > 0)
    out.add("cpu_us_per_message", per_one(in_microseconds(server.cpu.total), result.messages));
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

std::string messages_line(const LoadResult& result) {
  std::string out = formatted("  messages: %.0f/s", per_second(result.messages, result));
  if (result.server)
    out += formatted(", %.3f µs of the server's CPU each",
                     per_one(in_microseconds(result.server->cpu.total), result.messages));
  return out + '\n';
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

std::string latency_json(const Histogram& latency) {
  JsonObject out;
  out.add("count", latency.count());
  out.add("mean", in_microseconds(latency.mean()));
  for (const auto& [name, percent] : kPercentiles)
    out.add(name, in_microseconds(latency.percentile(percent)));
  out.add("max", in_microseconds(latency.max()));
  return out.done();
}

std::string human_report(const LoadPlan& plan, const Workload& workload, const LoadResult& result) {
  const Histogram& latency = result.tally.latency;
  std::string out = workload.description() + ", " + pace(plan);
  out += formatted(": %.0f answers/s in %.1f s; latency µs", per_second(result.answers, result),
                   in_seconds(result.elapsed));
  for (const auto& [name, percent] : kPercentiles)
    out += formatted(" p%g %.0f,", percent, in_microseconds(latency.percentile(percent)));
  out += formatted(" max %.0f\n", in_microseconds(latency.max()));
  if (result.server && result.answers > 0) out += server_line(*result.server, result);
  if (result.messages > 0) out += messages_line(result);
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
  out.add("answers_per_second", per_second(result.answers, result));
  if (result.messages > 0) {
    out.add("messages", result.messages);
    out.add("messages_per_second", per_second(result.messages, result));
  }
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
  out.add("generator_cpu_seconds", in_seconds(result.generator_cpu));
  if (result.server) out.add("server", server_json(*result.server, result));
  return out.done();
}

}  // namespace gantry::bench
