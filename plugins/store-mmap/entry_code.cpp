#include "plugins/store-mmap/entry_code.h"

#include "remoting/message_properties.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <charconv>

namespace gantry::store {
namespace {

// What Apache's broker takes for a level that has no delay.
constexpr std::chrono::milliseconds kNoSuchLevel{1000};

}  // namespace

std::vector<std::chrono::milliseconds> EntryCode::apache_levels() {
  using namespace std::chrono_literals;
  return {1s,   5s,   10s,  30s,  1min,  2min,  3min,  4min, 5min,
          6min, 7min, 8min, 9min, 10min, 20min, 30min, 1h,   2h};
}

std::int64_t EntryCode::operator()(const remoting::MessageRecordView& record) const {
  if (record.topic() != kScheduleTopic) return remoting::tags_code(record.properties());
  const auto text = remoting::find_property(record.properties(), remoting::property_name::kDelay);
  std::size_t level = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), level);
  if (level == 0) return remoting::tags_code(record.properties());
  level = std::min(level, levels_.size());
  const auto delay = level == 0 ? kNoSuchLevel : levels_[level - 1];
  return record.store_timestamp() + delay.count();
}

}  // namespace gantry::store
