// The real libraries that tests/plugins/ builds.
#pragma once

#include <filesystem>
#include <string>

namespace gantry::kernel {

inline std::filesystem::path sound_plugins() {
  return std::filesystem::path(GANTRY_TEST_PLUGINS) / "sound";
}
inline std::filesystem::path wrong_plugins() {
  return std::filesystem::path(GANTRY_TEST_PLUGINS) / "wrong";
}
inline std::filesystem::path library(const std::filesystem::path& folder, const std::string& name) {
  return folder / ("lib" + name + ".so");
}

}  // namespace gantry::kernel
