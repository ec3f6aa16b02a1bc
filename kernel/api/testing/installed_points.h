// What a plugin has handed in in a test, by extension point. TestHost calls most of it; what it has no call
// for a test takes from here: host.points().due_times().
#pragma once

#include "kernel/api/extension_points.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::api::testing {

// What the plugin did not hand in, when a test asks for it: std::logic_error. The objects are the plugin's.
class InstalledPoints final : public ExtensionPoints {
 public:
  const std::vector<AppendStage*>& stages() const { return stages_; }  // by phase
  const std::vector<CommitListener*>& listeners() const { return listeners_; }
  const std::vector<Service*>& services() const { return services_; }
  const std::vector<DurabilityGate*>& gates() const { return gates_; }

  RequestHandler& handler(remoting::RequestCode code) const {
    for (auto* handler : handlers_)
      for (const auto& served : handler->serves())
        if (served.code == code) return *handler;
    throw std::logic_error("the plugin does not serve code " + std::to_string(static_cast<int>(code)));
  }
  FilterLanguage& language(std::string_view name) const {
    for (auto* language : languages_)
      if (language->name() == name) return *language;
    throw std::logic_error("the plugin has no filter language " + std::string(name));
  }
  AccessPolicy& policy() const { return the(policy_, "access policy"); }
  Registration& registration() const { return the(registration_, "registration"); }
  DueTimes& due_times() const { return the(due_times_, "due times"); }
  MessageStore& store() const { return the(store_, "message store"); }
  RawLog& raw_log() const { return the(raw_log_, "raw log"); }
  StoreTools& store_tools() const { return the(store_tools_, "store tools"); }

  void add(AppendStage& stage) override {
    const auto phase = [](const AppendStage* one) { return one->phase(); };
    stages_.insert(std::ranges::upper_bound(stages_, stage.phase(), {}, phase), &stage);
  }
  void add(CommitListener& listener) override { listeners_.push_back(&listener); }
  void add(Service& service) override { services_.push_back(&service); }
  void add(DurabilityGate& gate) override { gates_.push_back(&gate); }
  void add(RequestHandler& handler) override { handlers_.push_back(&handler); }
  void add(FilterLanguage& language) override { languages_.push_back(&language); }
  void add(AccessPolicy& policy) override { only(policy_, policy, "access policy"); }
  void add(Registration& registration) override { only(registration_, registration, "registration"); }
  void add(DueTimes& times) override { only(due_times_, times, "due times"); }
  void add(MessageStore& store) override { only(store_, store, "message store"); }
  void add(RawLog& log) override { only(raw_log_, log, "raw log"); }
  void add(StoreTools& tools) override { only(store_tools_, tools, "store tools"); }

 private:
  template <class Point>
  static Point& the(Point* point, const std::string& what) {
    if (point == nullptr) throw std::logic_error("the plugin has handed in no " + what);
    return *point;
  }
  // As the broker refuses it.
  template <class Point>
  static void only(Point*& there, Point& added, const std::string& what) {
    if (there != nullptr) throw std::invalid_argument("the plugin hands in two: " + what);
    there = &added;
  }

  std::vector<AppendStage*> stages_;
  std::vector<CommitListener*> listeners_;
  std::vector<Service*> services_;
  std::vector<DurabilityGate*> gates_;
  std::vector<RequestHandler*> handlers_;
  std::vector<FilterLanguage*> languages_;
  AccessPolicy* policy_ = nullptr;
  Registration* registration_ = nullptr;
  DueTimes* due_times_ = nullptr;
  MessageStore* store_ = nullptr;
  RawLog* raw_log_ = nullptr;
  StoreTools* store_tools_ = nullptr;
};

}  // namespace gantry::api::testing
