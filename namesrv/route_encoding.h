// A topic's route as the body of the answer to GET_ROUTEINFO_BY_TOPIC.
#pragma once

#include "namesrv/route_tables.h"

#include <optional>
#include <string>
#include <string_view>

namespace gantry::namesrv {

// Appends compact standard JSON with sorted keys, which every client reads: {"brokerDatas":[...],
// "filterServerTable":{...},"orderTopicConf":"...","queueDatas":[...]}. Without spaces, because Go's client
// cuts this text at commas and colons. `order_conf` is left out when there is none.
void append_route(std::string& out, const RouteTables& tables, const RouteTables::Topic& topic,
                  std::optional<std::string_view> order_conf);

}  // namespace gantry::namesrv
