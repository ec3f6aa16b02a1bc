#include "remoting/bodies/data_version.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields DataVersion::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&DataVersion::counter>("counter"),
      json_field<&DataVersion::state_version>("stateVersion"),
      json_field<&DataVersion::timestamp>("timestamp"),
  };
  return kFields;
}

}  // namespace gantry::remoting
