#include "bench/loadgen/frame.h"

#include <cstdio>
#include <limits>
#include <stdexcept>

namespace gantry::bench {
namespace {

constexpr std::size_t kPreludeSize = 8;
constexpr std::size_t kBinaryOpaqueAt = 5;
constexpr std::uint16_t kVersion = 407;  // V4_9_7
constexpr char kJavaOrdinal = 0;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void write_big_endian_u32(char* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (8 * (3 - i)) & 0xff);
}

void write_nine_digits(char* at, std::uint32_t value) {
  for (int i = 8; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

struct Header {
  std::string bytes;
  std::size_t opaque_at;
};

Header json_header(const Command& command) {
  std::string out = "{\"code\":" + std::to_string(command.code);
  if (!command.fields.empty()) {
    out += ",\"extFields\":{";
    for (const auto& [name, value] : command.fields) {
      if (&name != &command.fields.front().first) out += ',';
      out += quoted(name) + ':' + quoted(value);
    }
    out += '}';
  }
  out += ",\"flag\":" + std::to_string(command.flag) + ",\"language\":\"JAVA\",\"opaque\":";
  const std::size_t opaque_at = out.size();
  out += std::to_string(Frame::kFirstOpaque);
  out += ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":" + std::to_string(kVersion) + '}';
  return {std::move(out), opaque_at};
}

Header binary_header(const Command& command) {
  std::string fields;
  for (const auto& [name, value] : command.fields) {
    append_big_endian(fields, name.size(), 2);
    fields += name;
    append_big_endian(fields, value.size(), 4);
    fields += value;
  }
  std::string out;
  append_big_endian(out, command.code, 2);
  out += kJavaOrdinal;
  append_big_endian(out, kVersion, 2);
  append_big_endian(out, Frame::kFirstOpaque, 4);
  append_big_endian(out, command.flag, 4);
  append_big_endian(out, 0, 4);  // no remark
  append_big_endian(out, fields.size(), 4);
  return {out + fields, kBinaryOpaqueAt};
}

}  // namespace

Frame::Frame(Encoding encoding, std::string bytes, std::size_t opaque_at, std::size_t body_at)
    : encoding_(encoding), bytes_(std::move(bytes)), opaque_at_(opaque_at), body_at_(body_at) {
  for (std::size_t at = bytes_.find(kOpaqueMark); at != std::string::npos;
       at = bytes_.find(kOpaqueMark, at + kOpaqueMark.size()))
    marks_.push_back(at);
}

Frame Frame::build(const Command& command, Encoding encoding) {
  const Header header = encoding == Encoding::json ? json_header(command) : binary_header(command);
  if (header.bytes.size() >= std::size_t{1} << 24)
    throw std::length_error("a frame header of " + std::to_string(header.bytes.size()) +
                            " bytes does not fit the 24 bits of its length");
  const std::size_t after_length = 4 + header.bytes.size() + command.body.size();
  if (after_length > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw std::length_error("a frame of " + std::to_string(after_length) + " bytes is over 2 GiB");

  std::string bytes;
  append_big_endian(bytes, after_length, 4);
  bytes += static_cast<char>(encoding);
  append_big_endian(bytes, header.bytes.size(), 3);
  bytes += header.bytes + command.body;
  return {encoding, std::move(bytes), kPreludeSize + header.opaque_at, kPreludeSize + header.bytes.size()};
}

void Frame::append_to(std::string& out, std::uint32_t opaque) const {
  const std::size_t start = out.size();
  out += bytes_;
  char* const at = out.data() + start;
  if (encoding_ == Encoding::json)
    write_nine_digits(at + opaque_at_, opaque);
  else
    write_big_endian_u32(at + opaque_at_, opaque);
  for (const std::size_t mark : marks_) write_nine_digits(at + mark, opaque);
}

}  // namespace gantry::bench
