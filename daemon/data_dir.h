// Where a program keeps its files when nobody has said where.
#pragma once

#include <filesystem>
#include <string_view>

namespace gantry::daemon {

// ~/.gantry/<program>, or /var/lib/gantry/<program> for a user without a home.
std::filesystem::path default_data_dir(std::string_view program);

}  // namespace gantry::daemon
