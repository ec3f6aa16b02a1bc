// Loads a plugin of examples/plugins/ as a broker would: by the one name that it exports.
#pragma once

#include "kernel/api/testing/test_host.h"

#include <dlfcn.h>
#include <stdexcept>
#include <string>

namespace gantry::api::testing {

inline const PluginExport& example(const std::string& name) {
  void* library = dlopen((GANTRY_EXAMPLES "/lib" + name + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  void* symbol = dlsym(library, kPluginSymbol);
  if (symbol == nullptr) throw std::runtime_error(dlerror());
  return *static_cast<const PluginExport*>(symbol);
}

}  // namespace gantry::api::testing
