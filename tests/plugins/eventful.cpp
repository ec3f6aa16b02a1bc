// A plugin that logs each step of its life, and throws in the one that its option names. Built under many
// names.
#include "kernel/api/plugin.h"

#include <stdexcept>
#include <string>
#include <string_view>

#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION "1.2.0"
#endif
#ifndef PLUGIN_OPTION
#define PLUGIN_OPTION "other"
#endif
#ifndef PLUGIN_OPTION_HELP
#define PLUGIN_OPTION_HELP "Nothing at all."
#endif

namespace {

namespace api = gantry::api;

struct EventfulConfig {
  std::string fails_in;
  bool other = false;
};

class Eventful final : public api::ConfiguredPlugin<EventfulConfig> {
 public:
  static api::Descriptor describe() {
    return {.name = PLUGIN_NAME,
            .version = PLUGIN_VERSION,
            .summary = "Logs what happens to it.",
#ifdef PLUGIN_PROVIDES
            .provides = {PLUGIN_PROVIDES},
#endif
#ifdef PLUGIN_NEEDS
            .needs = {PLUGIN_NEEDS},
#endif
            .licence = "Apache-2.0"};
  }

  static api::Schema<EventfulConfig> options() {
    api::Schema<EventfulConfig> schema;
    schema.option("fails_in", &EventfulConfig::fails_in).help("The step in which it throws.");
    schema.option(PLUGIN_OPTION, &EventfulConfig::other).help(PLUGIN_OPTION_HELP);
    return schema;
  }

  void configure(api::PluginContext& context) override {
    context_ = &context;
    step("configure");
  }
  void install(api::ExtensionPoints&) override { step("install"); }
  void recover() override { step("recover"); }
  void start() override { step("start"); }
  void drain() override { step("drain"); }
  void stop() override { step("stop"); }

 private:
  void step(std::string_view name) {
    context_->log().info("step", {{"name", name}});
    if (config()->fails_in == name) throw std::runtime_error("it was told to fail");
  }

  api::PluginContext* context_ = nullptr;
};

}  // namespace

GANTRY_PLUGIN(Eventful)
