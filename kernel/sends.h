// The way of messages into the store: append stages, the store, durability gates, and then the answer.
//
//   auto burst = std::make_unique<SendBurst>(sends.answers(), pin, requests.size());
//   burst->add() = ...; burst->asked_by(from.answer_later(request), queue_id, true);
//   sends.append(std::move(burst));
//
// Thread: begin() the one that starts the broker, before the first message; the rest any.
#pragma once

#include "kernel/api/completion.h"
#include "kernel/api/executor.h"
#include "kernel/api/message_store.h"
#include "kernel/append_stages.h"
#include "kernel/durability_gates.h"
#include "kernel/extension_registry.h"
#include "kernel/send_burst.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace gantry::kernel {

class Sends {
 public:
  // All of it outlives this object.
  struct Parts {
    const ExtensionRegistry& extensions;
    const api::Clock& clock;
    api::Timers& timers;
  };
  struct Settings {
    SendAnswers answers;
    std::chrono::milliseconds gate_patience = std::chrono::seconds(3);
  };
  Sends(const Parts& parts, Settings settings)
      : parts_(parts), answers_(std::move(settings.answers)), gate_patience_(settings.gate_patience) {}

  // Once all plugins are up. Without a store nothing may be appended.
  void begin();
  // What still waits for a gate is refused.
  void end() { gates_.reset(); }

  const SendAnswers& answers() const { return answers_; }

  void append(std::unique_ptr<SendBurst> burst);

  // A single message of the broker's own, through the same stages and gates. `done` may run before this
  // returns.
  void append(api::Draft draft, api::Completion<api::Appended> done);

 private:
  const Parts parts_;
  const SendAnswers answers_;
  const std::chrono::milliseconds gate_patience_;
  std::optional<AppendStages> stages_;
  std::optional<DurabilityGates> gates_;
};

}  // namespace gantry::kernel
