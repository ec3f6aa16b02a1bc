// In which order plugins are brought up, so that what each needs is there before it. A pure function.
#pragma once

#include "kernel/plugin_version.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gantry::kernel {

// What matters of a plugin here. `provides` is without the plugin's own name, which it always provides.
struct PluginWants {
  std::string name;
  PluginVersion version;
  std::vector<std::string> provides;
  std::vector<PluginNeed> needs;
  bool optional = false;
};

// One of the enabled plugins, and a sentence about it, to follow its name.
struct PluginRemark {
  std::size_t plugin;
  std::string text;
};

struct PluginOrder {
  std::vector<std::size_t> order;      // of the enabled ones, without those left out
  std::vector<PluginRemark> left_out;  // optional ones whose needs are not met
  std::vector<PluginRemark> mistakes;  // any one: the order is not to be used
};

// `enabled` in the order of the configuration, which is kept where needs leave a choice. `others` gives the
// plugins that were found but are not enabled, and is only called for a need that nobody meets, to say who
// would.
PluginOrder order_of(std::span<const PluginWants> enabled,
                     const std::function<std::vector<PluginWants>()>& others = {});

// Of `enabled`, all that cannot be without `plugin`: directly, or because they need one of these.
std::vector<std::size_t> those_that_need(std::span<const PluginWants> enabled, std::size_t plugin);

}  // namespace gantry::kernel
