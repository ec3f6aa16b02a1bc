#include "kernel/topic_maker.h"

#include "kernel/own_topics.h"
#include "kernel/refusals.h"
#include "remoting/quoted.h"

#include <algorithm>
#include <string>
#include <utility>

namespace gantry::kernel {
namespace {

constexpr std::int32_t kInherited = 1;
constexpr std::int32_t kReadableWritable = 6;

// Producers look at the code, people at the text: Apache's sentence first, then what would help.
api::Refusal no_such_topic(const api::TopicName& name, const std::string& why) {
  return {.code = remoting::ResponseCode::topic_not_exist,
          .text = "topic[" + name.str() +
                  "] not exist, apply first please! It is not made by sending to it: " + why};
}

}  // namespace

TopicMaker::TopicMaker(api::Topics& topics, Settings settings, logging::Logger& log)
    : topics_(topics),
      settings_(settings),
      turns_(topics, log, {"topic made", "topic cannot be made"},
             {settings.max_topics, "topics", "max_topics"}) {
}

void TopicMaker::make(std::string_view topic, std::string_view model, std::int32_t wanted_queues, Made done,
                      std::int32_t sys_flag) {
  if (auto there = topics_.find(topic)) return done(std::move(there));
  if (topic.starts_with(kRetryTopicPrefix)) return make_retry_or_dlq(topic, 1, std::move(done), sys_flag);
  auto name = api::TopicName::parse(topic);
  if (!name) return done(name.error());
  if (is_closed_to_senders(topic)) return done(closed_to_senders(topic));
  turns_.make(
      topic,
      [this, name = std::move(*name), model = std::string(model), wanted_queues, sys_flag] {
        return after_model(name, model, wanted_queues, sys_flag);
      },
      std::move(done));
}

void TopicMaker::make_retry_or_dlq(std::string_view topic, std::int32_t queues, Made done,
                                   std::int32_t sys_flag) {
  if (auto there = topics_.find(topic)) return done(std::move(there));
  auto name = api::TopicName::parse(topic);
  if (!name) return done(name.error());
  const std::int32_t some = std::max(queues, 1);
  turns_.make(
      topic,
      [this, name = std::move(*name), some, sys_flag]() -> api::Result<api::Topic> {
        if (const std::string why = turns_.places().why_none(); !why.empty())
          return api::Refusal{.text = "topic " + name.str() + " cannot be made: " + why};
        return api::Topic{.name = name,
                          .read_queues = some,
                          .write_queues = some,
                          .perm = kReadableWritable,
                          .sys_flag = sys_flag};
      },
      std::move(done));
}

// One queue at least, though Apache makes a topic with none when a producer asks for none: nobody could send
// to that one, not even the producer whose message made it.
api::Result<api::Topic> TopicMaker::after_model(const api::TopicName& name, std::string_view model,
                                                std::int32_t wanted_queues, std::int32_t sys_flag) const {
  if (model == kAutoCreateTopic && !settings_.auto_create)
    return no_such_topic(name, "auto_create_topics is off");
  const auto like = topics_.find(model);
  if (!like) return no_such_topic(name, "there is no topic " + remoting::quoted(model) + " to make it after");
  if ((like->perm & kInherited) == 0)
    return no_such_topic(name, "the topic " + remoting::quoted(model) + " is no model, its perm is " +
                                   std::to_string(like->perm) + " and has no 1 in it");
  if (const std::string why = turns_.places().why_none(); !why.empty()) return no_such_topic(name, why);
  const std::int32_t queues = std::max(std::min(wanted_queues, like->write_queues), 1);
  return api::Topic{.name = name,
                    .read_queues = queues,
                    .write_queues = queues,
                    .perm = like->perm & ~kInherited,
                    .sys_flag = sys_flag,
                    .multi_tag = like->multi_tag};
}

}  // namespace gantry::kernel
