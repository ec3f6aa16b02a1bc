// The messages that one read brought, on their way into the store, and who waits for which of them.
//
// An answer leaves when the store has kept its promise and every durability gate has agreed; that of a sender
// that does not want to wait for the disk as soon as its messages are written. Answers of one burst gather in
// their connection and leave together.
//
// Thread: filled by one; then the store's, whichever tells.
#pragma once

#include "kernel/api/draft.h"
#include "kernel/api/message_store.h"
#include "kernel/durability_gates.h"
#include "remoting/connection.h"
#include "remoting/host_address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::kernel {

// What every answer to a send carries.
class SendAnswers {
 public:
  SendAnswers(std::string region, bool trace_on, const remoting::HostAddress& host)
      : region_(std::move(region)), trace_on_(trace_on), host_(host) {}

  const std::string& region() const { return region_; }
  const remoting::HostAddress& host() const { return host_; }

  // The connection's I/O thread, and any.
  void refuse(remoting::Connection& to, const remoting::Request& request, const api::Refusal& why) const;
  void refuse(remoting::Responder& to, const api::Refusal& why) const;

  struct Stored {
    std::span<const api::LogOffset> at;  // of each message
    std::int32_t queue_id = 0;
    api::QueueOffset queue_offset;  // of the first
  };
  void stored(remoting::Responder& to, const Stored& where, const api::Result<void>& outcome) const;

 private:
  std::array<remoting::Field, 2> extras() const;

  const std::string region_;
  const bool trace_on_;
  const remoting::HostAddress host_;
};

class SendBurst final : public api::AppendBurst {
 public:
  // `answers` outlives it. `pin` keeps what the drafts' views point at.
  SendBurst(const SendAnswers& answers, std::shared_ptr<const void> pin, std::size_t expected);

  bool empty() const { return waiting_.asked.empty(); }

  // A message of the request that is being taken, which ends with asked_by().
  api::Draft& add() { return drafts_.emplace_back(); }
  // Room for text that a draft points at.
  char* room(std::size_t bytes) { return static_cast<char*>(text_.allocate(bytes, 1)); }

  struct Wish {
    std::int32_t queue_id = 0;  // told to the sender, wherever the messages go
    bool waits = true;          // for the disk, and for gates
  };
  void asked_by(remoting::Responder to, Wish wish);

  // Before the store gets it. None of a request's messages is stored where one is refused; and the store
  // takes no half message, which only a plugin can have led elsewhere.
  void settle_requests();
  // Null: there are none.
  void ask_gates(DurabilityGates* gates) { gates_ = gates; }

  std::span<api::Draft> drafts() override { return drafts_; }
  void written(std::span<const api::Appended> outcomes, api::LogOffset end) noexcept override;
  void stored(const api::Result<void>& outcome) noexcept override;

 private:
  struct Asked {
    remoting::Responder to;
    Wish wish;
    std::size_t first = 0, count = 0;  // of the drafts
    bool answered = false;
    api::QueueOffset queue_offset{};
  };
  // What is left of a burst that is written.
  struct Waiting {
    explicit Waiting(const SendAnswers& how) : answers(&how) {}
    void tell(Asked& one, const api::Result<void>& outcome) const;
    void tell_all(const api::Result<void>& outcome);

    const SendAnswers* answers;
    std::vector<Asked> asked;
    std::vector<api::LogOffset> at;  // of each draft
  };
  class StoreAndGates;

  std::shared_ptr<const void> pin_;
  std::pmr::monotonic_buffer_resource text_;
  std::vector<api::Draft> drafts_;
  Waiting waiting_;
  std::size_t unasked_ = 0;  // the first draft that no request has been said for
  DurabilityGates* gates_ = nullptr;
  std::shared_ptr<StoreAndGates> both_;  // with gates: it has what waited
};

}  // namespace gantry::kernel
