// What the plugins have handed in, by extension point, in the order in which they were installed. The parts
// of the kernel take from here what is theirs, once all plugins have started.
//
// Thread: the one that starts and stops the broker.
#pragma once

#include "kernel/api/extension_points.h"
#include "kernel/plugin_boundary.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

// One object of a plugin. Calls to it go through `by`, which counts and logs what it throws.
template <class Point>
struct Installed {
  PluginBoundary* by = nullptr;
  Point* point = nullptr;
};

class ExtensionRegistry {
 public:
  // Before the first plugin's install(): request codes that the broker itself serves, which none can take.
  void keep_codes(std::vector<remoting::RequestCode> own) { own_codes_ = std::move(own); }

  // What a plugin's install() is handed; it throws as api::ExtensionPoints says.
  std::unique_ptr<api::ExtensionPoints> for_plugin(PluginBoundary& plugin);

  // Forgets everything of a plugin that was left out after its install().
  void remove(const PluginBoundary& plugin);

  struct Code {
    PluginBoundary* by = nullptr;
    api::RequestHandler* handler = nullptr;
    api::RequestHandler::Served served{};
  };
  std::span<const Code> codes() const { return codes_; }

  // nullptr: no plugin is one.
  api::MessageStore* store() const { return first_of(stores_); }
  api::RawLog* raw_log() const { return first_of(raw_logs_); }
  api::StoreTools* store_tools() const { return first_of(store_tools_); }
  api::DueTimes* due_times() const { return first_of(due_times_); }
  // At most one.
  std::span<const Installed<api::AccessPolicy>> access_policies() const { return policies_; }

  std::span<const Installed<api::FilterLanguage>> filter_languages() const { return languages_; }
  std::span<const Installed<api::AppendStage>> append_stages() const { return stages_; }
  std::span<const Installed<api::CommitListener>> commit_listeners() const { return listeners_; }
  std::span<const Installed<api::DurabilityGate>> durability_gates() const { return gates_; }
  std::span<const Installed<api::RequestHandler>> request_handlers() const { return handlers_; }
  std::span<const Installed<api::Service>> services() const { return services_; }
  std::span<const Installed<api::Registration>> registrations() const { return registrations_; }

 private:
  class OfPlugin;

  template <class Point>
  static Point* first_of(const std::vector<Installed<Point>>& all) {
    return all.empty() ? nullptr : all.front().point;
  }

  std::vector<remoting::RequestCode> own_codes_;
  std::vector<Installed<api::MessageStore>> stores_;
  std::vector<Installed<api::RawLog>> raw_logs_;
  std::vector<Installed<api::StoreTools>> store_tools_;
  std::vector<Installed<api::DueTimes>> due_times_;
  std::vector<Installed<api::AccessPolicy>> policies_;
  std::vector<Installed<api::FilterLanguage>> languages_;
  std::vector<Installed<api::AppendStage>> stages_;
  std::vector<Installed<api::CommitListener>> listeners_;
  std::vector<Installed<api::DurabilityGate>> gates_;
  std::vector<Installed<api::RequestHandler>> handlers_;
  std::vector<Installed<api::Service>> services_;
  std::vector<Installed<api::Registration>> registrations_;
  std::vector<Code> codes_;
};

}  // namespace gantry::kernel
