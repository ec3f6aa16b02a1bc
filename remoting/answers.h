// The two shapes of an answer that handlers give at once. The connection's I/O thread.
#pragma once

#include "remoting/connection.h"

#include <span>
#include <string_view>

namespace gantry::remoting {

inline void refuse(Connection& to, const Request& request, ResponseCode code, std::string_view why) {
  to.answer(request, {.code = code, .remark = why});
}

inline void succeed(Connection& to, const Request& request, HeaderRef header = {}, const Slice& body = {}) {
  Answer answer{.header = header};
  if (!body.bytes.empty()) answer.body = std::span(&body, 1);
  to.answer(request, answer);
}

}  // namespace gantry::remoting
