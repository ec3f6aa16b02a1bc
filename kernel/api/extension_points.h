// Where a plugin hands in what it has for the broker, in its install() step.
//
// What is added stays the plugin's own object; it is used from the plugin's start until its stop, and exists
// as long as the plugin does.
#pragma once

#include "kernel/api/access_policy.h"
#include "kernel/api/append_stage.h"
#include "kernel/api/commit_listener.h"
#include "kernel/api/due_times.h"
#include "kernel/api/durability_gate.h"
#include "kernel/api/filter_language.h"
#include "kernel/api/message_store.h"
#include "kernel/api/raw_log.h"
#include "kernel/api/registration.h"
#include "kernel/api/request_handler.h"
#include "kernel/api/service.h"
#include "kernel/api/store_tools.h"

namespace gantry::api {

// A second one where there can be one only (store, raw log, store tools, access policy, due times, a
// request code, a filter language's name) throws std::invalid_argument with a sentence that names both
// plugins: let it pass.
class ExtensionPoints {
 public:
  virtual ~ExtensionPoints() = default;

  virtual void add(MessageStore& store) = 0;
  virtual void add(RawLog& log) = 0;
  virtual void add(StoreTools& tools) = 0;
  virtual void add(DueTimes& times) = 0;
  virtual void add(FilterLanguage& language) = 0;
  virtual void add(AppendStage& stage) = 0;
  virtual void add(CommitListener& listener) = 0;
  virtual void add(DurabilityGate& gate) = 0;
  virtual void add(RequestHandler& handler) = 0;
  virtual void add(AccessPolicy& policy) = 0;
  virtual void add(Service& service) = 0;
  virtual void add(Registration& registration) = 0;
};

}  // namespace gantry::api
