// What became of one message that an operator had one client consume (309).
#pragma once

#include "remoting/json_struct.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gantry::remoting {

// Go clients send the number.
enum class CMResult : std::uint8_t {
  success = 0,
  later = 1,
  rollback = 2,
  commit = 3,
  throw_exception = 4,
  return_null = 5
};
JsonEnum json_enum(CMResult);

struct ConsumeMessageDirectlyResult {
  bool auto_commit = true;
  CMResult consume_result = CMResult::success;
  bool order = false;
  std::optional<std::string> remark{};
  std::int64_t spent_time_mills = 0;

  static JsonFields json_fields();
  bool operator==(const ConsumeMessageDirectlyResult&) const = default;
};

}  // namespace gantry::remoting
