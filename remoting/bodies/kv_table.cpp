#include "remoting/bodies/kv_table.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields KVTable::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&KVTable::table>("table"),
  };
  return kFields;
}

JsonFields KVConfigSerializeWrapper::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&KVConfigSerializeWrapper::config_table>("configTable"),
  };
  return kFields;
}

}  // namespace gantry::remoting
