// How far groups have consumed (43, consumerOffset.json), and how far delayed delivery is (45,
// delayOffset.json). Queue ids and delay levels are written without quotes, as Apache does in its files.
#pragma once

#include "remoting/bodies/data_version.h"
#include "remoting/json_struct.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace gantry::remoting {

struct ConsumerOffsetSerializeWrapper {
  std::optional<DataVersion> data_version{};  // 5.x only
  std::map<std::string, std::map<std::int32_t, std::int64_t>>
      offset_table;  // "topic@group" to offsets by queue id

  static JsonFields json_fields();
  bool operator==(const ConsumerOffsetSerializeWrapper&) const = default;
};

struct DelayOffsetSerializeWrapper {
  std::optional<DataVersion> data_version{};  // 5.x only
  std::map<std::int32_t, std::int64_t> offset_table{};       // by delay level

  static JsonFields json_fields();
  bool operator==(const DelayOffsetSerializeWrapper&) const = default;
};

// The least offset per queue that some group still needs.
struct QueryCorrectionOffsetBody {
  std::map<std::int32_t, std::int64_t> correction_offsets{};  // by queue id

  static JsonFields json_fields();
  bool operator==(const QueryCorrectionOffsetBody&) const = default;
};

}  // namespace gantry::remoting
