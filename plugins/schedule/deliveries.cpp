#include "plugins/schedule/deliveries.h"

#include "plugins/schedule/delivered_before.h"

#include <exception>
#include <set>
#include <string>
#include <utility>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenLooks = 100ms;
constexpr auto kLongestDrain = 10s;

LevelDelivery::Settings settings_of(std::chrono::milliseconds delay, const ScheduleConfig& config) {
  return {.delay = delay,
          .gather = config.gather,
          .burst_messages = static_cast<std::size_t>(config.burst_messages),
          .burst_size = config.burst_size};
}

}  // namespace

Deliveries::Deliveries(api::PluginContext& context, DelayLevels levels, const ScheduleConfig& config)
    : context_(context),
      levels_(std::move(levels)),
      config_(config),
      progress_({.key_values = context.key_values(),
                 .offsets = context.offsets(),
                 .executor = context.executor(),
                 .timers = context.timers(),
                 .clock = context.clock(),
                 .log = context.log()},
                config.progress_interval),
      bell_(std::make_shared<Bell>(context.executor(), [this] { rung(); })) {
  progress_.load(context.store()->end(), [store = context.store()](api::QueueId queue) {
    return store->range(kScheduleTopic, queue).has_value();
  });
}

void Deliveries::start() {
  if (context_.identity().id != 0) {
    context_.log().info("delayed messages are not delivered by this broker: it follows another",
                        {{"broker_id", context_.identity().id}});
    return;
  }
  make_topic();
  watch_ = context_.store()->watch([bell = bell_](api::LogOffset) { bell->ring(); });
  context_.executor().post([this] { begin(); });
}

// Apache's broker has it from the start, and tools look for it.
void Deliveries::make_topic() {
  const auto there = context_.topics().find(kScheduleTopic);
  if (there && there->read_queues >= levels_.highest()) return;
  api::Topic topic{.name = api::TopicName::parse(kScheduleTopic).value()};
  topic.read_queues = topic.write_queues = levels_.highest();
  context_.topics().put(std::move(topic),
                        api::Completion<void>([&log = context_.log()](const api::Result<void>& made) {
                          if (!made)
                            log.warn("the topic of delayed messages cannot be made",
                                     {{"topic", kScheduleTopic}, {"because", made.error().text}});
                        }));
}

void Deliveries::begin() {
  auto from = where_to_begin();
  try {
    for (const auto& [queue, found] : delivered_before(*context_.store(), levels_, context_.clock(), from)) {
      context_.log().info("delayed messages were delivered before the broker ended, and are not again",
                          {{"level", level_of(queue)}, {"messages", found.next - from.at(queue).next}});
      progress_.advance(queue, found.next, found.log_end);
      from[queue] = found;
    }
  } catch (const std::exception& why) {
    context_.log().warn(
        "what was delivered last before the broker ended is not known; some of it may come twice",
        {{"because", why.what()}});
  }
  const LevelDelivery::Around around{.store = *context_.store(),
                                     .clock = context_.clock(),
                                     .executor = context_.executor(),
                                     .timers = context_.timers(),
                                     .log = context_.log(),
                                     .topics = context_.topics(),
                                     .progress = progress_,
                                     .in_flight = in_flight_};
  for (const auto& [queue, progress] : from) {
    const std::int32_t level = level_of(queue);
    auto delivery = std::make_unique<LevelDelivery>(queue, settings_of(levels_.of(level), config_), around,
                                                    LevelFigures::of(context_.metrics(), level));
    delivery->begin(progress.next);
    running_.emplace(queue, std::move(delivery));
  }
}

// All levels that are configured, and those that have messages from when there were more.
std::map<api::QueueId, LevelProgress> Deliveries::where_to_begin() {
  std::set<api::QueueId> queues;
  for (std::int32_t level = 1; level <= levels_.highest(); ++level) queues.insert(queue_of(level));
  for (const api::QueueId queue : context_.store()->queues(kScheduleTopic)) queues.insert(queue);
  std::map<api::QueueId, LevelProgress> from;
  for (const api::QueueId queue : queues) {
    const auto known = progress_.levels().find(queue);
    if (known != progress_.levels().end()) {
      from.emplace(queue, known->second);
      continue;
    }
    const auto range = context_.store()->range(kScheduleTopic, queue);
    from.emplace(queue, LevelProgress{.next = range ? range->first : api::QueueOffset{}, .log_end = {}});
  }
  return from;
}

void Deliveries::rung() {
  const auto now = context_.clock().now();
  if (!looked_ || now - *looked_ >= kBetweenLooks) return look();
  look_timer_ = context_.timers().after(*looked_ + kBetweenLooks - now, [this] { look(); });
}

void Deliveries::look() {
  bell_->answer();
  looked_ = context_.clock().now();
  for (const auto& [queue, delivery] : running_) delivery->look();
}

void Deliveries::drain() {
  watch_.reset();
  if (!in_flight_->close(kLongestDrain)) {
    context_.log().warn("the store has not told of all delayed messages that were being delivered",
                        {{"waited", kLongestDrain}, {"effect", "some may be delivered again"}});
  }
}

void Deliveries::stop() {
  watch_.reset();
  static_cast<void>(in_flight_->close(0ms));
}

void Deliveries::finish() {
  look_timer_.reset();
  for (const auto& [queue, delivery] : running_) delivery->finish();
  progress_.finish();
}

}  // namespace gantry::schedule
