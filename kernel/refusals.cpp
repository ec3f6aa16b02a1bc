#include "kernel/refusals.h"

#include "logging/utf8.h"
#include "remoting/quoted.h"

#include <algorithm>

namespace gantry::kernel {

using remoting::ResponseCode;

std::string named(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  const bool fit = name.size() <= kLongest && logging::is_utf8(name) &&
                   std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return fit ? std::string(name) : remoting::quoted(name);
}

api::Refusal no_store() {
  return {ResponseCode::service_not_available, "this broker keeps no messages: no plugin is a message store"};
}

api::Refusal no_such_topic(std::string_view topic) {
  return {ResponseCode::topic_not_exist, "topic[" + named(topic) + "] not exist, apply first please!"};
}

api::Refusal no_such_group(std::string_view group) {
  return {ResponseCode::subscription_group_not_exist, "subscription group does not exist, " + named(group)};
}

api::Refusal no_such_group(std::string_view group, const std::string& why_not_made) {
  api::Refusal refusal = no_such_group(group);
  refusal.text += "; it is not made by consuming: " + why_not_made;
  return refusal;
}

api::Refusal not_writable(const api::Topic& topic) {
  return {ResponseCode::no_permission, "the topic[" + topic.name.str() +
                                           "] takes no messages here: its perm is " +
                                           std::to_string(topic.perm) + ", and 2 is missing in it"};
}

api::Refusal closed_to_senders(std::string_view topic) {
  return {ResponseCode::no_permission,
          "sending to the topic[" + named(topic) + "] is forbidden: it is the broker's own"};
}

}  // namespace gantry::kernel
