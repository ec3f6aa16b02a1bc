// What can be configured of a program's log, the same for every program. A program's own configuration
// derives from LogConfig.
#pragma once

#include "logging/logger.h"
#include "logging/spdlog_logger.h"
#include "options/report.h"
#include "options/schema.h"
#include "remoting/byte_size.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::daemon {

// The member initialisers are the defaults.
struct LogConfig {
  logging::Level log_level = logging::Level::info;
  logging::Format log_format = logging::Format::human;
  std::filesystem::path log_file;
  ByteSize log_file_size = ByteSize::mib(100);
  std::size_t log_files_kept = 10;

  bool operator==(const LogConfig&) const = default;
};

// `program` is the log's name for it: "namesrv". Throws std::runtime_error when the file cannot be opened.
std::unique_ptr<logging::SpdlogLogger> open_log(const LogConfig& config, const std::string& program);

// What is odd about a configuration, a line each.
void log_warnings(const options::Report& report, logging::Logger& log);

inline constexpr std::array<std::pair<std::string_view, logging::Format>, 2> kLogFormats{
    {{"human", logging::Format::human}, {"json", logging::Format::json}}};

template <std::derived_from<LogConfig> Config>
void declare_log_options(options::Schema<Config>& schema) {
  schema.option("log_level", &Config::log_level, logging::kLevelNames)
      .changeable_by_wire()
      .help("Lines below this level are not written.");
  schema.option("log_format", &Config::log_format, kLogFormats)
      .help("human: a line to read; json: an object a line, for machines.");
  schema.option("log_file", &Config::log_file).help("File that is logged to. Empty: standard error.");
  schema.option("log_file_size", &Config::log_file_size)
      .range(ByteSize::kib(64), ByteSize::gib(64))
      .help("The log file is renamed and begun anew before it grows past this.");
  schema.option("log_files_kept", &Config::log_files_kept)
      .range(1, 10'000)
      .help("Renamed log files that are kept.");
}

}  // namespace gantry::daemon
