// JSON bodies as plain structs. A struct names its members once:
//
//   struct QueueData {
//     std::string broker_name;
//     std::int32_t perm = 0;
//     static JsonFields json_fields();
//   };
//   JsonFields QueueData::json_fields() {         // in the .cpp, which includes remoting/json_codec.h
//     static constexpr JsonField kFields[] = {json_field<&QueueData::broker_name>("brokerName"),
//                                             json_field<&QueueData::perm>("perm")};
//     return kFields;
//   }
//
// and read_json() and write_json() follow. Members may be strings, integers, doubles, bools, enums that have
// a json_enum(), optionals, vectors, maps (ordered or not) and such structs. They are written in the order of
// the list, which for Java is the alphabet's; an empty optional is left out.
//
// Reading takes what fastjson takes: unknown names are skipped; missing ones and nulls leave the member as it
// was (a null inside a vector or a map is left out); numbers may be strings and strings numbers; an empty
// string where a number or an enum belongs is as good as null; enums come as name or ordinal. All else is an
// error that names the path, "queueDatas[2].perm". What was read before it stays in the struct.
//
// Maps with structs as keys are written as fastjson does, {{"queueId":0}:8}, and read so or with the key as a
// string that holds the object.
//
// Thread: everything here belongs to one call.
#pragma once

#include "remoting/json_error.h"
#include "remoting/json_writer.h"

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gantry::remoting {

struct JsonField;  // remoting/json_codec.h
using JsonFields = std::span<const JsonField>;

template <typename T>
concept JsonStruct = requires {
  { T::json_fields() } -> std::same_as<JsonFields>;
};

// What  JsonEnum json_enum(E)  beside an enum returns: names[i] belongs to the enumerator with value i.
struct JsonEnum {
  std::string_view expected;  // for errors: "SINGLE_TAG or MULTI_TAG"
  std::span<const std::string_view> names;
};

struct JsonLimits {
  unsigned depth = 32;
  // Of all vectors and maps together: three bytes of text, `{},`, can make a struct of some hundred.
  std::size_t elements = 1'000'000;
};

namespace json_detail {
JsonResult<void> read_struct(std::span<char> text, void* to, JsonFields fields, JsonLimits limits);
void write_struct(JsonWriter& to, const void* from, JsonFields fields);
}  // namespace json_detail

// The text is spoilt: strings are unescaped where they stand. `to` keeps no view of it.
template <JsonStruct T>
JsonResult<void> read_json(std::span<char> text, T& to, JsonLimits limits = {}) {
  return json_detail::read_struct(text, &to, T::json_fields(), limits);
}

template <JsonStruct T>
void write_json(JsonWriter& to, const T& from) {
  json_detail::write_struct(to, &from, T::json_fields());
}

template <JsonStruct T>
std::string to_json(const T& from) {
  std::string text;
  JsonWriter writer(text);
  write_json(writer, from);
  return text;
}

}  // namespace gantry::remoting
