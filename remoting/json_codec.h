// How each type of member is read from JSON and written to it. Included where structs list their members
// (remoting/json_struct.h), not where they are used: everything below is instantiated once for each type.
//
// Types of other rooms join in with a specialisation of JsonCodec.
#pragma once

#include "remoting/json_decoder.h"
#include "remoting/json_struct.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace gantry::remoting {

// How the integer keys of a map are written: {"0":"a"} or {0:"a"}. Both are read.
enum class JsonKeys : std::uint8_t { quoted, bare };

// One member of a struct, its type erased.
struct JsonField {
  std::string_view name;
  bool (*read)(JsonDecoder& from, void* object);
  void (*write)(JsonWriter& to, const JsonField& field, const void* object);
  JsonKeys keys = JsonKeys::quoted;
};

namespace json_detail {

template <std::integral T>
inline constexpr IntegerRange kRange = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                                        integer_of_size(sizeof(T), std::is_signed_v<T>)};

template <typename Key>
bool read_key(JsonDecoder& from, std::string_view text, Key& key) {
  if constexpr (std::is_same_v<Key, std::string>) {
    key = text;
    return true;
  } else if constexpr (std::integral<Key>) {
    std::int64_t number = 0;
    const bool ok = read_integer_key(from, text, number, kRange<Key>);
    key = static_cast<Key>(number);
    return ok;
  } else {
    return read_struct_key(from, text, &key, Key::json_fields());
  }
}

template <typename Key>
void write_key(JsonWriter& to, const Key& key, JsonKeys keys) {
  if constexpr (std::is_same_v<Key, std::string>) {
    to.key(key);
  } else if constexpr (std::integral<Key>) {
    keys == JsonKeys::bare ? to.bare_key(key) : to.key(key);
  } else {
    write_json(to, key);
    to.end_key();
  }
}

}  // namespace json_detail

template <typename T>
struct JsonCodec;

template <JsonStruct T>
struct JsonCodec<T> {
  static bool read(JsonDecoder& from, T& to) {
    return json_detail::read_members(from, &to, T::json_fields());
  }
  static void write(JsonWriter& to, const T& from, JsonKeys) { write_json(to, from); }
};

template <>
struct JsonCodec<std::string> {
  static bool read(JsonDecoder& from, std::string& to) { return json_detail::read_text(from, to); }
  static void write(JsonWriter& to, const std::string& from, JsonKeys) { to.string(from); }
};

template <>
struct JsonCodec<bool> {
  static bool read(JsonDecoder& from, bool& to) { return json_detail::read_bool(from, to); }
  static void write(JsonWriter& to, bool from, JsonKeys) { to.boolean(from); }
};

template <>
struct JsonCodec<double> {
  static bool read(JsonDecoder& from, double& to) { return json_detail::read_double(from, to); }
  static void write(JsonWriter& to, double from, JsonKeys) { to.number(from); }
};

// Java has no unsigned 64-bit integers, so neither has the protocol.
template <std::integral T>
  requires(std::is_signed_v<T> || sizeof(T) < 8)
struct JsonCodec<T> {
  static bool read(JsonDecoder& from, T& to) {
    std::int64_t number = to;
    const bool ok = json_detail::read_integer(from, number, json_detail::kRange<T>);
    to = static_cast<T>(number);
    return ok;
  }
  static void write(JsonWriter& to, T from, JsonKeys) { to.number(from); }
};

template <typename T>
  requires std::is_enum_v<T>
struct JsonCodec<T> {
  static bool read(JsonDecoder& from, T& to) {
    auto ordinal = static_cast<std::int64_t>(to);
    const bool ok = json_detail::read_ordinal(from, ordinal, json_enum(to));
    to = static_cast<T>(ordinal);
    return ok;
  }
  static void write(JsonWriter& to, T from, JsonKeys) {
    to.string(json_enum(from).names[static_cast<std::size_t>(from)]);
  }
};

template <typename T>
struct JsonCodec<std::optional<T>> {
  using OmittedWhenEmpty = T;
  static bool read(JsonDecoder& from, std::optional<T>& to) { return JsonCodec<T>::read(from, to.emplace()); }
};

template <typename T>
struct JsonCodec<std::vector<T>> {
  static bool read(JsonDecoder& from, std::vector<T>& to) {
    to.clear();
    from.in.enter_array();
    while (from.in.next_element()) {
      if (from.skip_null()) continue;
      const auto index = to.size();
      if (!from.count_element() || !JsonCodec<T>::read(from, to.emplace_back())) return from.failed_at(index);
    }
    return from.in.ok();
  }
  static void write(JsonWriter& to, const std::vector<T>& from, JsonKeys keys) {
    to.begin_array();
    for (const auto& element : from) JsonCodec<T>::write(to, element, keys);
    to.end_array();
  }
};

template <typename Map>
  requires requires { typename Map::mapped_type; }
struct JsonCodec<Map> {
  static bool read(JsonDecoder& from, Map& to) {
    to.clear();
    from.in.enter_object();
    for (std::string_view text; from.in.next_member(text);) {
      if (from.skip_null()) continue;
      typename Map::key_type key{};
      if (!from.count_element() || !json_detail::read_key(from, text, key) ||
          !JsonCodec<typename Map::mapped_type>::read(from, to[std::move(key)]))
        return from.failed_in(text);
    }
    return from.in.ok();
  }
  static void write(JsonWriter& to, const Map& from, JsonKeys keys) {
    to.begin_object();
    for (const auto& [key, value] : from) {
      json_detail::write_key(to, key, keys);
      JsonCodec<typename Map::mapped_type>::write(to, value, keys);
    }
    to.end_object();
  }
};

template <auto kMember>
struct JsonMember;
template <typename Struct, typename T, T Struct::* kMember>
struct JsonMember<kMember> {
  static bool read(JsonDecoder& from, void* object) {
    return JsonCodec<T>::read(from, static_cast<Struct*>(object)->*kMember);
  }
  static void write(JsonWriter& to, const JsonField& field, const void* object) {
    const T& value = static_cast<const Struct*>(object)->*kMember;
    if constexpr (requires { typename JsonCodec<T>::OmittedWhenEmpty; }) {
      if (!value) return;
      to.key(field.name);
      JsonCodec<typename T::value_type>::write(to, *value, field.keys);
    } else {
      to.key(field.name);
      JsonCodec<T>::write(to, value, field.keys);
    }
  }
};

// json_field<&BrokerData::broker_name>("brokerName")
template <auto kMember>
constexpr JsonField json_field(std::string_view name, JsonKeys keys = JsonKeys::quoted) {
  return {name, JsonMember<kMember>::read, JsonMember<kMember>::write, keys};
}

}  // namespace gantry::remoting
