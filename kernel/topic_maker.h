// Topics that come into being because they are used: the one that a message is for, after the model that its
// producer names, and those of a group's retries and dead letters. The name servers are told by whoever
// watches api::Topics.
//
// It is also where changes of topics wait for each other (changes_in_turn.h).
//
// Thread: any. `done` runs once: before the call returns when the topic is there or cannot be, otherwise
// later on the thread that writes metadata, once the topic is on disk. It must not wait.
#pragma once

#include "kernel/api/topics.h"
#include "kernel/changes_in_turn.h"
#include "logging/logger.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gantry::kernel {

class TopicMaker {
 public:
  using Turns = ChangesInTurn<api::Topics, api::Topic>;
  using Made = Turns::Made;

  struct Settings {
    bool auto_create = true;  // after TBW102; other models are the operator's own affair
    std::size_t max_topics = 100'000;
  };

  // `topics` and `log` outlive it.
  TopicMaker(api::Topics& topics, Settings settings, logging::Logger& log);

  // The topic of that name; one that is missing is made as `model` is, with as many queues as the producer
  // wants and the model has at most. Refused with TOPIC_NOT_EXIST when the model allows none or there are too
  // many, with NO_PERMISSION when clients may not send to it, with SYSTEM_ERROR when the name can be none or
  // the disk takes nothing. A missing %RETRY% topic needs no model. `sys_flag` is Apache's: 1 for one of a
  // unit.
  void make(std::string_view topic, std::string_view model, std::int32_t wanted_queues, Made done,
            std::int32_t sys_flag = 0);

  // %RETRY%group or %DLQ%group, readable and writable. `sys_flag` 2: its group is subscribed by units.
  // Refused with SYSTEM_ERROR.
  void make_retry_or_dlq(std::string_view topic, std::int32_t queues, Made done, std::int32_t sys_flag = 0);

  // For an administrator's wishes.
  Turns& turns() { return turns_; }

 private:
  api::Result<api::Topic> after_model(const api::TopicName& name, std::string_view model,
                                      std::int32_t wanted_queues, std::int32_t sys_flag) const;

  api::Topics& topics_;
  const Settings settings_;
  Turns turns_;
};

}  // namespace gantry::kernel
