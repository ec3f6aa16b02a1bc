#include "remoting/bodies/group_list.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields GroupList::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&GroupList::group_list>("groupList"),
  };
  return kFields;
}

}  // namespace gantry::remoting
