#include "plugins/schedule/schedule_config.h"

#include <vector>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;

std::vector<api::Complaint> check(const ScheduleConfig& config) {
  if (const auto levels = DelayLevels::parse(config.levels); !levels)
    return {{.option = "levels", .text = levels.error().text}};
  return {};
}

void name_keys_without_effect(api::Schema<ScheduleConfig>& schema) {
  const auto none = [&](std::string name, std::string why) {
    schema.without_effect({.name = std::move(name), .why = std::move(why), .told = {}});
  };
  none("enableScheduleMessageStats", "figures of delayed messages are always kept");
  none("enableScheduleAsyncDeliver", "no delivery waits for another level's; see burst_messages");
  none("scheduleAsyncDeliverMaxPendingLimit",
       "one burst of a level is under way at a time; see burst_messages");
  none("scheduleAsyncDeliverMaxResendNum2Blocked", "what the store refuses is tried again in its order");
}

}  // namespace

api::Schema<ScheduleConfig> schedule_options() {
  api::Schema<ScheduleConfig> schema;
  schema.option("levels", &ScheduleConfig::levels)
      .apache("messageDelayLevel")
      .help(
          "How long a message of each delay level waits, level 1 first: whole numbers of s, m, h or d with "
          "blanks between. A message of a higher level than the last has the last. Another list holds for "
          "messages that wait already, too. A level must not be longer than the store keeps messages "
          "(retention_age in [plugins.store-mmap]).");
  schema.option("gather", &ScheduleConfig::gather)
      .range(1ms, 1s)
      .help(
          "The shortest time between two deliveries of one level: what comes due within it is delivered "
          "together, and so up to this much late.");
  schema.option("burst_messages", &ScheduleConfig::burst_messages)
      .range(1, 65536)
      .help("How many messages of one level are delivered together at most.");
  schema.option("burst_size", &ScheduleConfig::burst_size)
      .range(ByteSize::kib(1), ByteSize::mib(64))
      .help("How many bytes of one level are delivered together at most; a larger message goes alone.");
  schema.option("progress_interval", &ScheduleConfig::progress_interval)
      .range(100ms, 1min)
      .apache(options::Alias::units("flushDelayOffsetInterval", 1ms))
      .help(
          "How often, while messages are delivered, it is written down how far that has come. A start after "
          "a "
          "crash looks for what was delivered since.");
  name_keys_without_effect(schema);
  schema.check_whole(check);
  return schema;
}

}  // namespace gantry::schedule
