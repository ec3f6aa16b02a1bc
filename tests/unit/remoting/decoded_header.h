// A decoded header for tests, with the bytes that its views point into.
#pragma once

#include "remoting/header_codec.h"
#include "tests/unit/remoting/hex.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

namespace gantry::remoting {

struct Decoded {
  explicit Decoded(std::string_view header, SerializeType type = SerializeType::json)
      : bytes(header), result(decode_header(bytes, type, arena)) {}

  Decoded(const Decoded&) = delete;
  Decoded& operator=(const Decoded&) = delete;

  const Command& command() const { return result.value(); }
  std::string error() const { return result ? "no error" : result.error().text(); }
  std::vector<std::pair<std::string, std::string>> fields() const {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const Field& field : command().fields) pairs.emplace_back(field.name, field.value);
    return pairs;
  }

  std::string bytes;
  FieldArena arena;
  boost::system::result<Command, HeaderError> result;
};

inline Decoded decoded_binary(std::string_view hex) {
  return Decoded(from_hex(hex), SerializeType::rocketmq);
}

}  // namespace gantry::remoting
