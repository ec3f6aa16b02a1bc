#include "namesrv/handlers.h"

#include <utility>

namespace gantry::namesrv {

void Serving::publish_order_configs() {
  Routes::OrderConfigs configs;
  if (config.now()->order_message_enable) {
    const auto state = kv.now();
    if (const KvTable* table = state->find(kOrderTopicConfig)) configs = {state, table};
  }
  routes.set_order_configs(std::move(configs));
}

void add_all_handlers(access::RequestTable& table, Serving& serving) {
  add_broker_handlers(table, serving);
  add_route_handlers(table, serving);
  add_topic_list_handlers(table, serving);
  add_kv_handlers(table, serving);
  add_config_handlers(table, serving);
}

void post_or_refuse(Serving& serving, remoting::Responder& responder, std::function<void()> job) {
  if (serving.disk.post(std::move(job))) return;
  remoting::Answer busy;
  busy.code = remoting::ResponseCode::system_busy;
  busy.remark = "too many changes are waiting for the disk; nothing was changed, try again";
  responder.answer(busy);
}

}  // namespace gantry::namesrv
