// Brings the plugins up and down: each step of all of them before the next step, in the order in which they
// need each other, and down in the reverse order (kernel/api/plugin.h tells it from a plugin's side).
//
//   PluginHost host(std::move(chosen), surroundings);
//   host.configure(); host.install(); host.recover(); host.start(); host.start_services();
//   ...
//   host.drain(); host.stop();
//
// What a plugin throws ends a step with std::runtime_error, "plugin ha failed in start: ..."; everything that
// was brought up has been stopped by then, and only the destructor may follow. A plugin that is optional is
// stopped and left out instead, with those that need it, which must be optional too.
//
// Thread: the one that starts and stops the broker; change() and change_to() any, while the broker runs.
#pragma once

#include "kernel/context_of_plugin.h"
#include "kernel/plugin_choice.h"
#include "kernel/plugin_surroundings.h"
#include "options/change.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

class PluginHost {
 public:
  // `in_order` is what choose_plugins() returned. Makes the plugins' objects, which may fail like a step.
  PluginHost(std::vector<ChosenPlugin> in_order, PluginSurroundings& around);
  ~PluginHost();  // stops what runs
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  void configure();
  void install();
  void recover();
  void start();
  void start_services();

  // Services first. Exceptions are logged, and the next one's turn comes.
  void drain();
  void stop();

  // Those that are up, in order.
  std::vector<std::string> plugins() const;

  // Of the plugin that handed something in, for what the kernel does on its executor.
  api::PluginContext& context_of(const PluginBoundary& plugin);

  // One option of a running plugin, to `text` as behind a flag. The plugin has it once its executor gets to
  // it.
  boost::system::result<options::Change, options::RefusedChange> change(std::string_view plugin,
                                                                        std::string_view option,
                                                                        std::string_view text);

  // All options of a running plugin, from a configuration that was read and checked anew. Tells what differs;
  // what is changeable has been taken over, unless it does not go together with what is not.
  boost::system::result<options::Differences, options::RefusedChange> change_to(const ChosenPlugin& fresh);

 private:
  struct Hosted;

  void make(ChosenPlugin chosen);
  template <class Call>
  void step(std::string_view name, Call call);
  void failed(Hosted& plugin, std::string_view step, const std::string& why);
  void leave_out(Hosted& plugin, const std::string& why);
  std::vector<PluginWants> wants() const;

  void start_service(const Installed<api::Service>& service);
  void drain_services(const PluginBoundary* owner);  // nullptr: all
  void stop_services(const PluginBoundary* owner);
  void drain(Hosted& plugin);
  void stop(Hosted& plugin);
  void adopt(Hosted& plugin, std::shared_ptr<void> config);
  Hosted& running(std::string_view plugin) const;  // throws a sentence when it is not

  struct StartedService {
    Installed<api::Service> service;
    bool drained = false;
  };

  PluginSurroundings& around_;
  std::vector<std::unique_ptr<Hosted>> hosted_;    // in order
  std::vector<std::unique_ptr<Hosted>> left_out_;  // stopped, and kept: what they began may refer to them
  std::vector<StartedService> started_services_;
  std::mutex change_mutex_;  // one change at a time: each starts from the one before
};

}  // namespace gantry::kernel
