// "Would this subscription compile?", asked before a consumer starts (46).
#pragma once

#include "remoting/bodies/subscription.h"
#include "remoting/json_struct.h"

#include <string>

namespace gantry::remoting {

struct CheckClientRequestBody {
  std::string client_id{};
  std::string group{};
  SubscriptionData subscription_data{};

  static JsonFields json_fields();
  bool operator==(const CheckClientRequestBody&) const = default;
};

}  // namespace gantry::remoting
