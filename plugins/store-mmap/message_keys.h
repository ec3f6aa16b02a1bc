// Under which keys a message can be found: its unique key first, then each word of KEYS.
//
// Keys belong to the topic under which the message is stored, which for half and delayed messages is not the
// one they were sent to. What withdrew a half message has none. Any thread; no allocation.
#pragma once

#include "remoting/message_properties.h"
#include "remoting/message_record_view.h"
#include "remoting/property_names.h"
#include "remoting/sys_flag.h"

#include <cstddef>
#include <string_view>

namespace gantry::store {

// Calls visit(std::string_view) for each key in the order in which Apache's broker indexes them; a word that
// KEYS has twice comes twice.
template <class Visit>
void for_each_key(const remoting::MessageRecordView& record, Visit&& visit) {
  if (record.sys_flag().transaction_type() == remoting::TransactionType::rollback) return;
  std::string_view unique;
  std::string_view keys;
  for (const remoting::Property& property : remoting::PropertyRange(record.properties())) {
    if (property.name == remoting::property_name::kUniqueKey) unique = property.value;
    if (property.name == remoting::property_name::kKeys) keys = property.value;
  }
  if (!unique.empty()) visit(unique);
  while (!keys.empty()) {
    const std::size_t end = keys.find(' ');
    if (end != 0) visit(keys.substr(0, end));
    keys.remove_prefix(end == std::string_view::npos ? keys.size() : end + 1);
  }
}

inline bool has_key(const remoting::MessageRecordView& record, std::string_view key) {
  bool found = false;
  for_each_key(record, [&](std::string_view one) { found = found || one == key; });
  return found;
}

}  // namespace gantry::store
