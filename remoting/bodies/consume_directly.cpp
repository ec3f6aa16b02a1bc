#include "remoting/bodies/consume_directly.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {
namespace {

constexpr std::string_view kResults[] = {"CR_SUCCESS", "CR_LATER",           "CR_ROLLBACK",
                                         "CR_COMMIT",  "CR_THROW_EXCEPTION", "CR_RETURN_NULL"};

}  // namespace

JsonEnum json_enum(CMResult) {
  return {"CR_SUCCESS or another name of that enum", kResults};
}

JsonFields ConsumeMessageDirectlyResult::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumeMessageDirectlyResult::auto_commit>("autoCommit"),
      json_field<&ConsumeMessageDirectlyResult::consume_result>("consumeResult"),
      json_field<&ConsumeMessageDirectlyResult::order>("order"),
      json_field<&ConsumeMessageDirectlyResult::remark>("remark"),
      json_field<&ConsumeMessageDirectlyResult::spent_time_mills>("spentTimeMills"),
  };
  return kFields;
}

}  // namespace gantry::remoting
