#include "kernel/metrics_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace gantry::kernel {

std::optional<std::string> write_metrics_file(const std::filesystem::path& file, std::string_view text) {
  auto beside = file;
  beside += ".tmp";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return "metrics_file is " + file.string() + ", but it cannot be written: " + std::strerror(errno);
  std::error_code error;
  std::filesystem::rename(beside, file, error);
  if (error) return "metrics_file is " + file.string() + ", but it cannot be replaced: " + error.message();
  return std::nullopt;
}

}  // namespace gantry::kernel
