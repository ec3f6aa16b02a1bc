#include "bench/floor_server/constant.h"

#include "bench/loadgen/messages.h"
#include "bench/loadgen/topic_name.h"

#include <string>

namespace gantry::bench {
namespace {

std::string records(const AnswerShape& shape) {
  const std::string body = message_body(shape.body_bytes);
  std::string out;
  for (std::size_t i = 0; i < shape.records; ++i)
    out += make_record({.queue = 0, .offset = static_cast<std::int64_t>(i), .body = body}, topic_name(0));
  return out;
}

Command answer(const AnswerShape& shape) {
  switch (shape.kind) {
    case AnswerKind::echo:
      break;
    case AnswerKind::send:
      return {.code = 0,
              .flag = 1,
              .fields = {{"MSG_REGION", "DefaultRegion"},
                         {"TRACE_ON", "true"},
                         {"msgId", "C000020100002A9F0000000012345678"},
                         {"queueId", "0"},
                         {"queueOffset", "1234567"},
                         {"transactionId", "C000020100010A0B0C0D123456789012"}},
              .body = {}};
    case AnswerKind::pull:
      return {.code = 0,
              .flag = 1,
              .fields = {{"maxOffset", "1234567"},
                         {"minOffset", "0"},
                         {"nextBeginOffset", "123456"},
                         {"suggestWhichBrokerId", "0"}},
              .body = records(shape)};
  }
  return {.code = 0, .flag = 1, .fields = {}, .body = std::string(shape.body_bytes, 'x')};
}

}  // namespace

Constant::Constant(const AnswerShape& shape)
    : json_(Frame::build(answer(shape), Encoding::json)),
      binary_(Frame::build(answer(shape), Encoding::binary)) {
}

}  // namespace gantry::bench
