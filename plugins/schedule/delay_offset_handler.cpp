#include "plugins/schedule/delay_offset_handler.h"

#include "plugins/schedule/delay_levels.h"
#include "remoting/answers.h"
#include "remoting/bodies/offsets.h"
#include "remoting/json_struct.h"

#include <string>

namespace gantry::schedule {

void DelayOffsetHandler::handle(remoting::Connection& from, const remoting::Request& request) {
  remoting::DelayOffsetSerializeWrapper body;
  for (const auto& [queue, next] : offsets_.committed(kScheduleGroup, kScheduleTopic))
    body.offset_table[level_of(queue)] = next.value;
  const std::string text = remoting::to_json(body);
  remoting::succeed(from, request, {}, {.bytes = text, .pin = nullptr});
}

}  // namespace gantry::schedule
