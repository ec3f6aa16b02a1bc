// One command of the protocol, as its header says it: a request, or the response to one.
#pragma once

#include "remoting/language.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace gantry::remoting {

// How a header is written. The number is the first byte of the frame's header-length word. Frozen: wire.
enum class SerializeType : std::uint8_t { json = 0, rocketmq = 1 };

// One entry of extFields: both sides are text, whatever their meaning.
struct Field {
  std::string_view name;
  std::string_view value;
};

// The version that we state in everything we send: Apache's ordinal of 4.9.8. Java clients switch
// features on by the version of a broker's heartbeat response.
inline constexpr std::int32_t kProtocolVersion = 409;

// Views point into the buffer that the header was read from and live as long as it.
struct Command {
  static constexpr std::int32_t kResponseBit = 1;
  static constexpr std::int32_t kOnewayBit = 2;

  std::int32_t code = 0;
  std::int32_t version = kProtocolVersion;
  std::int32_t opaque = 0;
  std::int32_t flag = 0;
  Language language = Language::java;
  SerializeType serialize_type = SerializeType::json;
  std::string_view remark = {};  // empty: none
  std::span<const Field> fields = {};

  bool is_response() const { return (flag & kResponseBit) != 0; }
  bool is_oneway() const { return (flag & kOnewayBit) != 0; }
};

}  // namespace gantry::remoting
