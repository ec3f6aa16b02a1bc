// Big-endian integers in raw memory: every integer of the protocol and of the commit log is written so.
//
// load_* and store_* check no bounds: they are for places whose size is already known. ByteReader
// (byte_reader.h) is for input that may end anywhere. Addresses need no alignment. Any thread.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace gantry::remoting {

template <std::unsigned_integral T>
constexpr T to_or_from_big_endian(T value) noexcept {
  if constexpr (std::endian::native == std::endian::big || sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
}

template <std::integral T>
T load_big_endian(const char* from) noexcept {
  std::make_unsigned_t<T> value;
  std::memcpy(&value, from, sizeof value);
  return static_cast<T>(to_or_from_big_endian(value));
}

template <std::integral T>
void store_big_endian(char* to, T value) noexcept {
  const auto swapped = to_or_from_big_endian(static_cast<std::make_unsigned_t<T>>(value));
  std::memcpy(to, &swapped, sizeof swapped);
}

inline std::int16_t load_i16(const char* from) noexcept {
  return load_big_endian<std::int16_t>(from);
}
inline std::int32_t load_i32(const char* from) noexcept {
  return load_big_endian<std::int32_t>(from);
}
inline std::int64_t load_i64(const char* from) noexcept {
  return load_big_endian<std::int64_t>(from);
}

inline void store_i16(char* to, std::int16_t value) noexcept {
  store_big_endian(to, value);
}
inline void store_i32(char* to, std::int32_t value) noexcept {
  store_big_endian(to, value);
}
inline void store_i64(char* to, std::int64_t value) noexcept {
  store_big_endian(to, value);
}

// For buffers that grow: std::string, or whatever has its append(const char*, std::size_t).
template <std::integral T, class Buffer>
void append_big_endian(Buffer& out, T value) {
  std::array<char, sizeof(T)> bytes;
  store_big_endian(bytes.data(), value);
  out.append(bytes.data(), bytes.size());
}

template <class Buffer>
void append_i16(Buffer& out, std::int16_t value) {
  append_big_endian(out, value);
}
template <class Buffer>
void append_i32(Buffer& out, std::int32_t value) {
  append_big_endian(out, value);
}
template <class Buffer>
void append_i64(Buffer& out, std::int64_t value) {
  append_big_endian(out, value);
}

}  // namespace gantry::remoting
