// What reading JSON into structs needs beside the reader: limits, the path of what failed, and the values of
// which every member is made. For remoting/json_codec.h; nobody else needs it.
#pragma once

#include "remoting/json_reader.h"
#include "remoting/json_struct.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gantry::remoting {

// The reader, and what is known beyond it: how much was read, and where a failure was. Functions that read
// give false on failure, after in.fail().
class JsonDecoder {
 public:
  JsonDecoder(std::span<char> text, JsonLimits limits)
      : in(text, limits.depth), elements_left_(limits.elements) {}

  JsonReader in;

  bool count_element();
  bool skip_null();
  // While a failure unwinds: what failed was called so in the value that holds it. Always false.
  bool failed_in(std::string_view name);
  bool failed_at(std::size_t index);
  JsonResult<void> finish();

 private:
  std::size_t elements_left_;
  std::string path_;
};

namespace json_detail {

struct IntegerRange {
  std::int64_t least;
  std::int64_t most;
  std::string_view expected;
};

bool read_members(JsonDecoder& from, void* to, JsonFields fields);
bool read_text(JsonDecoder& from, std::string& to);
bool read_bool(JsonDecoder& from, bool& to);
bool read_double(JsonDecoder& from, double& to);
bool read_integer(JsonDecoder& from, std::int64_t& to, const IntegerRange& range);
bool read_ordinal(JsonDecoder& from, std::int64_t& to, const JsonEnum& of);
bool read_integer_key(JsonDecoder& from, std::string_view text, std::int64_t& key, const IntegerRange& range);
bool read_struct_key(JsonDecoder& from, std::string_view text, void* key, JsonFields fields);

}  // namespace json_detail

}  // namespace gantry::remoting
