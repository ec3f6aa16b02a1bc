// A connection without a socket, for tests of request handlers: it keeps what it is answered.
#pragma once

#include "kernel/api/testing/kept_fields.h"
#include "remoting/connection.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::api::testing {

// An answer as a client would read it.
struct KeptAnswer {
  std::int32_t opaque = 0;  // of the request
  remoting::ResponseCode code = remoting::ResponseCode::success;
  std::string remark;
  KeptFields fields;
  std::string body;
};

// One thread: the test's. It has no client behind it that could be asked: for that, override request().
class TestConnection : public remoting::Connection {
 public:
  explicit TestConnection(std::string peer = "192.0.2.1:50000")
      : peer_(std::move(peer)), answers_(std::make_shared<Answers>()) {}

  // In the order in which they were given.
  const std::vector<KeptAnswer>& answers() const { return answers_->all; }
  const std::string& closed_because() const { return closed_because_; }  // empty: it is open

  std::uint64_t id() const override { return 1; }
  std::string_view peer() const override { return peer_; }
  std::size_t io_thread() const override { return 0; }
  void close(std::string_view reason) override { closed_because_ = reason; }

  void answer(const remoting::Request& request, const remoting::Answer& answer) override {
    answers_->answer_from_any_thread(request.command, answer, false);
  }
  remoting::Responder answer_later(const remoting::Request& request) override {
    return {answers_, request.command};
  }
  void request(const remoting::OutgoingRequest&, std::chrono::milliseconds, ResponseHandler) override {
    throw std::logic_error("TestConnection has no client that could answer: override request()");
  }
  void notify(const remoting::OutgoingRequest&) override {}

 private:
  struct Answers final : remoting::Responder::Port {
    void set_one_aside() override {}
    void answer_from_any_thread(const remoting::Command& request, const remoting::Answer& answer,
                                bool /*set_aside*/) override {
      if (request.is_oneway()) return;
      KeptAnswer kept{.opaque = request.opaque,
                      .code = answer.code,
                      .remark = std::string(answer.remark),
                      .fields = kept_fields(answer.header, answer.extras)};
      for (const auto& piece : answer.body) kept.body += piece.bytes;
      all.push_back(std::move(kept));
    }
    std::vector<KeptAnswer> all;
  };

  std::string peer_;
  std::string closed_because_;
  std::shared_ptr<Answers> answers_;
};

}  // namespace gantry::api::testing
