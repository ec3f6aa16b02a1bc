// The Logger of the programs: to stderr, or to a file that is rotated. spdlog does the writing; how a line
// looks is logging/line.h.
//
// Any thread. A line is written and flushed before the call returns, so that the last line before a crash is
// there. What cannot be written (disk full) is reported on stderr about once a second; the program goes on.
#pragma once

#include "logging/logger.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/system/result.hpp>

namespace gantry::logging {

enum class Format : std::uint8_t { human, json };

struct LogSetting {
  std::string program{};  // in JSON: "logger":"namesrv", its parts "namesrv.remoting"
  Level level = Level::info;
  Format format = Format::human;

  std::filesystem::path file{};  // empty: stderr
  std::uint64_t file_bytes =
      100 << 20;               // a file that would grow past this is renamed to x.1.log and begun anew
  std::size_t old_files = 10;  // renamed ones that are kept
};

// Which file, and why it cannot be opened.
struct LogFileError {
  std::string text;
};
// Lets result::value() throw the sentence at start-up.
[[noreturn]] void throw_exception_from_error(const LogFileError& error, const boost::source_location& where);

class SpdlogLogger final : public Logger {
 public:
  static boost::system::result<std::unique_ptr<SpdlogLogger>, LogFileError> open(const LogSetting& setting);

  // Holds for all loggers that stem from this one, at once.
  void set_level(Level level);

  bool enabled(Level level) const override;
  std::unique_ptr<Logger> named(std::string_view part) const override;

 private:
  struct Output;

  SpdlogLogger(std::shared_ptr<Output> output, std::string part);
  void write(Level level, std::string_view message, std::span<const LogField> fields) override;

  std::shared_ptr<Output> output_;
  std::string part_;
};

}  // namespace gantry::logging
