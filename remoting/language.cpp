#include "remoting/language.h"

#include <array>
#include <cstddef>

namespace gantry::remoting {
namespace {

// By ordinal.
constexpr std::array<std::string_view, 14> kNames{"JAVA",   "CPP",  "DOTNET", "PYTHON", "DELPHI",
                                                  "ERLANG", "RUBY", "OTHER",  "HTTP",   "GO",
                                                  "PHP",    "OMS",  "RUST",   "NODE_JS"};

}  // namespace

Language language_of(std::int64_t ordinal) {
  return ordinal >= 0 && ordinal < static_cast<std::int64_t>(kNames.size()) ? static_cast<Language>(ordinal)
                                                                            : Language::other;
}

Language language_of(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Language>(i);
  return Language::other;
}

std::string_view name_of(Language language) {
  const auto ordinal = static_cast<std::size_t>(language);
  return ordinal < kNames.size() ? kNames[ordinal] : name_of(Language::other);
}

}  // namespace gantry::remoting
