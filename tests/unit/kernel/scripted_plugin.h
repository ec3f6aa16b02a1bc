// A plugin without a library: writes each of its steps into a journal, and throws in the one that its config
// names. Its number tells it from others of one test.
#pragma once

#include "kernel/plugin_choice.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::kernel {

using Journal = std::vector<std::string>;

struct Script {
  std::string name{};
  std::vector<std::string_view> needs{};
  std::string fails_in{};
  bool throws_a_number = false;
  bool has_service = false;
  bool optional = false;
  std::function<void(api::PluginContext&)> at_configure{};
  std::function<void(api::ExtensionPoints&)> at_install{};
};

struct ScriptedConfig {
  int level = 1;
  int most = 10;
  std::string token;
};

template <int N>
class ScriptedPlugin final : public api::ConfiguredPlugin<ScriptedConfig> {
 public:
  static inline Script script;
  static inline Journal* journal = nullptr;

  static api::Descriptor describe() {
    return {.name = script.name, .version = "1.0.0", .summary = "Follows a script.", .needs = script.needs};
  }
  static api::Schema<ScriptedConfig> options() {
    api::Schema<ScriptedConfig> schema;
    schema.option("level", &ScriptedConfig::level).range(0, 100).changeable().help("How loud.");
    schema.option("most", &ScriptedConfig::most).help("How loud at most.");
    schema.option("token", &ScriptedConfig::token).secret().changeable().help("Secret.");
    schema.check_whole([](const ScriptedConfig& c) {
      std::vector<api::Complaint> found;
      if (c.level > c.most) found.push_back({"level", "must be at most most; lower it or raise that"});
      return found;
    });
    return schema;
  }

  ScriptedPlugin() { step("load"); }
  ~ScriptedPlugin() override { journal->push_back(script.name + " is gone"); }

  void configure(api::PluginContext& context) override {
    step("configure");
    if (script.at_configure) script.at_configure(context);
  }
  void install(api::ExtensionPoints& points) override {
    if (script.has_service) points.add(static_cast<api::Service&>(service_));
    if (script.at_install) script.at_install(points);
    step("install");
  }
  void recover() override { step("recover"); }
  void start() override { step("start"); }
  void drain() override { step("drain"); }
  void stop() override { step("stop"); }

 private:
  struct ItsService final : api::Service {
    std::string_view name() const override { return "service"; }
    void start() override { step("service start"); }
    void drain() override { step("service drain"); }
    void stop() override { step("service stop"); }
  };

  static void step(std::string_view name) {
    journal->push_back(script.name + " " + std::string(name));
    if (script.fails_in != name) return;
    if (script.throws_a_number) throw 42;  // NOLINT: what plugins can do, they will do
    throw std::runtime_error("no luck");
  }

  void on_config_change(const ScriptedConfig& before) override {
    journal->push_back(script.name + " level " + std::to_string(before.level) + " to " +
                       std::to_string(config()->level));
    if (config()->level == 6) throw std::runtime_error("six is too much");
  }

  ItsService service_;
};

template <int N>
ChosenPlugin scripted(Journal& journal, Script script) {
  using P = ScriptedPlugin<N>;
  static constexpr api::PluginExport kExport = api::export_of<P>();
  P::script = std::move(script);
  P::journal = &journal;
  ChosenPlugin plugin{.name = P::script.name, .optional = P::script.optional};
  plugin.loaded = {.entry = &kExport, .descriptor = kExport.describe(), .options = kExport.options()};
  plugin.config = kExport.make_config();
  return plugin;
}

}  // namespace gantry::kernel
