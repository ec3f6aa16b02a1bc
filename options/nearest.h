// Guesses what was meant by a name that does not exist.
#pragma once

#include <string_view>
#include <vector>

namespace gantry::options {

// The candidate that is few typing mistakes away from `name`, or that `name` begins; empty when none is near.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace gantry::options
