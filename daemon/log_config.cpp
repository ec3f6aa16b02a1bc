#include "daemon/log_config.h"

namespace gantry::daemon {

std::unique_ptr<logging::SpdlogLogger> open_log(const LogConfig& config, const std::string& program) {
  return logging::SpdlogLogger::open({.program = program,
                                      .level = config.log_level,
                                      .format = config.log_format,
                                      .file = config.log_file,
                                      .file_bytes = config.log_file_size.bytes(),
                                      .old_files = config.log_files_kept})
      .value();
}

void log_warnings(const options::Report& report, logging::Logger& log) {
  for (const auto& warning : report.warnings)
    log.warn("configuration", {{"place", warning.place.str()}, {"said", warning.text}});
}

}  // namespace gantry::daemon
