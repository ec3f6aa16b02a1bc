// A request as the bytes that travel, built once and sent millions of times.
//
// Written from the description of the wire alone: it shares no code with remoting/, so that a mistake
// there does not cancel out here.
//
// The one thing that differs between two sendings is the opaque. It sits at a fixed place and has a fixed
// width in both header encodings (nine digits in JSON), so sending is a copy and a patch. What else shall
// differ, such as a message's id, has kOpaqueMark in it: the opaque is written there too, in nine digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::bench {

enum class Encoding : std::uint8_t { json = 0, binary = 1 };  // frozen: the type byte of a frame

struct Command {
  std::uint16_t code = 0;  // request code, or response code when `flag` says that it is an answer
  std::uint32_t flag = 0;  // 1 = answer, 2 = one-way
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

class Frame {
 public:
  // Opaques have nine digits: kFirstOpaque + n, n < kOpaques.
  static constexpr std::uint32_t kFirstOpaque = 100'000'000;
  static constexpr std::uint32_t kOpaques = 900'000'000;
  // In a field's value or in the body, any number of times.
  static constexpr std::string_view kOpaqueMark = "<opaque!>";

  // The sender presents itself as a Java client of version 4.9.7: the name server's answer depends on it.
  // Throws std::length_error for a header over 16 MiB or a frame over 2 GiB.
  static Frame build(const Command& command, Encoding encoding);

  std::string_view bytes() const { return bytes_; }
  std::string_view body() const { return std::string_view(bytes_).substr(body_at_); }

  // Appends the frame to `out` with this opaque in it.
  void append_to(std::string& out, std::uint32_t opaque) const;

 private:
  Frame(Encoding encoding, std::string bytes, std::size_t opaque_at, std::size_t body_at);

  Encoding encoding_;
  std::string bytes_;
  std::size_t opaque_at_;
  std::size_t body_at_;
  std::vector<std::size_t> marks_;  // where kOpaqueMark stands
};

}  // namespace gantry::bench
