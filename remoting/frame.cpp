#include "remoting/frame.h"

#include "remoting/byte_order.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace gantry::remoting {
namespace {

// As text when it is text, else as bytes: mostly it is another protocol's greeting.
std::string shown(std::span<const char> bytes) {
  bytes = bytes.first(std::min(bytes.size(), kFramePrefix));
  const auto is_text = [](char c) { return c >= ' ' && c < 0x7f; };
  if (std::all_of(bytes.begin(), bytes.end(), is_text)) return {bytes.begin(), bytes.end()};
  std::string text;
  for (const char c : bytes) {
    constexpr auto kHex = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(c);
    text += {kHex[value >> 4], kHex[value & 15], ' '};
  }
  text.pop_back();
  return text;
}

FrameError seen(std::string what, std::span<const char> buffer) {
  return {std::move(what) + "; it starts with: " + shown(buffer)};
}

}  // namespace

void throw_exception_from_error(const FrameError& error, const boost::source_location&) {
  throw std::runtime_error(error.text);
}

boost::system::result<Frame, FrameError> first_frame(std::span<char> buffer, ByteSize max_size) {
  if (buffer.size() < 4) return Frame{};
  // A negative length is a huge one here, and refused as such.
  const auto length = static_cast<std::uint32_t>(load_i32(buffer.data()));
  if (length < 4)
    return seen("frame length " + std::to_string(length) + " leaves no room for a header", buffer);
  const std::uint64_t size = std::uint64_t{length} + 4;
  if (size > max_size.bytes())
    return seen("frame length " + std::to_string(length) + " is above the limit of " + max_size.str(),
                buffer);

  Frame frame{.size = static_cast<std::size_t>(size)};
  if (buffer.size() < kFramePrefix) return frame;

  const auto word = static_cast<std::uint32_t>(load_i32(buffer.data() + 4));
  const auto type = word >> 24;
  const std::size_t header_size = word & 0xffffff;
  if (type > 1)
    return seen("header type " + std::to_string(type) + " is neither 0 (JSON) nor 1 (ROCKETMQ)", buffer);
  if (header_size > frame.size - kFramePrefix)
    return seen("header length " + std::to_string(header_size) + " does not fit frame length " +
                    std::to_string(length),
                buffer);
  if (buffer.size() < frame.size) return frame;

  frame.serialize_type = static_cast<SerializeType>(type);
  frame.header = buffer.subspan(kFramePrefix, header_size);
  const auto body = buffer.subspan(kFramePrefix + header_size, frame.size - kFramePrefix - header_size);
  frame.body = {body.data(), body.size()};
  return frame;
}

}  // namespace gantry::remoting
