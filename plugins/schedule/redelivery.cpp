#include "plugins/schedule/redelivery.h"

#include "kernel/api/names.h"
#include "plugins/schedule/delay_levels.h"
#include "remoting/message_properties.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gantry::schedule {
namespace {

namespace property = remoting::property_name;

constexpr std::size_t kShown = 200;  // of a value that may have 32 KiB

std::string in_words(std::string_view name, const std::optional<std::string_view>& value) {
  if (!value) return "it has no property " + std::string(name);
  return "its property " + std::string(name) + " is \"" + std::string(value->substr(0, kShown)) + "\"";
}

}  // namespace

std::optional<std::string> redeliver(const remoting::MessageRecordView& waiting, api::Draft& to) {
  const std::string_view properties = waiting.properties();
  const auto topic = remoting::find_property(properties, property::kRealTopic);
  if (!topic || !api::TopicName::parse(*topic))
    return in_words(property::kRealTopic, topic) + ", and a topic's name would be right";
  // Apache's rule for the first; the second would go round for ever.
  if (*topic == kHalfTopic || *topic == kScheduleTopic)
    return in_words(property::kRealTopic, topic) + ", where no message comes by waiting";
  const auto queue = remoting::find_property(properties, property::kRealQueueId);
  std::int32_t id = -1;
  if (queue) {
    const auto [end, error] = std::from_chars(queue->data(), queue->data() + queue->size(), id);
    if (error != std::errc() || end != queue->data() + queue->size()) id = -1;
  }
  if (id < 0) return in_words(property::kRealQueueId, queue) + ", and a queue's number would be right";

  to.record = waiting.fields();
  to.record.version = remoting::RecordVersion::v1;
  to.record.topic = *topic;
  to.record.queue_id = id;
  to.record.queue_offset = 0;
  to.record.physical_offset = 0;
  to.record.store_timestamp = 0;
  to.record.prepared_transaction_offset = 0;
  to.tags_code = remoting::tags_code(properties);
  return std::nullopt;
}

bool is_redelivery_of(const remoting::MessageRecordView& stored, const remoting::MessageRecordView& waiting) {
  api::Draft draft;
  if (redeliver(waiting, draft)) return false;
  return stored.topic() == draft.record.topic && stored.queue_id() == draft.record.queue_id &&
         stored.properties() == waiting.properties() && stored.born_timestamp() == waiting.born_timestamp() &&
         stored.born_host() == waiting.born_host() && stored.flag() == waiting.flag() &&
         stored.sys_flag().bits() == waiting.sys_flag().bits() &&
         stored.reconsume_times() == waiting.reconsume_times() && stored.body() == waiting.body();
}

}  // namespace gantry::schedule
