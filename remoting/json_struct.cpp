#include "remoting/json_struct.h"

#include "remoting/json_codec.h"

namespace gantry::remoting::json_detail {

JsonResult<void> read_struct(std::span<char> text, void* to, JsonFields fields, JsonLimits limits) {
  JsonDecoder from(text, limits);
  read_members(from, to, fields);
  return from.finish();
}

void write_struct(JsonWriter& to, const void* from, JsonFields fields) {
  to.begin_object();
  for (const auto& field : fields) field.write(to, field, from);
  to.end_object();
}

}  // namespace gantry::remoting::json_detail
