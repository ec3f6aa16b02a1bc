// An AppendStage: writes into each message which broker took it.
#include "kernel/api/plugin.h"
#include "remoting/message_properties.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace {

namespace api = gantry::api;
namespace remoting = gantry::remoting;

struct StampConfig {
  std::string property = "RECEIVED_BY";
};

class Stamp final : public api::ConfiguredPlugin<StampConfig>, public api::AppendStage {
 public:
  static api::Descriptor describe() {
    return {.name = "stamp", .version = "1.0.0", .summary = "Writes into messages which broker took them."};
  }

  static api::Schema<StampConfig> options() {
    api::Schema<StampConfig> schema;
    schema.option("property", &StampConfig::property)
        .not_empty()
        .changeable()
        .help("The property that holds the broker's name.");
    return schema;
  }

  void configure(api::PluginContext& context) override {
    context_ = &context;
    stamped_ = &context.metrics().counter("stamped_total", "Messages stamped.");
  }

  void install(api::ExtensionPoints& points) override { points.add(*this); }

  api::AppendPhase phase() const override { return api::AppendPhase::transform; }

  // On I/O threads, several at once. What costs a lock is done once for the burst.
  void process(std::span<api::Draft> drafts) override {
    const auto settings = config();
    std::uint64_t stamped = 0;
    for (api::Draft& draft : drafts) stamped += stamp(draft, settings->property) ? 1 : 0;
    stamped_->add(stamped);
  }

 private:
  bool stamp(api::Draft& draft, const std::string& property) {
    std::string properties(draft.record.properties);
    const auto set = remoting::set_property(properties, property, context_->identity().name);
    if (!set) {
      draft.refuse({.code = remoting::ResponseCode::message_illegal, .text = set.error().str()});
      return false;
    }
    draft.record.properties = draft.keep(std::move(properties));
    return true;
  }

  api::PluginContext* context_ = nullptr;
  api::Counter* stamped_ = nullptr;
};

}  // namespace

GANTRY_PLUGIN(Stamp)
