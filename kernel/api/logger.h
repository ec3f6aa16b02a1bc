// How a plugin says what happened: context.log().warn("peer silent", {{"peer", name}, {"silent", 12s}});
#pragma once

#include "logging/logger.h"

namespace gantry::api {

using logging::Logger;

}  // namespace gantry::api
