// Reads big-endian integers and byte strings one after the other from input that may end anywhere.
//
// A read that does not fit, or a negative length, returns zero or an empty view and makes the reader
// fail for good: later reads return nothing, ok() is false, and position() stays where that read began.
// So a codec reads all its fields and asks once. Views point into the input. One thread at a time.
#pragma once

#include "remoting/byte_order.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gantry::remoting {

class ByteReader {
 public:
  explicit ByteReader(std::string_view input) noexcept
      : begin_(input.data()), at_(begin_), end_(begin_ + input.size()) {}

  std::uint8_t u8() noexcept { return integer<std::uint8_t>(); }
  std::int16_t i16() noexcept { return integer<std::int16_t>(); }
  std::int32_t i32() noexcept { return integer<std::int32_t>(); }
  std::int64_t i64() noexcept { return integer<std::int64_t>(); }

  // Lengths come from the wire, signed: a negative one fails like one that is too large.
  std::string_view bytes(std::int64_t size) noexcept {
    if (size < 0 || static_cast<std::uint64_t>(size) > remaining()) {
      failed_ = true;
      return {};
    }
    if (failed_) return {};
    const std::string_view read(at_, static_cast<std::size_t>(size));
    at_ += size;
    return read;
  }

  bool ok() const noexcept { return !failed_; }
  bool at_end() const noexcept { return at_ == end_; }
  std::size_t position() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }

 private:
  template <class T>
  T integer() noexcept {
    if (failed_ || remaining() < sizeof(T)) {
      failed_ = true;
      return 0;
    }
    const T value = load_big_endian<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  bool failed_ = false;
};

}  // namespace gantry::remoting
