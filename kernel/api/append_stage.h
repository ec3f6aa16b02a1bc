// Extension point: see and rewrite messages on their way into the store.
#pragma once

#include "kernel/api/draft.h"

#include <cstdint>
#include <span>

namespace gantry::api {

// Stages run in this order; those of one phase in the order in which their plugins were installed.
enum class AppendPhase : std::uint8_t {
  admit,      // may it come in at all: limits, duplicates
  transform,  // what it says: properties, body
  route,      // where it goes: another topic or queue (a half message, a delayed one)
};

// Thread: whichever I/O thread received the burst, so several at once; it must not wait. An exception refuses
// all drafts of the call with SYSTEM_ERROR.
class AppendStage {
 public:
  virtual ~AppendStage() = default;

  // Asked once, when it is installed.
  virtual AppendPhase phase() const = 0;

  // Drafts that one read brought, in their order; without those that an earlier stage has refused, which cut
  // a burst into several calls.
  virtual void process(std::span<Draft> drafts) = 0;
};

}  // namespace gantry::api
