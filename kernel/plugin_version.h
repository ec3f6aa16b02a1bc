// A plugin's version, three numbers of which a later one is greater; and what a plugin needs, as it writes
// it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::kernel {

struct PluginVersion {
  std::uint32_t major = 0, minor = 0, patch = 0;

  // "1.2.0". nullopt for anything else.
  static std::optional<PluginVersion> parse(std::string_view text);
  std::string str() const;

  auto operator<=>(const PluginVersion&) const = default;
};

// "message-store" or "schedule >= 1.2.0".
struct PluginNeed {
  std::string name;
  std::optional<PluginVersion> at_least;

  static std::optional<PluginNeed> parse(std::string_view text);
  std::string str() const;
};

}  // namespace gantry::kernel
