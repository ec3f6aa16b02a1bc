// A file that is always whole: what reads it (node_exporter's textfile collector) sees the old figures or the
// new ones, never a part.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::kernel {

// Written beside it and renamed over it; not synced, as figures of a moment are worth no write to the disk.
// Why it cannot be written, as a sentence; nullopt: it is. Thread: any that may wait for the disk.
std::optional<std::string> write_metrics_file(const std::filesystem::path& file, std::string_view text);

}  // namespace gantry::kernel
