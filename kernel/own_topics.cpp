#include "kernel/own_topics.h"

#include "kernel/apache_config.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace gantry::kernel {
namespace {

constexpr std::int32_t kInherited = 1;
constexpr std::int32_t kUsable = 6;  // readable and writable

constexpr std::string_view kSelfTestTopic = "SELF_TEST_TOPIC";
constexpr std::string_view kBenchmarkTopic = "BenchmarkTest";
constexpr std::string_view kHalfTopic = "RMQ_SYS_TRANS_HALF_TOPIC";
constexpr std::string_view kHalfDoneTopic = "RMQ_SYS_TRANS_OP_HALF_TOPIC";
constexpr std::string_view kCheckedTooOftenTopic = "TRANS_CHECK_MAX_TIME_TOPIC";

constexpr std::array kFixedTopics{kAutoCreateTopic, kSelfTestTopic,    kBenchmarkTopic,
                                  kScheduleTopic,   kOffsetMovedTopic, kTraceTopic,
                                  kHalfTopic,       kHalfDoneTopic,    kCheckedTooOftenTopic};
constexpr std::string_view kSystemTopicPrefix = "rmq_sys_";

constexpr std::array kClosedTopics{kScheduleTopic,        kHalfTopic,     kHalfDoneTopic,
                                   kCheckedTooOftenTopic, kSelfTestTopic, kOffsetMovedTopic};

constexpr std::array<std::string_view, 7> kOwnGroups{
    "TOOLS_CONSUMER",  "FILTERSRV_CONSUMER",    "SELF_TEST_C_GROUP", "CID_ONS-HTTP-PROXY",
    "CID_ONSAPI_PULL", "CID_ONSAPI_PERMISSION", "CID_ONSAPI_OWNER"};
constexpr std::string_view kSystemGroupPrefix = "CID_RMQ_SYS_";

// A topic as it is to be made, and how an option changes one that is there.
struct OwnTopic {
  std::string name;
  std::int32_t queues = 1;
  std::int32_t perm = kUsable;
  std::function<void(api::Topic&)> correct = nullptr;
};

OwnTopic auto_create_topic(const BrokerConfig& config) {
  const std::int32_t queues = config.default_topic_queues;
  const bool queues_said = queues != BrokerConfig{}.default_topic_queues;
  return {.name = std::string(kAutoCreateTopic),
          .queues = queues,
          .perm = kUsable | kInherited,
          .correct = [on = config.auto_create_topics, queues, queues_said](api::Topic& there) {
            there.perm = on ? there.perm | kInherited : there.perm & ~kInherited;
            if (queues_said) there.read_queues = there.write_queues = queues;
          }};
}

// One that an operator has set to be only read, or only written, stays so.
OwnTopic named_for(const std::string& name, std::int32_t queues, bool usable) {
  return {.name = name,
          .queues = queues,
          .perm = usable ? kUsable | kInherited : kInherited,
          .correct = [usable](api::Topic& there) {
            if (!usable) there.perm &= ~kUsable;
            if (usable && (there.perm & kUsable) == 0) there.perm |= kUsable;
          }};
}

std::vector<OwnTopic> own_topics(const BrokerConfig& config) {
  std::vector<OwnTopic> own;
  own.push_back(auto_create_topic(config));
  own.push_back({.name = std::string(kSelfTestTopic)});
  own.push_back({.name = std::string(kBenchmarkTopic), .queues = 1024});
  own.push_back({.name = std::string(kOffsetMovedTopic)});
  own.push_back({.name = std::string(kScheduleTopic), .queues = 18});
  if (config.trace_topic) own.push_back({.name = config.trace_topic_name});
  own.push_back({.name = reply_topic(config)});
  own.push_back(named_for(config.cluster, 16, config.cluster_topic));
  own.push_back(named_for(config.broker_name, 1, config.broker_topic));
  return own;
}

// What is to be put: nullopt, it is there and right. A cluster's or a host's name need not be a topic's: then
// nobody can ask for that topic either.
std::optional<api::Topic> missing_or_wrong(const OwnTopic& own, const BrokerConfig& config,
                                           const api::Topics& topics, logging::Logger& log) {
  if (const auto there = topics.find(own.name)) {
    if (!own.correct) return std::nullopt;
    api::Topic right = *there;
    own.correct(right);
    if (right == *there) return std::nullopt;
    log.info("topic follows its option",
             {{"name", own.name}, {"perm", right.perm}, {"queues", right.write_queues}});
    return right;
  }
  if (own.name == kAutoCreateTopic && !config.auto_create_topics) return std::nullopt;
  auto name = api::TopicName::parse(own.name);
  if (!name) {
    log.info("there is no topic of the cluster's or the broker's name", {{"reason", name.error().text}});
    return std::nullopt;
  }
  return api::Topic{
      .name = std::move(*name), .read_queues = own.queues, .write_queues = own.queues, .perm = own.perm};
}

// Tells once the last copy of it is gone.
class AllWritten {
 public:
  AllWritten(logging::Logger& log, std::function<void()> done) : log_(log), done_(std::move(done)) {}
  AllWritten(const AllWritten&) = delete;
  ~AllWritten() { done_(); }

  void failed(std::string_view what, const std::string& name, const std::string& why) {
    log_.error("what every broker has cannot be made", {{what, name}, {"reason", why}});
  }

 private:
  logging::Logger& log_;
  const std::function<void()> done_;
};

}  // namespace

std::string reply_topic(const BrokerConfig& config) {
  return config.cluster + "_REPLY_TOPIC";
}

bool is_system_topic(std::string_view topic, const BrokerConfig& config) {
  if (std::ranges::find(kFixedTopics, topic) != kFixedTopics.end()) return true;
  if (topic.starts_with(kSystemTopicPrefix)) return true;
  if (topic == config.cluster || topic == config.broker_name || topic == reply_topic(config)) return true;
  return config.trace_topic && topic == config.trace_topic_name;
}

std::vector<std::string> system_topics(const BrokerConfig& config) {
  std::vector<std::string> names(kFixedTopics.begin(), kFixedTopics.end());
  for (const OwnTopic& own : own_topics(config)) names.push_back(own.name);
  std::ranges::sort(names);
  const auto twice = std::ranges::unique(names);
  names.erase(twice.begin(), twice.end());
  return names;
}

bool is_closed_to_senders(std::string_view topic) {
  return std::ranges::find(kClosedTopics, topic) != kClosedTopics.end();
}

bool is_system_group(std::string_view group) {
  return group.starts_with(kSystemGroupPrefix) || std::ranges::find(kOwnGroups, group) != kOwnGroups.end();
}

void make_own_topics_and_groups(const BrokerConfig& config, api::Topics& topics, api::Groups& groups,
                                logging::Logger& log, std::function<void()> done) {
  const auto all = std::make_shared<AllWritten>(log, std::move(done));
  // By name: a cluster may be called as the broker is, and the last word is Apache's.
  std::map<std::string, api::Topic> to_put;
  for (const OwnTopic& own : own_topics(config))
    if (auto topic = missing_or_wrong(own, config, topics, log))
      to_put.insert_or_assign(own.name, std::move(*topic));
  for (auto& [name, topic] : to_put)
    topics.put(std::move(topic), api::Completion<void>([all, name](const api::Result<void>& outcome) {
                 if (!outcome) all->failed("topic", name, outcome.error().text);
               }));
  for (const auto group : kOwnGroups) {
    if (groups.find(group)) continue;
    groups.put({.name = api::GroupName::parse(group).value()},
               api::Completion<void>([all, group](const api::Result<void>& outcome) {
                 if (!outcome) all->failed("group", std::string(group), outcome.error().text);
               }));
  }
}

}  // namespace gantry::kernel
