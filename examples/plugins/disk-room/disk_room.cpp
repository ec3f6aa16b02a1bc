// A Service: looks from time to time how much room the data directory's disk has left, and says when it gets
// tight.
#include "kernel/api/plugin.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

namespace api = gantry::api;
using gantry::ByteSize;
using namespace std::chrono_literals;

enum class Tell : std::uint8_t { changes, always };
constexpr std::array<std::pair<std::string_view, Tell>, 2> kTellNames{
    {{"changes", Tell::changes}, {"always", Tell::always}}};

struct DiskRoomConfig {
  std::chrono::seconds interval = 30s;
  ByteSize warn_below = ByteSize::gib(10);
  ByteSize alarm_below = ByteSize::gib(1);
  Tell tell = Tell::changes;
};

enum class Room : std::uint8_t { enough, tight, alarming };

Room judge(ByteSize free, const DiskRoomConfig& config) {
  if (free < config.alarm_below) return Room::alarming;
  return free < config.warn_below ? Room::tight : Room::enough;
}

class DiskRoom final : public api::ConfiguredPlugin<DiskRoomConfig> {
 public:
  static api::Descriptor describe() {
    return {.name = "disk-room", .version = "1.0.0", .summary = "Says when the disk gets full."};
  }

  static api::Schema<DiskRoomConfig> options() {
    api::Schema<DiskRoomConfig> schema;
    schema.option("interval", &DiskRoomConfig::interval)
        .range(1s, 1h)
        .help("How long from one look to the next.");
    schema.option("warn_below", &DiskRoomConfig::warn_below)
        .changeable()
        .help("Less room than this is worth a warning.");
    schema.option("alarm_below", &DiskRoomConfig::alarm_below)
        .changeable()
        .help("Less room than this is an error in the log.");
    schema.option("tell", &DiskRoomConfig::tell, kTellNames)
        .changeable()
        .help("Whether the log has a line for each look, or for changes only.");
    schema.check_whole([](const DiskRoomConfig& config) -> std::vector<api::Complaint> {
      if (config.alarm_below < config.warn_below) return {};
      return {{.option = "alarm_below",
               .text = "is " + config.alarm_below.str() + ", and the warning comes below " +
                       config.warn_below.str() + ": it must be less than warn_below"}};
    });
    return schema;
  }

  void configure(api::PluginContext& context) override {
    context_ = &context;
    free_ = &context.metrics().gauge("free_bytes", "Room that is left where the broker keeps its data.");
  }

  void install(api::ExtensionPoints& points) override { points.add(watch_); }

 private:
  // An object of its own, because a plugin has a start() and a stop() too, and they mean something else.
  class Watch final : public api::Service {
   public:
    explicit Watch(DiskRoom& plugin) : plugin_(plugin) {}

    std::string_view name() const override { return "disk-room"; }
    void start() override {
      plugin_.context_->executor().post([this] { plugin_.look(); });
      timer_ = plugin_.context_->timers().every(plugin_.config()->interval, [this] { plugin_.look(); });
    }
    void stop() override { timer_.reset(); }

   private:
    DiskRoom& plugin_;
    std::unique_ptr<api::Timer> timer_;
  };

  // On the plugin's executor, where asking the disk holds up nobody.
  void look() {
    std::error_code error;
    const auto space = std::filesystem::space(context_->data_dir(), error);
    if (error) {
      context_->log().warn("cannot tell how much room the disk has", {{"error", error.message()}});
      return;
    }
    const ByteSize free(space.available);
    free_->set(static_cast<std::int64_t>(free.bytes()));

    const auto settings = config();
    const Room before = std::exchange(room_, judge(free, *settings));
    if (room_ != before || settings->tell == Tell::always) tell(free);
  }

  void tell(ByteSize free) {
    switch (room_) {
      case Room::enough:
        return context_->log().info("the disk has room", {{"free", free}});
      case Room::tight:
        return context_->log().warn("the disk gets full", {{"free", free}});
      case Room::alarming:
        return context_->log().error("the disk is nearly full", {{"free", free}});
    }
  }

  api::PluginContext* context_ = nullptr;
  api::Gauge* free_ = nullptr;
  Room room_ = Room::enough;  // the executor's
  Watch watch_{*this};
};

}  // namespace

GANTRY_PLUGIN(DiskRoom)
