#include "kernel/extension_registry.h"

#include <algorithm>
#include <stdexcept>

namespace gantry::kernel {
namespace {

// "plugins a and b both <what>", or of one plugin twice.
std::invalid_argument twice(const PluginBoundary& first, const PluginBoundary& second,
                            const std::string& what, const std::string& remedy) {
  if (&first == &second) return std::invalid_argument("it hands in twice " + what + "; " + remedy);
  return std::invalid_argument("plugins " + first.plugin() + " and " + second.plugin() + " both have " +
                               what + "; " + remedy);
}

}  // namespace

class ExtensionRegistry::OfPlugin final : public api::ExtensionPoints {
 public:
  OfPlugin(ExtensionRegistry& registry, PluginBoundary& plugin) : all_(registry), plugin_(plugin) {}

  void add(api::MessageStore& store) override { add_only_one(all_.stores_, store, "a message store"); }
  void add(api::RawLog& log) override { add_only_one(all_.raw_logs_, log, "a raw log"); }
  void add(api::StoreTools& tools) override { add_only_one(all_.store_tools_, tools, "store tools"); }
  void add(api::DueTimes& times) override { add_only_one(all_.due_times_, times, "due times"); }
  void add(api::AccessPolicy& policy) override { add_only_one(all_.policies_, policy, "an access policy"); }

  void add(api::FilterLanguage& language) override {
    const auto name = std::string(language.name());
    if (name == "TAG")
      throw std::invalid_argument("filter language TAG is the broker's own; give it another name");
    for (const auto& other : all_.languages_)
      if (other.point->name() == name)
        throw twice(*other.by, plugin_, "filter language " + name, "only one can be enabled");
    all_.languages_.push_back({&plugin_, &language});
  }

  void add(api::CommitListener& listener) override {
    for (const auto& other : all_.listeners_)
      if (other.by == &plugin_ && other.point->name() == listener.name())
        throw std::invalid_argument("it hands in twice commit listener " + std::string(listener.name()) +
                                    "; positions are kept by that name: give one another");
    all_.listeners_.push_back({&plugin_, &listener});
  }

  void add(api::RequestHandler& handler) override {
    auto codes = all_.codes_;  // all of a handler's codes, or none
    for (const auto& one : handler.serves()) {
      check_code(codes, one.code);
      codes.push_back({&plugin_, &handler, one});
    }
    all_.codes_ = std::move(codes);
    all_.handlers_.push_back({&plugin_, &handler});
  }

  void add(api::AppendStage& stage) override { all_.stages_.push_back({&plugin_, &stage}); }
  void add(api::DurabilityGate& gate) override { all_.gates_.push_back({&plugin_, &gate}); }
  void add(api::Service& service) override { all_.services_.push_back({&plugin_, &service}); }
  void add(api::Registration& part) override { all_.registrations_.push_back({&plugin_, &part}); }

 private:
  template <class Point>
  void add_only_one(std::vector<Installed<Point>>& there, Point& point, const std::string& what) {
    if (!there.empty()) throw twice(*there.front().by, plugin_, what, "there can be only one");
    there.push_back({&plugin_, &point});
  }

  void check_code(const std::vector<Code>& codes, remoting::RequestCode code) const {
    const auto what = "request code " + std::to_string(static_cast<int>(code));
    if (std::find(all_.own_codes_.begin(), all_.own_codes_.end(), code) != all_.own_codes_.end())
      throw std::invalid_argument(what + " is served by the broker itself; take one from 20000 on");
    for (const auto& other : codes)
      if (other.served.code == code)
        throw twice(*other.by, plugin_, what, "give one of them another, from 20000 on");
  }

  ExtensionRegistry& all_;
  PluginBoundary& plugin_;
};

std::unique_ptr<api::ExtensionPoints> ExtensionRegistry::for_plugin(PluginBoundary& plugin) {
  return std::make_unique<OfPlugin>(*this, plugin);
}

void ExtensionRegistry::remove(const PluginBoundary& plugin) {
  const auto from = [&](auto&... lists) {
    (std::erase_if(lists, [&](const auto& installed) { return installed.by == &plugin; }), ...);
  };
  from(stores_, raw_logs_, store_tools_, due_times_, policies_, languages_, stages_, listeners_, gates_,
       handlers_, services_, registrations_, codes_);
}

}  // namespace gantry::kernel
