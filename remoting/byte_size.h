// A number of bytes that was meant as one.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry {

class ByteSize {
 public:
  constexpr ByteSize() = default;
  constexpr explicit ByteSize(std::uint64_t bytes) : bytes_(bytes) {}

  static constexpr ByteSize kib(std::uint64_t n) { return ByteSize(n << 10); }
  static constexpr ByteSize mib(std::uint64_t n) { return ByteSize(n << 20); }
  static constexpr ByteSize gib(std::uint64_t n) { return ByteSize(n << 30); }

  // Accepts "4096", "64KiB", "16 MiB", "1GiB", "2TiB" and "12B". Decimal units (KB, MB) are refused:
  // half of their users mean the other thing. nullopt also when the value does not fit 64 bits.
  static std::optional<ByteSize> parse(std::string_view text);

  constexpr std::uint64_t bytes() const { return bytes_; }

  // The shortest exact form that parse() reads back: "16MiB", "1500B".
  std::string str() const;

  constexpr auto operator<=>(const ByteSize&) const = default;

 private:
  std::uint64_t bytes_ = 0;
};

}  // namespace gantry
