// A Registration: lets the name servers offer this broker for reading only, and tells slaves where to
// connect.
#include "kernel/api/plugin.h"

#include <cstdint>
#include <string>
#include <vector>

namespace {

namespace api = gantry::api;

struct StandbyConfig {
  std::int64_t broker_id = 0;
  std::string ha_address;
};

class Standby final : public api::ConfiguredPlugin<StandbyConfig>, public api::Registration {
 public:
  static api::Descriptor describe() {
    return {.name = "standby", .version = "1.0.0", .summary = "Registers the broker for reading only."};
  }

  static api::Schema<StandbyConfig> options() {
    api::Schema<StandbyConfig> schema;
    schema.option("broker_id", &StandbyConfig::broker_id)
        .range(0, 1000)
        .changeable()
        .help("The id that name servers hear: clients send to 0, and read from others too.");
    schema.option("ha_address", &StandbyConfig::ha_address)
        .changeable()
        .help("Where slaves connect to, host:port; empty: that is not told.");
    schema.check_whole([](const StandbyConfig& config) -> std::vector<api::Complaint> {
      if (config.ha_address.empty() || api::HostPort::parse(config.ha_address)) return {};
      return {{.option = "ha_address",
               .text = "is " + config.ha_address + ": host:port would be right, such as 10.0.0.7:10912"}};
    });
    return schema;
  }

  void configure(api::PluginContext&) override {}
  void install(api::ExtensionPoints& points) override { points.add(*this); }

  // Before each registration. It reads the options each time: a change is told with the next one.
  api::RegistrationPart part() override {
    const auto settings = config();
    api::RegistrationPart part;
    part.broker_id = settings->broker_id;
    if (!settings->ha_address.empty()) part.ha_address = settings->ha_address;
    return part;
  }
};

}  // namespace

GANTRY_PLUGIN(Standby)
