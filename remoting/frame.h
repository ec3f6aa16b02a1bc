// Cuts a stream of bytes into frames, in place.
//
//   0  4  L: how many bytes follow this word = 4 + header + body
//   4  1  how the header is serialized: 0 JSON, 1 ROCKETMQ
//   5  3  H: length of the header
//   8  H  header
//      …  body, to the end of L
#pragma once

#include "remoting/byte_size.h"
#include "remoting/command.h"

#include <cstddef>
#include <span>
#include <string>

#include <boost/system/result.hpp>

namespace gantry::remoting {

inline constexpr std::size_t kFramePrefix = 8;  // both length words

// Views into the buffer. The header is mutable: its decoder unescapes in place.
struct Frame {
  std::size_t size = 0;  // of the whole frame, both words included
  SerializeType serialize_type = SerializeType::json;
  std::span<char> header{};
  std::string_view body{};
};

// What cannot be a frame. The sender has lost its place or never spoke this protocol: only closing helps.
struct FrameError {
  std::string
      text;  // what was seen: "frame length 1195725856 is above the limit of 16MiB; it starts with: GET / HT"
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const FrameError& error, const boost::source_location& where);

// Looks at the first frame in `buffer`. A frame that has not wholly arrived has `size` set as soon as its
// first word is there, and an empty header; nothing can be said of fewer than 4 bytes, size is 0 then.
// `max_size` bounds the whole frame.
boost::system::result<Frame, FrameError> first_frame(std::span<char> buffer, ByteSize max_size);

inline bool is_whole(const Frame& frame, std::size_t available) {
  return frame.size != 0 && frame.size <= available;
}

}  // namespace gantry::remoting
