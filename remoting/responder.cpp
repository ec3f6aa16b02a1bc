#include "remoting/connection.h"

#include <utility>

namespace gantry::remoting {

Responder::Responder(std::shared_ptr<Port> port, const Command& request)
    : port_(std::move(port)), request_(request) {
  // What they point at is gone when the answer comes.
  request_.remark = {};
  request_.fields = {};
}

Responder& Responder::operator=(Responder&& other) noexcept {
  drop();
  port_ = std::move(other.port_);
  request_ = other.request_;
  set_aside_ = other.set_aside_;
  return *this;
}

Responder::~Responder() {
  drop();
}

void Responder::answer(const Answer& answer) {
  // A second answer would be taken for that of a later request with the same number: it goes nowhere.
  if (const auto port = std::exchange(port_, nullptr))
    port->answer_from_any_thread(request_, answer, set_aside_);
}

void Responder::set_aside() {
  if (!port_ || std::exchange(set_aside_, true)) return;
  port_->set_one_aside();
}

void Responder::drop() {
  if (port_)
    answer({.code = ResponseCode::system_error, .remark = "the request was dropped without an answer"});
}

}  // namespace gantry::remoting
