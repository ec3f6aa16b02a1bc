#include "namesrv/routes.h"

#include "namesrv/route_encoding.h"

#include <algorithm>
#include <vector>

namespace gantry::namesrv {

RouteBytes Routes::encode(const std::string& topic) {
  const RouteTables::Topic* brokers = tables_.find_topic(topic);
  if (brokers == nullptr) return nullptr;
  std::optional<std::string_view> order_conf;
  if (order_configs_) {
    if (const auto at = order_configs_->find(topic); at != order_configs_->end()) order_conf = at->second;
  }
  scratch_.clear();
  append_route(scratch_, tables_, *brokers, order_conf);
  return bytes_.get(scratch_);
}

void Routes::publish(std::vector<std::string>& topics) {
  std::ranges::sort(topics);
  const auto repeated = std::ranges::unique(topics);
  topics.erase(repeated.begin(), repeated.end());

  std::vector<RouteSnapshot::Update> updates;
  updates.reserve(topics.size());
  for (const std::string& topic : topics) updates.push_back({topic, encode(topic)});
  publisher_.publish(publisher_.latest()->with(std::move(updates)));
}

void Routes::set_order_configs(OrderConfigs configs) {
  const std::lock_guard lock(mutex_);
  const OrderConfigs before = std::exchange(order_configs_, std::move(configs));
  std::vector<std::string> changed;
  const auto missing_from = [](const OrderConfigs& there, const auto& entry) {
    if (!there) return true;
    const auto at = there->find(entry.first);
    return at == there->end() || at->second != entry.second;
  };
  for (const auto& [from, to] : {std::pair{before, order_configs_}, std::pair{order_configs_, before}}) {
    if (!from) continue;
    for (const auto& entry : *from) {
      if (missing_from(to, entry) && tables_.find_topic(entry.first) != nullptr)
        changed.push_back(entry.first);
    }
  }
  if (!changed.empty()) publish(changed);
}

}  // namespace gantry::namesrv
