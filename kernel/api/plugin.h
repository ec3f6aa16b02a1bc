// A plugin: a class, and one line that exports it.
//
//   class Hello final : public api::ConfiguredPlugin<HelloConfig> {
//    public:
//     static api::Descriptor describe() {
//       return {.name = "hello", .version = "1.0.0", .summary = "Says hello."};
//     }
//     static api::Schema<HelloConfig> options();  // kernel/api/options.h
//     void configure(api::PluginContext& context) override { context_ = &context; }
//     void install(api::ExtensionPoints& points) override { points.add(handler_); }
//   };
//   GANTRY_PLUGIN(Hello)
//
// It is built with gantry_add_plugin(hello hello.cpp) of find_package(gantry); docs/plugins.md begins at the
// beginning.
//
// Its life, each step on the thread that starts and stops the broker, and each step of all plugins before the
// next, in the order in which they need each other:
//
//   configure  config() is filled and checked, the context is there: keep it. Nothing else runs yet.
//   install    hands in its extension points.
//   recover    brings its state in order: the store and all metadata can be read. No request is served yet.
//   start      begins to work. Then services start, and the broker listens.
//
// and in the reverse order:
//
//   drain      takes nothing new, finishes what was begun. No request comes any more, answers still go out.
//   stop       ends its threads, lets go of what it holds. Its executor has ended: no job runs any more.
//
// An exception from configure, install, recover or start stops the broker with the plugin's name and the
// reason, unless its config says `optional = true`. Then the plugins that were already brought up are
// stopped: drain() and stop() are called exactly for those whose start() was called, stop() alone for those
// whose configure() was. An exception from drain or stop is logged, and the next plugin's turn comes. The
// library stays loaded until the process ends.
#pragma once

#include "kernel/api/extension_points.h"
#include "kernel/api/options.h"
#include "kernel/api/plugin_context.h"
#include "kernel/api/toolchain.h"

#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::api {

struct Descriptor {
  std::string_view name;     // as in [plugins.NAME]: lower case, digits, dashes; the library is lib<name>.so
  std::string_view version;  // "1.2.0"
  std::string_view summary;  // one line

  // What others can need by name, beside the plugin's own name: "message-store". One plugin provides each.
  std::vector<std::string_view> provides{};
  // What must be there, and is brought up before: "message-store", or with the least version of it "schedule
  // >= 1.2.0".
  std::vector<std::string_view> needs{};

  std::string_view licence{};
  std::string_view homepage{};
};

class Plugin {
 public:
  Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  virtual ~Plugin() = default;

  virtual void configure(PluginContext& context) = 0;
  virtual void install(ExtensionPoints& points) { static_cast<void>(points); }
  virtual void recover() {}
  virtual void start() {}
  virtual void drain() {}
  virtual void stop() {}

 private:
  friend class PluginConfig;
  virtual void adopt(std::shared_ptr<const void> config) = 0;
};

// A plugin whose options are the struct Config; its schema is what the class's static options() returns.
template <class Config>
class ConfiguredPlugin : public Plugin {
 public:
  using ConfigType = Config;

 protected:
  // Any thread. What is returned never changes: who reads several options holds on to one. Costs a lock: once
  // for a burst, not once for a message.
  std::shared_ptr<const Config> config() const {
    const std::lock_guard lock(mutex_);
    return config_;
  }

  // Options that are declared changeable() have changed: config() has the new values. The plugin's executor.
  // Only for what must be done at once; who asks config() each time need not.
  virtual void on_config_change(const Config& before) { static_cast<void>(before); }

 private:
  void adopt(std::shared_ptr<const void> config) final {
    auto next = std::static_pointer_cast<const Config>(std::move(config));
    {
      const std::lock_guard lock(mutex_);
      config_.swap(next);
    }
    if (next) on_config_change(*next);
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const Config> config_;  // guarded by mutex_
};

// What the exported symbol is: how the host gets at the class without knowing it.
struct PluginExport {
  Descriptor (*describe)();
  std::shared_ptr<const OptionSet> (*options)();
  std::shared_ptr<void> (*make_config)();  // with the defaults
  std::shared_ptr<void> (*copy_config)(const void* config);
  std::unique_ptr<Plugin> (*make)();
};

// Hands a checked config to a plugin. For the host.
class PluginConfig {
 public:
  static void adopt(Plugin& plugin, std::shared_ptr<const void> config) { plugin.adopt(std::move(config)); }
};

template <class P>
constexpr PluginExport export_of() {
  using Config = typename P::ConfigType;
  return {.describe = [] { return P::describe(); },
          .options = []() -> std::shared_ptr<const OptionSet> {
            return std::make_shared<const Schema<Config>>(P::options());
          },
          .make_config = []() -> std::shared_ptr<void> { return std::make_shared<Config>(); },
          .copy_config = [](const void* config) -> std::shared_ptr<void> {
            return std::make_shared<Config>(*static_cast<const Config*>(config));
          },
          .make = []() -> std::unique_ptr<Plugin> { return std::make_unique<P>(); }};
}

}  // namespace gantry::api

// Exports a class derived from ConfiguredPlugin; once in a library, outside of all namespaces.
#define GANTRY_PLUGIN(PluginClass)                                                                          \
  extern "C" __attribute__((visibility("default"))) const ::gantry::api::PluginExport GANTRY_PLUGIN_SYMBOL; \
  extern "C" const ::gantry::api::PluginExport GANTRY_PLUGIN_SYMBOL = ::gantry::api::export_of<PluginClass>();
