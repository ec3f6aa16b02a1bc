// The store as a plugin of the broker.
#include "kernel/api/plugin.h"
#include "plugins/store-mmap/posix_file_system.h"
#include "plugins/store-mmap/store.h"
#include "plugins/store-mmap/store_config.h"
#include "plugins/store-mmap/store_tools.h"
#include "plugins/store-mmap/thread_lanes.h"

#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace {

namespace api = gantry::api;
using namespace gantry::store;

class StorePlugin final : public api::ConfiguredPlugin<StoreConfig> {
 public:
  static api::Descriptor describe() {
    return {.name = "store-mmap",
            .version = "0.1.0",
            .summary = "Keeps messages in files of Apache RocketMQ 4.9's format.",
            .provides = {"message-store"}};
  }
  static api::Schema<StoreConfig> options() { return store_options(); }

  void configure(api::PluginContext& context) override { context_ = &context; }

  void install(api::ExtensionPoints& points) override {
    const auto config = this->config();
    lanes_.emplace(context_->clock(),
                   [this](Lane lane, std::exception_ptr thrown) { tell(lane, std::move(thrown)); });
    store_.emplace(*config, context_->data_dir() / config->dir,
                   Store::Surroundings{files_, *lanes_, context_->clock(), context_->log()});
    points.add(static_cast<api::MessageStore&>(*store_));
    points.add(static_cast<api::RawLog&>(*store_));
    tools_.emplace(files_, layout_of(*config));
    points.add(static_cast<api::StoreTools&>(*tools_));
  }

  void recover() override {
    store_->ask(context_->due_times());
    store_->open();
  }
  void start() override { store_->start(); }
  void stop() override {
    if (lanes_) lanes_->stop();
    if (store_) store_->close();
  }

 private:
  void tell(Lane lane, std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const std::exception& why) {
      context_->log().error("a job of the store failed",
                            {{"lane", thread_name(lane)}, {"because", why.what()}});
    }
  }

  api::PluginContext* context_ = nullptr;
  PosixFileSystem files_;
  std::optional<ThreadLanes> lanes_;
  std::optional<Store> store_;
  std::optional<ClosedStoreTools> tools_;
};

}  // namespace

GANTRY_PLUGIN(StorePlugin)
