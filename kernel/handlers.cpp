#include "kernel/handlers.h"

#include "kernel/api/names.h"
#include "kernel/own_topics.h"
#include "kernel/refusals.h"

#include <utility>

namespace gantry::kernel {

void add_all_handlers(access::RequestTable& table, Serving& serving) {
  add_client_handlers(table, serving);
  add_topic_handlers(table, serving);
  add_group_handlers(table, serving);
  add_send_handlers(table, serving);
  add_pull_handlers(table, serving);
  add_send_back_handler(table, serving);
  add_reply_handlers(table, serving);
  add_consume_stats_handlers(table, serving);
  add_lock_handlers(table, serving);
  add_offset_handlers(table, serving);
  add_query_handlers(table, serving);
}

api::MessageStore* store_or_refuse(const Serving& serving, remoting::Connection& from,
                                   const remoting::Request& request) {
  api::MessageStore* const store = serving.extensions.store();
  if (store == nullptr) refuse(from, request, no_store());
  return store;
}

bool refused_by_slave(const Serving& serving, remoting::Connection& from, const remoting::Request& request) {
  if (serving.identity.id == 0) return false;
  remoting::refuse(
      from, request, remoting::ResponseCode::system_error,
      "Can't modify topic or subscription group from slave broker, please execute it from master "
      "broker.");
  return true;
}

std::int32_t most_retries(const api::Group& group, std::int32_t client_version,
                          std::optional<std::int32_t> said) {
  constexpr std::int32_t kFirstThatSays = 121;  // 3.4.9; what older clients say means nothing
  return client_version >= kFirstThatSays ? said.value_or(group.retry_max) : group.retry_max;
}

api::Result<std::shared_ptr<const api::Group>> find_or_make_group(Serving& serving, std::string_view name) {
  if (auto group = serving.groups.find(name)) return group;
  auto valid = api::GroupName::parse(name);
  if (!valid || (!serving.config.auto_create_groups && !is_system_group(name))) return no_such_group(name);
  GroupTurns& turns = serving.group_turns;
  if (const std::string why = turns.places().why_none(); !why.empty() && !turns.is_busy(name)) {
    serving.alarms.warn("group cannot be made", {{"name", name}, {"reason", why}});
    return no_such_group(name, why);
  }
  const api::Group made{.name = *std::move(valid)};
  // Whoever comes second by a hair, and is refused here, is told so when he comes again.
  turns.make(
      name,
      [&turns, made]() -> api::Result<api::Group> {
        if (const std::string why = turns.places().why_none(); !why.empty())
          return no_such_group(made.name.view(), why);
        return made;
      },
      [](const auto&) {});
  return std::make_shared<const api::Group>(made);
}

SharedResponder share_answer(remoting::Connection& from, const remoting::Request& request) {
  return std::make_shared<remoting::Responder>(from.answer_later(request));
}

void refuse(remoting::Responder& to, const api::Refusal& why) {
  to.answer({.code = why.code, .remark = why.text});
}

void refuse(remoting::Connection& to, const remoting::Request& request, const api::Refusal& why) {
  remoting::refuse(to, request, why.code, why.text);
}

}  // namespace gantry::kernel
