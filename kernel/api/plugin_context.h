// What the kernel gives a plugin: all that it has of the broker, in one place. No globals beside it.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/completion.h"
#include "kernel/api/due_times.h"
#include "kernel/api/executor.h"
#include "kernel/api/groups.h"
#include "kernel/api/identity.h"
#include "kernel/api/key_values.h"
#include "kernel/api/local_calls.h"
#include "kernel/api/logger.h"
#include "kernel/api/message_store.h"
#include "kernel/api/metrics.h"
#include "kernel/api/offsets.h"
#include "kernel/api/parking.h"
#include "kernel/api/raw_log.h"
#include "kernel/api/topics.h"

#include <filesystem>

namespace gantry::api {

// Lives from before configure() until after the plugin's destructor; so do all the references. Any thread.
class PluginContext {
 public:
  virtual ~PluginContext() = default;

  virtual Logger& log() = 0;                   // lines carry the plugin's name
  virtual Metrics& metrics() = 0;              // names begin with the plugin's
  virtual const Clock& clock() = 0;            // never ask the system for the time
  virtual Executor& executor() = 0;            // the plugin's own: one job at a time
  virtual Timers& timers() = 0;                // on that executor
  virtual CompletionWatch& completions() = 0;  // for completions that the plugin makes

  virtual const BrokerIdentity& identity() = 0;
  virtual const std::filesystem::path&
  data_dir() = 0;  // the broker's; a plugin's files go into a folder of its name

  virtual Topics& topics() = 0;
  virtual Groups& groups() = 0;
  virtual Offsets& offsets() = 0;
  virtual KeyValues& key_values() = 0;  // the plugin's own space

  // From recover() on, when the store has been installed. nullptr: this broker has none.
  virtual MessageStore* store() = 0;
  virtual RawLog* raw_log() = 0;

  // From start() on.
  virtual Parking& parking() = 0;
  virtual LocalCalls& local_calls() = 0;
  // From recover() on, for the store. nullptr: no plugin delays messages.
  virtual const DueTimes* due_times() = 0;
};

}  // namespace gantry::api
