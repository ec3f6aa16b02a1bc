#include "plugins/schedule/delay_stage.h"

#include "remoting/message_properties.h"
#include "remoting/property_names.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::schedule {
namespace {

namespace property = remoting::property_name;
using remoting::MessageRecord;
using remoting::TransactionType;

// What counts is the last one of a name, and `more` stands behind the others.
std::optional<std::string_view> delay_of(const MessageRecord& record) {
  for (const std::string_view properties : {record.more_properties, record.properties}) {
    // Nearly no message has it: one search for the letters is all that the others cost.
    if (properties.find(property::kDelay) == std::string_view::npos) continue;
    if (const auto text = remoting::find_property(properties, property::kDelay)) return text;
  }
  return std::nullopt;
}

bool may_wait(const MessageRecord& record) {
  const auto type = record.sys_flag.transaction_type();
  if (type != TransactionType::none && type != TransactionType::commit) return false;
  // Half messages are of no type once another stage has turned them to their topic.
  return record.topic != kHalfTopic && record.topic != kScheduleTopic;
}

std::optional<std::int32_t> whole_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);  // Java reads it so
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A message that has waited before brings the properties of that time along, and would get longer each time.
bool has_waited(std::string_view properties) {
  return remoting::find_property(properties, property::kRealTopic) ||
         remoting::find_property(properties, property::kRealQueueId);
}

}  // namespace

void DelayStage::process(std::span<api::Draft> drafts) {
  std::uint64_t delayed = 0;
  for (api::Draft& draft : drafts) delayed += delay(draft) ? 1 : 0;
  if (delayed > 0) delayed_.add(delayed);
}

bool DelayStage::delay(api::Draft& draft) const {
  const auto text = delay_of(draft.record);
  if (!text || !may_wait(draft.record)) return false;
  const auto level = whole_number(*text);
  if (!level) {
    draft.refuse({.code = remoting::ResponseCode::message_illegal,
                  .text = "property DELAY is \"" + std::string(*text) +
                          "\": a delay level is a whole number, 1 to " + std::to_string(levels_.highest()) +
                          " here, and 0 is no delay"});
    return false;
  }
  return *level > 0 && redirect(draft, *level);
}

bool DelayStage::redirect(api::Draft& draft, std::int32_t level) const {
  MessageRecord& record = draft.record;
  const std::int32_t valid = levels_.clamp(level);
  std::string more(record.more_properties);
  if (valid != level || has_waited(record.properties)) {
    std::string properties(record.properties);
    remoting::remove_property(properties, property::kRealTopic);
    remoting::remove_property(properties, property::kRealQueueId);
    if (valid != level) {
      remoting::remove_property(properties, property::kDelay);
      remoting::remove_property(more, property::kDelay);
    }
    record.properties = draft.keep(std::move(properties));
  }
  const auto add = [&](std::string_view name, std::string_view value) {
    const auto added = remoting::append_property(more, name, value);
    if (!added) draft.refuse({remoting::ResponseCode::message_illegal, added.error().str()});
    return added.has_value();
  };
  if (valid != level && !add(property::kDelay, std::to_string(valid))) return false;
  if (!add(property::kRealTopic, record.topic)) return false;
  if (!add(property::kRealQueueId, std::to_string(record.queue_id))) return false;
  record.more_properties = draft.keep(std::move(more));
  record.topic = kScheduleTopic;
  record.queue_id = number(queue_of(valid));
  draft.delay = levels_.of(valid);
  return true;
}

}  // namespace gantry::schedule
