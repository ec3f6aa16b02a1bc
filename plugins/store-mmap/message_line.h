// A message of the log as one line of JSON, for programs that read line by line.
#pragma once

#include "kernel/api/positions.h"
#include "remoting/message_record_view.h"

#include <cstdint>
#include <string>

namespace gantry::store {

enum class BodyAs : std::uint8_t { base64, length };

// Appends the line with its end. The body is as it is stored: `sys_flag` says whether it is compressed. Any
// thread.
void append_message_line(std::string& to, api::LogOffset at, const remoting::MessageRecordView& record,
                         BodyAs body);

}  // namespace gantry::store
