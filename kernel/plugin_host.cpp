#include "kernel/plugin_host.h"

#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <utility>

namespace gantry::kernel {

// How far a plugin has come decides what must be undone.
struct PluginHost::Hosted {
  Hosted(ChosenPlugin plugin, PluginSurroundings& around)
      : chosen(std::move(plugin)), context(chosen.name, around), config(chosen.config) {}

  ChosenPlugin chosen;
  ContextOfPlugin context;
  std::unique_ptr<api::Plugin> plugin;
  std::shared_ptr<void> config;  // the one that was handed out last; guarded by change_mutex_

  bool configured = false;
  bool started = false;
  bool drained = false;

  const std::string& name() const { return chosen.name; }
  PluginBoundary& boundary() { return context.boundary(); }
};

namespace {

// For steps that cannot fail: the next plugin's turn comes.
template <class Call>
void carry_on(PluginBoundary& plugin, logging::Logger& log, std::string_view step, Call call) {
  if (const auto why = plugin.attempt(step, call))
    log.error("plugin failed while stopping",
              {{"plugin", plugin.plugin()}, {"step", step}, {"reason", *why}});
}

}  // namespace

PluginHost::PluginHost(std::vector<ChosenPlugin> in_order, PluginSurroundings& around) : around_(around) {
  for (auto& chosen : in_order) hosted_.push_back(std::make_unique<Hosted>(std::move(chosen), around_));
  step("load", [](Hosted& hosted) {
    hosted.plugin = hosted.chosen.loaded.entry->make();
    api::PluginConfig::adopt(*hosted.plugin, hosted.config);
  });
}

PluginHost::~PluginHost() {
  stop();
  while (!hosted_.empty()) hosted_.pop_back();
}

void PluginHost::configure() {
  step("configure", [](Hosted& hosted) {
    hosted.configured = true;
    hosted.plugin->configure(hosted.context);
  });
}

void PluginHost::install() {
  step("install",
       [this](Hosted& hosted) { hosted.plugin->install(*around_.extensions.for_plugin(hosted.boundary())); });
}

void PluginHost::recover() {
  step("recover", [](Hosted& hosted) { hosted.plugin->recover(); });
}

void PluginHost::start() {
  step("start", [](Hosted& hosted) {
    hosted.started = true;
    hosted.plugin->start();
  });
}

void PluginHost::start_services() {
  step("start of its service", [this](Hosted& hosted) {
    for (const auto& service : around_.extensions.services())
      if (service.by == &hosted.boundary()) start_service(service);
  });
}

void PluginHost::start_service(const Installed<api::Service>& service) {
  // Before it is started: stop() is called also when start() throws.
  started_services_.push_back({service});
  service.point->start();
  around_.log.info("service started", {{"service", service.point->name()}, {"plugin", service.by->plugin()}});
}

// Plugins that are left out while a step goes on are gone from the list.
template <class Call>
void PluginHost::step(std::string_view name, Call call) {
  for (std::size_t i = 0; i < hosted_.size();) {
    Hosted& hosted = *hosted_[i];
    const auto why = hosted.boundary().attempt(name, [&] { call(hosted); });
    if (!why) {
      ++i;
      continue;
    }
    failed(hosted, name, *why);
  }
}

void PluginHost::failed(Hosted& plugin, std::string_view step, const std::string& why) {
  const auto sentence = "plugin " + plugin.name() + " failed in " + std::string(step) + ": " + why;
  if (!plugin.chosen.optional) {
    stop();
    throw std::runtime_error(sentence);
  }
  const auto all = wants();
  const auto at = std::ranges::find_if(hosted_, [&](const auto& hosted) { return hosted.get() == &plugin; });
  const auto needing = those_that_need(all, static_cast<std::size_t>(at - hosted_.begin()));
  for (const auto index : needing) {
    if (all[index].optional) continue;
    const auto needs_it = all[index].name + " needs it; write optional = true under [plugins." +
                          all[index].name + "] too, or mend " + plugin.name();
    stop();
    throw std::runtime_error(sentence + "; it is optional, but plugin " + needs_it);
  }
  std::vector<Hosted*> dependents;
  dependents.reserve(needing.size());
  for (const auto index : needing) dependents.push_back(hosted_[index].get());
  for (Hosted* dependent : std::views::reverse(dependents))
    leave_out(*dependent, "it needs plugin " + plugin.name());
  leave_out(plugin, "it failed in " + std::string(step) + ": " + why);
}

void PluginHost::leave_out(Hosted& plugin, const std::string& why) {
  around_.log.warn("optional plugin left out", {{"plugin", plugin.name()}, {"reason", why}});
  if (plugin.started) drain(plugin);
  stop(plugin);
  around_.extensions.remove(plugin.boundary());
  const auto at = std::ranges::find_if(hosted_, [&](const auto& hosted) { return hosted.get() == &plugin; });
  left_out_.push_back(std::move(*at));
  hosted_.erase(at);
}

std::vector<PluginWants> PluginHost::wants() const {
  std::vector<PluginWants> all;
  all.reserve(hosted_.size());
  for (const auto& hosted : hosted_)
    all.push_back(wants_of(hosted->name(), hosted->chosen.loaded, hosted->chosen.optional));
  return all;
}

void PluginHost::drain() {
  drain_services(nullptr);
  for (const auto& hosted : std::views::reverse(hosted_))
    if (hosted->started) drain(*hosted);
}

void PluginHost::stop() {
  drain();
  stop_services(nullptr);
  for (const auto& hosted : std::views::reverse(hosted_)) stop(*hosted);
}

void PluginHost::drain(Hosted& hosted) {
  drain_services(&hosted.boundary());
  if (std::exchange(hosted.drained, true)) return;
  carry_on(hosted.boundary(), around_.log, "drain", [&] { hosted.plugin->drain(); });
}

void PluginHost::stop(Hosted& hosted) {
  stop_services(&hosted.boundary());
  hosted.context.jobs().close();
  hosted.started = false;
  if (!std::exchange(hosted.configured, false)) return;
  carry_on(hosted.boundary(), around_.log, "stop", [&] { hosted.plugin->stop(); });
}

void PluginHost::drain_services(const PluginBoundary* owner) {
  for (auto& [service, drained] : std::views::reverse(started_services_)) {
    if ((owner != nullptr && service.by != owner) || std::exchange(drained, true)) continue;
    carry_on(*service.by, around_.log, "drain of its service", [point = service.point] { point->drain(); });
  }
}

void PluginHost::stop_services(const PluginBoundary* owner) {
  const auto is_meant = [&](const StartedService& one) {
    return owner == nullptr || one.service.by == owner;
  };
  for (const auto& one : std::views::reverse(started_services_))
    if (is_meant(one))
      carry_on(*one.service.by, around_.log, "stop of its service", [&] { one.service.point->stop(); });
  std::erase_if(started_services_, is_meant);
}

std::vector<std::string> PluginHost::plugins() const {
  std::vector<std::string> names;
  names.reserve(hosted_.size());
  for (const auto& hosted : hosted_) names.push_back(hosted->name());
  return names;
}

api::PluginContext& PluginHost::context_of(const PluginBoundary& plugin) {
  return running(plugin.plugin()).context;
}

void PluginHost::adopt(Hosted& hosted, std::shared_ptr<void> config) {
  hosted.config = config;
  hosted.context.jobs().executor().post([plugin = hosted.plugin.get(), config = std::move(config)] {
    api::PluginConfig::adopt(*plugin, config);
  });
}

PluginHost::Hosted& PluginHost::running(std::string_view plugin) const {
  const auto found = std::ranges::find_if(hosted_, [&](const auto& one) { return one->name() == plugin; });
  if (found == hosted_.end()) throw std::runtime_error("plugin " + std::string(plugin) + " is not running");
  return **found;
}

boost::system::result<options::Change, options::RefusedChange> PluginHost::change(std::string_view plugin,
                                                                                  std::string_view option,
                                                                                  std::string_view text) {
  const std::lock_guard lock(change_mutex_);
  // The plugin's own check of its options is the plugin's code.
  try {
    Hosted& hosted = running(plugin);
    const auto& loaded = hosted.chosen.loaded;
    auto copy = loaded.entry->copy_config(hosted.config.get());
    auto change = options::change_option(*loaded.options, copy.get(), option, text);
    if (change) adopt(hosted, std::move(copy));
    return change;
  } catch (...) {
    return options::RefusedChange{text_of_what_was_thrown()};
  }
}

boost::system::result<options::Differences, options::RefusedChange> PluginHost::change_to(
    const ChosenPlugin& fresh) {
  const std::lock_guard lock(change_mutex_);
  try {
    Hosted& hosted = running(fresh.name);
    const auto& loaded = hosted.chosen.loaded;
    // Its options may be laid out otherwise.
    if (loaded.entry != fresh.loaded.entry)
      return options::RefusedChange{"plugin " + fresh.name + " is configured from another library, " +
                                    fresh.file.string() + "; that needs a restart"};
    auto found = options::differences(*loaded.options, hosted.config.get(), fresh.config.get());
    if (found.changeable.empty()) return found;
    auto copy = loaded.entry->copy_config(hosted.config.get());
    if (auto sound = options::take_changeable(*loaded.options, copy.get(), fresh.config.get()); !sound)
      return sound.error();
    adopt(hosted, std::move(copy));
    return found;
  } catch (...) {
    return options::RefusedChange{text_of_what_was_thrown()};
  }
}

}  // namespace gantry::kernel
