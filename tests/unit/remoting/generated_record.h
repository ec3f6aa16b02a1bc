// rapidcheck's generator of message records: all versions and host families, texts of any bytes.
#pragma once

#include "remoting/message_record.h"
#include "tests/unit/remoting/generated_host.h"

#include <rapidcheck.h>
#include <string>

namespace gantry::remoting {

// A record that owns its texts.
struct OwnedRecord {
  MessageRecord fields;
  std::string body, topic, properties;

  MessageRecord record() const {
    MessageRecord record = fields;
    record.body = body;
    record.topic = topic;
    record.properties = properties;
    return record;
  }
};

inline void showValue(const OwnedRecord& owned, std::ostream& out) {
  const MessageRecord& r = owned.fields;
  out << "version " << static_cast<std::int32_t>(r.version) << ", flag " << r.sys_flag.bits() << ", hosts "
      << r.born_host.str() << ' ' << r.store_host.str() << ", body ";
  rc::show(owned.body, out);
  out << ", topic ";
  rc::show(owned.topic, out);
  out << ", properties ";
  rc::show(owned.properties, out);
}

}  // namespace gantry::remoting

template <>
struct rc::Arbitrary<gantry::remoting::OwnedRecord> {
  static Gen<gantry::remoting::OwnedRecord> arbitrary() {
    using namespace gantry::remoting;
    return gen::exec([] {
      OwnedRecord owned;
      MessageRecord& r = owned.fields;
      r.version = *gen::element(RecordVersion::v1, RecordVersion::v2);
      r.queue_id = *gen::arbitrary<std::int32_t>();
      r.flag = *gen::arbitrary<std::int32_t>();
      r.queue_offset = *gen::arbitrary<std::int64_t>();
      r.physical_offset = *gen::arbitrary<std::int64_t>();
      r.born_timestamp = *gen::arbitrary<std::int64_t>();
      r.born_host = *gen::arbitrary<HostAddress>();
      r.store_timestamp = *gen::arbitrary<std::int64_t>();
      r.store_host = *gen::arbitrary<HostAddress>();
      r.reconsume_times = *gen::arbitrary<std::int32_t>();
      r.prepared_transaction_offset = *gen::arbitrary<std::int64_t>();
      r.sys_flag = SysFlag(*gen::arbitrary<std::int32_t>())
                       .with(SysFlag::kBornHostV6, r.born_host.is_v6())
                       .with(SysFlag::kStoreHostV6, r.store_host.is_v6());
      owned.body = *gen::arbitrary<std::string>();
      owned.topic = *gen::scale(0.5, gen::arbitrary<std::string>());
      owned.properties = *gen::arbitrary<std::string>();
      return owned;
    });
  }
};
