#include "remoting/header_codec.h"

#include "remoting/byte_order.h"
#include "remoting/byte_reader.h"
#include "remoting/json_reader.h"
#include "remoting/json_writer.h"
#include "remoting/quoted.h"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

namespace gantry::remoting {
namespace {

using Decoded = boost::system::result<Command, HeaderError>;

constexpr std::string_view kTooManyFields = "at most 256 fields";
static_assert(FieldArena::kMaxFieldsPerHeader == 256);

// The JSON form.

Language stated_language(const JsonScalar& value) {
  if (value.kind == JsonKind::null) return Command{}.language;
  if (value.kind != JsonKind::number) return language_of(value.text);
  std::int64_t ordinal = -1;
  std::from_chars(value.text.data(), value.text.data() + value.text.size(), ordinal);
  return language_of(ordinal);
}

void read_ext_fields(JsonReader& in, std::string_view& key, FieldArena& arena) {
  arena.begin();
  if (in.peek() == JsonKind::null) {
    in.skip_value();
    return;
  }
  in.enter_object();
  for (JsonScalar value; in.next_member(key, value);) {
    if (value.kind == JsonKind::null) continue;
    if (!arena.add(key, value.text)) in.fail(kTooManyFields, key);
  }
}

HeaderError json_error(const JsonReader& in, std::string_view last_key) {
  const JsonError error = in.error();
  std::string what = "expected ";
  what.append(error.expected).append(", found ");
  if (error.found.empty()) {
    what += "the end";
  } else {
    what.append("`").append(error.found).append("`");
  }
  if (!last_key.empty()) what.append(", after ").append(quoted(last_key));
  return {error.offset, what};
}

// With the length known to the compiler there is no call left of it.
template <std::size_t N>
bool is(std::string_view key, const char (&name)[N]) {
  return key.size() == N - 1 && std::memcmp(key.data(), name, N - 1) == 0;
}

Decoded decode_json(std::span<char> header, FieldArena& arena) {
  Command command;
  bool has_code = false;
  JsonReader in(header);
  std::string_view key;
  JsonScalar value;
  in.enter_object();
  while (in.next_member(key)) {
    if (is(key, "code")) {
      has_code = in.integer(command.code);
    } else if (is(key, "extFields")) {
      read_ext_fields(in, key, arena);
    } else if (is(key, "flag")) {
      in.integer(command.flag);
    } else if (is(key, "language")) {
      if (in.scalar(value)) command.language = stated_language(value);
    } else if (is(key, "opaque")) {
      in.integer(command.opaque);
    } else if (is(key, "remark")) {
      if (in.scalar(value)) command.remark = value.kind == JsonKind::null ? std::string_view{} : value.text;
    } else if (is(key, "version")) {
      in.integer(command.version);
    } else {
      in.skip_value();
    }
  }
  if (!in.finish()) return json_error(in, key);
  if (!has_code) return HeaderError{header.size(), "no code in it"};
  command.fields = arena.finish();
  return command;
}

// The binary form.

constexpr std::size_t kBinaryFixedPart = 21;

// Reads a length and as many bytes. When that fails the error lacks the name of what was read.
template <class Length>
bool read_sized(ByteReader& in, std::string_view& bytes, HeaderError& error) {
  error.offset = in.position();
  const std::int64_t length = sizeof(Length) == 2 ? in.i16() : in.i32();
  if (!in.ok()) {
    error.what = " whose length is cut off";
    return false;
  }
  const std::size_t left = in.remaining();
  bytes = in.bytes(length);
  if (!in.ok()) error.what = " of length " + std::to_string(length) + "; bytes left: " + std::to_string(left);
  return in.ok();
}

bool read_entries(ByteReader& in, FieldArena& arena, HeaderError& error) {
  while (!in.at_end()) {
    const std::size_t start = in.position();
    std::string_view name;
    std::string_view value;
    if (!read_sized<std::int16_t>(in, name, error)) {
      error.what.insert(0, "a name");
      return false;
    }
    if (!read_sized<std::int32_t>(in, value, error)) {
      error.what.insert(0, "the value of " + quoted(name));
      return false;
    }
    if (name.empty() || value.empty()) continue;
    if (!arena.add(name, value)) {
      error = {start, "expected " + std::string(kTooManyFields) + ", found " + quoted(name)};
      return false;
    }
  }
  return true;
}

Decoded decode_binary(std::string_view header, FieldArena& arena) {
  if (header.size() < kBinaryFixedPart)
    return HeaderError{header.size(), "the end, where a binary header has at least 21 bytes"};
  Command command;
  command.serialize_type = SerializeType::rocketmq;
  ByteReader in(header);
  command.code = in.i16();
  command.language = language_of(std::int64_t{in.u8()});
  command.version = in.i16();
  command.opaque = in.i32();
  command.flag = in.i32();

  HeaderError error;
  std::string_view entries;
  if (!read_sized<std::int32_t>(in, command.remark, error)) {
    error.what.insert(0, "a remark");
    return error;
  }
  if (!read_sized<std::int32_t>(in, entries, error)) {
    error.what.insert(0, "fields");
    return error;
  }
  if (!in.at_end())
    return HeaderError{in.position(), "bytes behind the fields: " + std::to_string(in.remaining())};

  ByteReader in_entries(entries);
  if (!read_entries(in_entries, arena, error)) {
    error.offset += header.size() - entries.size();
    return error;
  }
  command.fields = arena.finish();
  return command;
}

// Gathers small pieces, so that a usual header costs the target one or two calls.
class Staged {
 public:
  explicit Staged(std::string& to) : to_(to), start_(to.size()) {}

  void push_back(char c) {
    if (used_ == buffer_.size()) flush();
    buffer_[used_++] = c;
  }
  [[gnu::always_inline]] void append(const char* bytes, std::size_t size) {
    if (size > buffer_.size() - used_) [[unlikely]]
      return append_past_end(bytes, size);
    if (size != 0) std::memcpy(buffer_.data() + used_, bytes, size);  // an empty view may point nowhere
    used_ += size;
  }
  [[gnu::always_inline]] void append(std::string_view text) { append(text.data(), text.size()); }

  // Room for so many bytes, kMostRoom at most. What the caller does not fill it gives back by telling where
  // it ended.
  static constexpr std::size_t kMostRoom = 512;
  char* room(std::size_t size) {
    if (size > kMostRoom - used_) [[unlikely]]
      flush();
    char* const at = buffer_.data() + used_;
    used_ += size;
    return at;
  }
  void filled_to(const char* end) { used_ = static_cast<std::size_t>(end - buffer_.data()); }

  // All that was appended, since the beginning.
  std::size_t size() const { return to_.size() - start_ + used_; }

  // The bytes appended, now in the target.
  char* flush() {
    to_.append(buffer_.data(), used_);
    used_ = 0;
    return to_.data() + start_;
  }

 private:
  [[gnu::noinline]] void append_past_end(const char* bytes, std::size_t size) {
    flush();
    if (size > buffer_.size()) {
      to_.append(bytes, size);
    } else {
      append(bytes, size);
    }
  }

  std::string& to_;
  std::size_t start_;
  std::size_t used_ = 0;
  std::array<char, kMostRoom> buffer_;
};

char* put_text(char* to, std::string_view text) {
  return to + text.copy(to, text.size());
}

// Members of an object; the first has no comma before it.
class JsonFields final : public FieldSink {
 public:
  explicit JsonFields(Staged& to) : out_(to) {}

  void put(std::string_view name, std::string_view value) override {
    if (is_plain(value)) [[likely]]
      return put_plain(name, value);
    write(name, value);
  }

  void put_plain(std::string_view name, std::string_view value) override {
    const std::size_t most = name.size() + value.size() + std::string_view(R"(,"":"")").size();
    if (most > Staged::kMostRoom) [[unlikely]]
      return write(name, value);
    char* to = out_.room(most);
    if (std::exchange(comma_, true)) *to++ = ',';
    *to++ = '"';
    to = put_text(put_text(put_text(to, name), R"(":")"), value);
    *to++ = '"';
    out_.filled_to(to);
  }

  // Its name may be anything.
  void put_any(const Field& field) {
    if (is_plain(field.name)) return put(field.name, field.value);
    write(field.name, field.value);
  }

 private:
  static bool is_plain(std::string_view text) {
    const char* const end = text.data() + text.size();
    return json_scan::find_to_escape(text.data(), end) == end;
  }

  void write(std::string_view name, std::string_view value) {
    if (std::exchange(comma_, true)) out_.push_back(',');
    BasicJsonWriter(out_).key(name).string(value);
  }

  Staged& out_;
  bool comma_ = false;
};

template <class T>
void append_number(Staged& out, std::string_view before, T number) {
  constexpr std::size_t kLongest = 11;
  static_assert(sizeof(T) <= 4);
  char* const digits = put_text(out.room(before.size() + kLongest), before);
  out.filled_to(std::to_chars(digits, digits + kLongest, number).ptr);
}

// The members in Java's order. extFields is there when a header is declared, even without a value in it.
void append_json(Staged& out, const Command& command, const HeaderRef& fields) {
  append_number(out, "{\"code\":", command.code);
  if (!fields.empty() || !command.fields.empty()) {
    out.append(",\"extFields\":{");
    JsonFields sink(out);
    fields.write(sink);
    for (const Field& field : command.fields) sink.put_any(field);
    out.push_back('}');
  }
  append_number(out, ",\"flag\":", command.flag);
  out.append(",\"language\":\"");
  out.append(name_of(command.language));
  append_number(out, "\",\"opaque\":", command.opaque);
  if (!command.remark.empty()) {
    out.append(",\"remark\":");
    BasicJsonWriter(out).string(command.remark);
  }
  append_number(out, ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":", command.version);
  out.push_back('}');
}

class BinaryFields final : public FieldSink {
 public:
  explicit BinaryFields(Staged& to) : out_(to) {}
  void put(std::string_view name, std::string_view value) override {
    constexpr std::size_t kLongest = std::numeric_limits<std::int16_t>::max();
    if (name.empty() || name.size() > kLongest || value.empty()) return;
    append_i16(out_, static_cast<std::int16_t>(name.size()));
    out_.append(name);
    append_i32(out_, static_cast<std::int32_t>(value.size()));
    out_.append(value);
  }

 private:
  Staged& out_;
};

// Returns where the length of the fields stands, to be filled in.
std::size_t append_binary(Staged& out, const Command& command, const HeaderRef& fields) {
  append_i16(out, static_cast<std::int16_t>(command.code));
  out.push_back(static_cast<char>(command.language));
  append_i16(out, static_cast<std::int16_t>(command.version));
  append_i32(out, command.opaque);
  append_i32(out, command.flag);
  append_i32(out, static_cast<std::int32_t>(command.remark.size()));
  out.append(command.remark);
  const std::size_t length_at = out.size();
  append_i32(out, 0);
  BinaryFields sink(out);
  fields.write(sink);
  for (const Field& field : command.fields) sink.put(field.name, field.value);
  return length_at;
}

constexpr std::size_t kWords = 8;  // the two lengths before the header
constexpr std::size_t kLongestHeader = (1U << 24) - 1;
constexpr std::size_t kLongestFrame = std::numeric_limits<std::int32_t>::max();

// Why a frame of these sizes cannot be described; empty when it can.
std::string unsendable(std::size_t header_size, std::size_t body_size) {
  const auto refusal = [](std::string_view what, std::size_t size, std::size_t limit) {
    return std::string(what) + " of " + std::to_string(size) + " bytes cannot be sent: the limit is " +
           std::to_string(limit);
  };
  if (header_size > kLongestHeader) return refusal("a header", header_size, kLongestHeader);
  const std::size_t longest_body = kLongestFrame - 4 - header_size;
  return body_size > longest_body ? refusal("a body", body_size, longest_body) : std::string();
}

}  // namespace

std::string HeaderError::text() const {
  return "header byte " + std::to_string(offset) + ": " + what;
}

void throw_exception_from_error(const HeaderError& error, const boost::source_location& /*where*/) {
  throw std::invalid_argument(error.text());
}

boost::system::result<Command, HeaderError> decode_header(std::span<char> header, SerializeType type,
                                                          FieldArena& arena) {
  arena.begin();
  switch (type) {
    case SerializeType::json:
      return decode_json(header, arena);
    case SerializeType::rocketmq:
      return decode_binary({header.data(), header.size()}, arena);
  }
  return HeaderError{
      0, "serialize type " + std::to_string(static_cast<unsigned>(type)) + ", where 0 and 1 are known"};
}

void append_frame_head(std::string& out, const Command& command, HeaderRef fields, std::size_t body_size) {
  const std::size_t start = out.size();
  Staged staged(out);
  append_i64(staged, 0);
  const bool binary = command.serialize_type == SerializeType::rocketmq;
  const std::size_t fields_length_at = binary ? append_binary(staged, command, fields) : 0;
  if (!binary) append_json(staged, command, fields);

  char* const head = staged.flush();
  const std::size_t head_size = out.size() - start;
  const std::size_t header_size = head_size - kWords;
  if (const std::string refusal = unsendable(header_size, body_size); !refusal.empty()) {
    out.resize(start);
    throw std::length_error(refusal);
  }
  if (binary) store_i32(head + fields_length_at, static_cast<std::int32_t>(head_size - fields_length_at - 4));
  store_i32(head, static_cast<std::int32_t>(4 + header_size + body_size));
  store_i32(head + 4,
            static_cast<std::int32_t>(header_size | static_cast<std::size_t>(command.serialize_type) << 24));
}

}  // namespace gantry::remoting
