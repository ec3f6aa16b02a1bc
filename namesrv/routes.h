// The route tables with their lock, and the published snapshot that is made from them.
//
// Who changes the tables does it through change(): before the lock is let go, the routes that changed are
// encoded, once each, and published. So whoever was answered after a change finds it in every later route.
// Thread: any. Nothing here waits but for the lock, which is never held for I/O.
#pragma once

#include "namesrv/route_snapshot.h"
#include "namesrv/route_tables.h"
#include "namesrv/shared_bytes.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gantry::namesrv {

class Routes {
 public:
  // Topic -> "broker-a:8;broker-b:8", the namespace ORDER_TOPIC_CONFIG; null: routes carry none.
  using OrderConfigs = std::shared_ptr<const std::map<std::string, std::string>>;

  // `fn(RouteTables&)`: for what only listens to the tables, or changes nothing that routes show.
  template <class Fn>
  decltype(auto) with(Fn&& fn) {
    const std::lock_guard lock(mutex_);
    return std::forward<Fn>(fn)(tables_);
  }

  // `fn(RouteTables&, Changes&)`. What it changed is published and returned, each topic once.
  template <class Fn>
  Changes change(Fn&& fn) {
    Changes changes;
    const std::lock_guard lock(mutex_);
    std::forward<Fn>(fn)(tables_, changes);
    if (!changes.topics.empty()) publish(changes.topics);
    return changes;
  }

  void set_order_configs(OrderConfigs configs);

  const RoutePublisher& published() const { return publisher_; }

 private:
  void publish(std::vector<std::string>& topics);  // names each once afterwards
  RouteBytes encode(const std::string& topic);

  std::mutex mutex_;
  RouteTables tables_;
  OrderConfigs order_configs_;
  SharedBytes bytes_;
  std::string scratch_;
  RoutePublisher publisher_;
};

}  // namespace gantry::namesrv
