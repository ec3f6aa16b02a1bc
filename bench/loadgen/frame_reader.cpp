#include "bench/loadgen/frame_reader.h"

#include <charconv>

namespace gantry::bench {
namespace {

constexpr std::size_t kPreludeSize = 8;

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Walks one JSON object member by member. Values are skipped, not decoded: most are not wanted.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view object) : rest_(object) {
    skip_space();
    ok_ = take('{');
    skip_space();
    if (ok_ && take('}')) end();
  }

  // False at the end, and on a mistake: ok() tells which.
  bool next(std::string_view& name, std::string_view& value) {
    if (done_ || !ok_) return false;
    ok_ = string(name);
    skip_space();
    ok_ = ok_ && take(':');
    skip_space();
    const char* const start = rest_.data();
    ok_ = ok_ && skip_value();
    if (!ok_) return false;
    value = {start, static_cast<std::size_t>(rest_.data() - start)};
    skip_space();
    if (take('}'))
      end();
    else
      ok_ = take(',');
    skip_space();
    return ok_;
  }

  bool ok() const { return ok_; }

 private:
  void end() {
    done_ = true;
    skip_space();
    ok_ = rest_.empty();
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_space() {
    while (!rest_.empty() &&
           (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\n' || rest_.front() == '\r'))
      rest_.remove_prefix(1);
  }

  bool string(std::string_view& text) {
    if (!take('"')) return false;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == '"') {
        text = rest_.substr(0, i);
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  bool skip_value() {
    std::string_view ignored;
    if (rest_.empty()) return false;
    if (rest_.front() == '"') return string(ignored);
    if (rest_.front() == '{' || rest_.front() == '[') return skip_nested();
    const std::size_t length = rest_.find_first_of(",} \t\r\n");
    if (length == 0 || length == std::string_view::npos) return false;
    rest_.remove_prefix(length);
    return true;
  }

  bool skip_nested() {
    int depth = 0;
    std::string_view ignored;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '"') {
        if (!string(ignored)) return false;
        continue;
      }
      rest_.remove_prefix(1);
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  std::string_view rest_;
  bool ok_ = true;
  bool done_ = false;
};

bool whole_number(std::string_view text, std::int32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string_view without_quotes(std::string_view value) {
  if (value == "null") return {};
  return value.size() >= 2 && value.front() == '"' ? value.substr(1, value.size() - 2) : value;
}

bool read_json_header(std::string_view header, ReceivedFrame& frame) {
  bool code = false;
  bool opaque = false;
  std::string_view name;
  std::string_view value;
  JsonMembers members(header);
  while (members.next(name, value)) {
    if (name == "code") {
      code = whole_number(value, frame.code);
    } else if (name == "opaque") {
      opaque = whole_number(value, frame.opaque);
    } else if (name == "flag") {
      if (!whole_number(value, frame.flag)) return false;
    } else if (name == "remark") {
      frame.remark = without_quotes(value);
    } else if (name == "extFields") {
      frame.fields = value;
    }
  }
  return members.ok() && code && opaque;
}

bool read_binary_header(std::string_view header, ReceivedFrame& frame) {
  constexpr std::size_t kFixed = 21;
  if (header.size() < kFixed) return false;
  frame.code = static_cast<std::int16_t>(big_endian(header, 0, 2));
  frame.opaque = static_cast<std::int32_t>(big_endian(header, 5, 4));
  frame.flag = static_cast<std::int32_t>(big_endian(header, 9, 4));
  const std::size_t remark = big_endian(header, 13, 4);
  if (remark > header.size() - kFixed) return false;
  frame.remark = header.substr(17, remark);
  const std::size_t fields = big_endian(header, 17 + remark, 4);
  if (fields != header.size() - kFixed - remark) return false;
  frame.fields = header.substr(kFixed + remark);
  return true;
}

std::optional<std::string_view> binary_field(std::string_view entries, std::string_view name) {
  while (entries.size() >= 2) {
    const std::size_t name_size = big_endian(entries, 0, 2);
    if (entries.size() - 2 < name_size + 4) break;
    const std::string_view key = entries.substr(2, name_size);
    const std::size_t value_size = big_endian(entries, 2 + name_size, 4);
    entries.remove_prefix(2 + name_size + 4);
    if (entries.size() < value_size) break;
    if (key == name) return entries.substr(0, value_size);
    entries.remove_prefix(value_size);
  }
  return std::nullopt;
}

}  // namespace

FrameRead read_frame(std::string_view bytes) {
  FrameRead read;
  if (bytes.size() < 4) return read;
  const std::uint32_t after_length = big_endian(bytes, 0, 4);
  if (after_length < 4 || after_length > INT32_MAX) return {ReadResult::malformed, 0, {}};
  read.frame_size = std::size_t{4} + after_length;
  if (bytes.size() < read.frame_size) return read;

  const std::size_t header_size = big_endian(bytes, 5, 3);
  if (header_size > after_length - 4) return {ReadResult::malformed, 0, {}};
  const std::string_view header = bytes.substr(kPreludeSize, header_size);
  bool readable = false;
  if (bytes[4] == 0)
    readable = read_json_header(header, read.frame);
  else if (bytes[4] == 1)
    readable = read_binary_header(header, read.frame);
  read.frame.body = bytes.substr(kPreludeSize + header_size, after_length - 4 - header_size);
  read.result = readable ? ReadResult::frame : ReadResult::malformed;
  return read;
}

std::optional<std::string_view> header_field(const ReceivedFrame& frame, std::string_view name) {
  // No field's name is so long that its length begins like a JSON object.
  return frame.fields.starts_with('{') ? json_field(frame.fields, name) : binary_field(frame.fields, name);
}

std::optional<std::string_view> json_field(std::string_view object, std::string_view name) {
  std::string_view key;
  std::string_view value;
  JsonMembers members(object);
  while (members.next(key, value))
    if (key == name) return without_quotes(value);
  return std::nullopt;
}

}  // namespace gantry::bench
