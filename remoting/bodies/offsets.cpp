#include "remoting/bodies/offsets.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields ConsumerOffsetSerializeWrapper::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumerOffsetSerializeWrapper::data_version>("dataVersion"),
      json_field<&ConsumerOffsetSerializeWrapper::offset_table>("offsetTable", JsonKeys::bare),
  };
  return kFields;
}

JsonFields DelayOffsetSerializeWrapper::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&DelayOffsetSerializeWrapper::data_version>("dataVersion"),
      json_field<&DelayOffsetSerializeWrapper::offset_table>("offsetTable", JsonKeys::bare),
  };
  return kFields;
}

JsonFields QueryCorrectionOffsetBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&QueryCorrectionOffsetBody::correction_offsets>("correctionOffsets", JsonKeys::bare),
  };
  return kFields;
}

}  // namespace gantry::remoting
