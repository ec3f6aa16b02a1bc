// A connection without a socket: keeps what it is answered.
#pragma once

#include "remoting/connection.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace gantry::kernel {

class FakeConnection final : public remoting::Connection {
 public:
  struct Answered {
    remoting::ResponseCode code;
    std::string remark;
  };
  std::vector<Answered> answers;

  std::uint64_t id() const override { return 1; }
  std::string_view peer() const override { return "10.9.9.9:1"; }
  std::size_t io_thread() const override { return 0; }
  void close(std::string_view) override {}
  void answer(const remoting::Request&, const remoting::Answer& answer) override {
    answers.push_back({answer.code, std::string(answer.remark)});
  }
  remoting::Responder answer_later(const remoting::Request&) override {
    throw std::logic_error("nobody answers later here");
  }
  void request(const remoting::OutgoingRequest&, std::chrono::milliseconds, ResponseHandler) override {
    throw std::logic_error("nobody asks here");
  }
  void notify(const remoting::OutgoingRequest&) override { throw std::logic_error("nobody is told here"); }
};

}  // namespace gantry::kernel
