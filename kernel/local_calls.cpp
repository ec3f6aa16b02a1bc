#include "kernel/local_calls.h"

#include "remoting/errors.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

namespace gantry::kernel {
namespace {

using remoting::RemotingErrc;

// Ids of connections with sockets count up from 1, and do not come here.
std::uint64_t next_call() {
  static std::atomic<std::uint64_t> id{std::uint64_t{1} << 63};
  return ++id;
}

std::string joined(std::span<const remoting::Slice> body) {
  std::string text;
  for (const auto& slice : body) text += slice.bytes;
  return text;
}

}  // namespace

// Everything on its I/O thread but what remoting::Connection says may come from any.
class LocalCallsOfBroker::Call final : public remoting::Connection,
                                       public remoting::Responder::Port,
                                       public std::enable_shared_from_this<Call> {
  // Fields, and what their views point at.
  class OwnedFields final : public remoting::FieldSink {
   public:
    void put(std::string_view name, std::string_view value) override { kept_.emplace_back(name, value); }
    void put_all(const remoting::HeaderRef& header, std::span<const remoting::Field> extras) {
      header.write(*this);
      for (const auto& [name, value] : extras) put(name, value);
      for (const auto& [name, value] : kept_) fields_.push_back({name, value});
    }
    std::span<const remoting::Field> fields() const { return fields_; }

   private:
    std::vector<std::pair<std::string, std::string>> kept_;
    std::vector<remoting::Field> fields_;
  };

  struct OwnedAnswer {
    explicit OwnedAnswer(const remoting::Answer& answer)
        : code(answer.code), remark(answer.remark), body(joined(answer.body)) {
      fields.put_all(answer.header, answer.extras);
    }
    OwnedAnswer(const OwnedAnswer&) = delete;

    const remoting::ResponseCode code;
    const std::string remark;
    OwnedFields fields;
    const std::string body;
  };

 public:
  Call(LocalCallsOfBroker& all, remoting::IoThread& thread, std::string_view peer,
       const remoting::OutgoingRequest& request, ResponseHandler done)
      : all_(all),
        thread_(thread),
        id_(next_call()),
        peer_(peer),
        body_(std::make_shared<const std::string>(joined(request.body))),
        done_(std::move(done)),
        time_(thread.context()) {
    fields_.put_all(request.header, request.extras);
    command_.code = static_cast<std::int32_t>(request.code);
    command_.fields = fields_.fields();
  }

  void run(std::chrono::milliseconds timeout) {
    if (!done_) return;  // given up before its turn came
    time_.expires_after(timeout);
    time_.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
      if (!cancelled) self->finish(make_error_code(RemotingErrc::timed_out));
    });
    const remoting::Request request{command_, *body_};
    const std::shared_ptr<const void> pin = body_;
    all_.sink_.on_requests(*this, {{&request, 1}, pin});
  }
  void give_up() {
    thread_.post(
        [self = shared_from_this()] { self->finish(make_error_code(RemotingErrc::connection_closed)); });
  }

  std::uint64_t id() const override { return id_; }
  std::string_view peer() const override { return peer_; }
  std::size_t io_thread() const override { return thread_.index(); }
  void close(std::string_view /*reason*/) override { give_up(); }
  void answer(const remoting::Request& /*request*/, const remoting::Answer& answer) override {
    tell(OwnedAnswer(answer));
  }
  remoting::Responder answer_later(const remoting::Request& request) override {
    return {shared_from_this(), request.command};
  }
  void answer_from_any_thread(const remoting::Command& /*request*/, const remoting::Answer& answer,
                              bool /*set_aside*/) override {
    thread_.post([self = shared_from_this(), owned = std::make_shared<const OwnedAnswer>(answer)] {
      self->tell(*owned);
    });
  }
  void set_one_aside() override {}
  // Nobody is there to be asked or told.
  void request(const remoting::OutgoingRequest& /*request*/, std::chrono::milliseconds /*timeout*/,
               ResponseHandler done) override {
    thread_.post([done = std::move(done)] { done(make_error_code(RemotingErrc::connection_closed)); });
  }
  void notify(const remoting::OutgoingRequest& /*request*/) override {}

 private:
  void tell(const OwnedAnswer& answer) {
    const remoting::Command response{.code = static_cast<std::int32_t>(answer.code),
                                     .flag = remoting::Command::kResponseBit,
                                     .remark = answer.remark,
                                     .fields = answer.fields.fields()};
    finish(remoting::Response{response, answer.body});
  }

  void finish(const boost::system::result<remoting::Response>& outcome) {
    if (!done_) return;
    time_.cancel();
    std::exchange(done_, nullptr)(outcome);
    // Not within the handler that has answered.
    thread_.post([self = shared_from_this()] {
      self->all_.sink_.on_closed(*self);
      self->all_.ended(self->id_);
    });
  }

  LocalCallsOfBroker& all_;
  remoting::IoThread& thread_;
  const std::uint64_t id_;
  const std::string peer_;
  const std::shared_ptr<const std::string> body_;
  OwnedFields fields_;
  remoting::Command command_;
  ResponseHandler done_;  // null: it has been told
  boost::asio::steady_timer time_;
};

void LocalCallsOfBroker::request(std::string_view peer, const remoting::OutgoingRequest& request,
                                 std::chrono::milliseconds timeout,
                                 remoting::Connection::ResponseHandler done) {
  remoting::IoThread& thread = threads_.next();
  auto call = std::make_shared<Call>(*this, thread, peer, request, std::move(done));
  if (!begin(call)) return call->give_up();
  thread.post([call = std::move(call), timeout] { call->run(timeout); });
}

// False: it comes too late.
bool LocalCallsOfBroker::begin(const std::shared_ptr<Call>& call) {
  const std::lock_guard lock(mutex_);
  running_.emplace(call->id(), call);
  return !stopping_;
}

void LocalCallsOfBroker::ended(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  running_.erase(id);
  all_ended_.notify_all();
}

void LocalCallsOfBroker::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (const auto& [id, call] : running_) call->give_up();
  all_ended_.wait(lock, [this] { return running_.empty(); });
}

}  // namespace gantry::kernel
