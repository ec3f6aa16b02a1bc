// Takes received bytes apart into frames, and reads of each header the four things a generator checks.
//
// Like frame.h it shares no code with remoting/. It is strict where a client would stumble: a header that
// a real client could not read is malformed here too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::bench {

struct ReceivedFrame {
  std::int32_t code = 0;
  std::int32_t opaque = 0;
  std::int32_t flag = 0;
  std::string_view remark;  // as it is on the wire: JSON escapes are not resolved
  std::string_view fields;  // extFields, undecoded: the JSON object with its braces, or the binary entries
  std::string_view body;

  bool is_answer() const { return (flag & 1) != 0; }
};

enum class ReadResult : std::uint8_t {
  frame,       // `frame` is filled, its views point into the bytes given
  incomplete,  // more bytes are needed; `frame_size` says of what total when the length is known already
  malformed,   // the peer does not speak the protocol: close the connection
};

struct FrameRead {
  ReadResult result = ReadResult::incomplete;
  std::size_t frame_size = 0;  // 0 while unknown
  ReceivedFrame frame;
};

// Reads the frame at the start of `bytes`.
FrameRead read_frame(std::string_view bytes);

// The value of one header field; nullopt when it is not there.
std::optional<std::string_view> header_field(const ReceivedFrame& frame, std::string_view name);
std::optional<std::string_view> json_field(std::string_view object, std::string_view name);

}  // namespace gantry::bench
