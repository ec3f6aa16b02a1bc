#include "remoting/byte_size.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace gantry {
namespace {

constexpr std::array<std::pair<std::string_view, unsigned>, 5> kUnits{
    {{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}}};

std::optional<unsigned> shift_of(std::string_view unit) {
  if (unit.empty()) return 0;
  for (const auto& [name, shift] : kUnits)
    if (unit == name) return shift;
  return std::nullopt;
}

}  // namespace

std::optional<ByteSize> ByteSize::parse(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  const auto shift = shift_of(unit);
  if (!shift || number > std::numeric_limits<std::uint64_t>::max() >> *shift) return std::nullopt;
  return ByteSize(number << *shift);
}

std::string ByteSize::str() const {
  for (const auto& [name, shift] : kUnits) {
    const auto unit = std::uint64_t{1} << shift;
    if (bytes_ >= unit && bytes_ % unit == 0) return std::to_string(bytes_ >> shift) + std::string(name);
  }
  return std::to_string(bytes_) + "B";
}

}  // namespace gantry
