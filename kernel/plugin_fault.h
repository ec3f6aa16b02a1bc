// A plugin's exception at the boundary: what is said of it, and to whom.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <string_view>

namespace gantry::kernel {

// Told of each exception that left a plugin: which plugin, in which call ("append stage"), and what the
// exception said. Any thread; counts and logs, and must not throw.
using FaultSink = std::function<void(std::string_view plugin, std::string_view call, std::string_view why)>;

// What the exception being handled says. Inside a catch block only.
inline std::string what_was_thrown() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something that is not a std::exception";
  }
}

}  // namespace gantry::kernel
