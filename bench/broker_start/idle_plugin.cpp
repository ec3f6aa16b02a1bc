// A plugin that does what most do at the start: options, a figure, a handler, a timer. Built ten times.
#include "kernel/api/plugin.h"

#include <chrono>
#include <memory>
#include <string>

namespace {

using namespace std::chrono_literals;
namespace api = gantry::api;
namespace remoting = gantry::remoting;

struct IdleConfig {
  std::string greeting = "hello";
  std::chrono::milliseconds pause{100};
  gantry::ByteSize memory = gantry::ByteSize::mib(1);
  bool polite = true;
};

class Idle final : public api::ConfiguredPlugin<IdleConfig>, public api::RequestHandler {
 public:
  static api::Descriptor describe() { return {.name = PLUGIN_NAME, .version = "1.0.0", .summary = "Waits."}; }

  static api::Schema<IdleConfig> options() {
    api::Schema<IdleConfig> schema;
    schema.option("greeting", &IdleConfig::greeting).changeable().help("What is answered.");
    schema.option("pause", &IdleConfig::pause).range(1ms, 1h).help("How long it waits.");
    schema.option("memory", &IdleConfig::memory).help("What it may take.");
    schema.option("polite", &IdleConfig::polite).help("Whether it is.");
    return schema;
  }

  void configure(api::PluginContext& context) override {
    context_ = &context;
    asked_ = &context.metrics().counter("asked_total", "Requests.");
  }
  void install(api::ExtensionPoints& points) override {
    points.add(static_cast<api::RequestHandler&>(*this));
  }
  void start() override {
    timer_ = context_->timers().every(1s, [] {});
  }
  void stop() override { timer_.reset(); }

  std::vector<Served> serves() const override {
    return {{static_cast<remoting::RequestCode>(20000 + PLUGIN_NUMBER), gantry::access::Right::open}};
  }
  void handle(remoting::Connection& from, const remoting::Request& request) override {
    asked_->add();
    from.answer(request, {.remark = config()->greeting});
  }

 private:
  api::PluginContext* context_ = nullptr;
  api::Counter* asked_ = nullptr;
  std::unique_ptr<api::Timer> timer_;
};

}  // namespace

GANTRY_PLUGIN(Idle)
