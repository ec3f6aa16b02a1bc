#include "plugins/store-mmap/entry_code.h"

#include "remoting/message_properties.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace gantry::store {
namespace {

using namespace std::chrono_literals;

// Level n is the n-th of them.
constexpr std::array<std::chrono::milliseconds, 18> kApacheLevels{
    1s, 5s, 10s, 30s, 1min, 2min, 3min, 4min, 5min, 6min, 7min, 8min, 9min, 10min, 20min, 30min, 1h, 2h};

}  // namespace

std::int64_t EntryCode::operator()(const remoting::MessageRecordView& record) const {
  if (times_) {
    const auto due = times_->due(record);
    return due ? *due : remoting::tags_code(record.properties());
  }
  if (record.topic() != kScheduleTopic) return remoting::tags_code(record.properties());
  const auto text = remoting::find_property(record.properties(), remoting::property_name::kDelay);
  std::size_t level = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), level);
  if (level == 0) return remoting::tags_code(record.properties());
  return record.store_timestamp() + kApacheLevels[std::min(level, kApacheLevels.size()) - 1].count();
}

}  // namespace gantry::store
