#include "logging/spdlog_logger.h"

#include "logging/line.h"

#include <atomic>
#include <stdexcept>

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace gantry::logging {

struct SpdlogLogger::Output {
  Output(const LogSetting& setting, spdlog::sink_ptr sink)
      : program(setting.program),
        format(setting.format),
        level(setting.level),
        writer(program, std::move(sink)) {
    writer.set_pattern("%v");
    writer.set_level(spdlog::level::trace);
    writer.flush_on(spdlog::level::trace);
  }

  const std::string program;
  const Format format;
  std::atomic<Level> level;
  spdlog::logger writer;
};

void throw_exception_from_error(const LogFileError& error, const boost::source_location&) {
  throw std::runtime_error(error.text);
}

boost::system::result<std::unique_ptr<SpdlogLogger>, LogFileError> SpdlogLogger::open(
    const LogSetting& setting) {
  spdlog::sink_ptr sink;
  if (setting.file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    try {  // spdlog has no other way to say that a file cannot be opened
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(setting.file.string(), setting.file_bytes,
                                                                    setting.old_files);
    } catch (const spdlog::spdlog_ex& error) {
      return LogFileError{"log file " + setting.file.string() + " cannot be opened: " + error.what()};
    }
  }
  return std::unique_ptr<SpdlogLogger>(
      new SpdlogLogger(std::make_shared<Output>(setting, std::move(sink)), std::string()));
}

SpdlogLogger::SpdlogLogger(std::shared_ptr<Output> output, std::string part)
    : output_(std::move(output)), part_(std::move(part)) {
}

void SpdlogLogger::set_level(Level level) {
  output_->level.store(level, std::memory_order_relaxed);
}

bool SpdlogLogger::enabled(Level level) const {
  return level >= output_->level.load(std::memory_order_relaxed);
}

std::unique_ptr<Logger> SpdlogLogger::named(std::string_view part) const {
  std::string full = part_.empty() ? std::string(part) : part_ + "." + std::string(part);
  return std::unique_ptr<Logger>(new SpdlogLogger(output_, std::move(full)));
}

void SpdlogLogger::write(Level level, std::string_view message, std::span<const LogField> fields) {
  const Line line{std::chrono::system_clock::now(), level, output_->program, part_, message, fields};
  std::string text;
  output_->format == Format::json ? append_json(text, line) : append_human(text, line);
  output_->writer.log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace gantry::logging
