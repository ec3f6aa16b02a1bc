// Extension point: allow or deny requests. One plugin at most; without one everyone may do everything.
#pragma once

#include "access/policy.h"

namespace gantry::api {

using AccessPolicy = access::Policy;

}  // namespace gantry::api
