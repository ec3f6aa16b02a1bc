// Local calls of a test: the test says what the broker answers to which code.
//
//   context.local_calls().answer(RequestCode::pull_message, [](const LocalCall& call) -> KeptAnswer {
//     return {.code = ResponseCode::pull_not_found, .remark = "none in " + call.fields.at("topic")};
//   });
#pragma once

#include "kernel/api/local_calls.h"
#include "kernel/api/testing/kept_fields.h"
#include "kernel/api/testing/test_connection.h"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/error_code.hpp>

namespace gantry::api::testing {

// What the plugin asked.
struct LocalCall {
  std::string peer;
  remoting::RequestCode code{};
  KeptFields fields;
  std::string body;
};

// One thread: the test's. Nothing is answered within the call that asks; a code without an answer is answered
// as the broker does one that it does not know.
class ScriptedLocalCalls final : public LocalCalls {
 public:
  using Answering = std::function<KeptAnswer(const LocalCall&)>;

  void request(std::string_view peer, const remoting::OutgoingRequest& request,
               std::chrono::milliseconds /*timeout*/, remoting::Connection::ResponseHandler done) override {
    LocalCall call{.peer = std::string(peer),
                   .code = request.code,
                   .fields = kept_fields(request.header, request.extras)};
    for (const auto& piece : request.body) call.body += piece.bytes;
    calls_.push_back(call);
    waiting_.emplace_back(std::move(call), std::move(done));
  }

  void answer(remoting::RequestCode code, Answering answering) { answers_[code] = std::move(answering); }

  // Calls end with this error, as when the broker stops or the time is up: until fail({}).
  void fail(boost::system::error_code error) { failing_ = error; }

  // All that were made, in their order.
  const std::vector<LocalCall>& calls() const { return calls_; }

  // Answers what waits. False: there was nothing.
  bool run() {
    const bool any = !waiting_.empty();
    while (!waiting_.empty()) {
      const auto [call, done] = std::move(waiting_.front());
      waiting_.pop_front();
      if (failing_)
        done(failing_);
      else
        tell(answer_to(call), done);
    }
    return any;
  }

  // As a process that is killed.
  void drop() { waiting_.clear(); }

 private:
  KeptAnswer answer_to(const LocalCall& call) const {
    const auto found = answers_.find(call.code);
    if (found != answers_.end()) return found->second(call);
    return {.code = remoting::ResponseCode::request_code_not_supported, .remark = "the test has no answer"};
  }

  static void tell(const KeptAnswer& answer, const remoting::Connection::ResponseHandler& done) {
    std::vector<remoting::Field> fields;
    for (const auto& [name, value] : answer.fields) fields.push_back({name, value});
    done(remoting::Response{.command = {.code = static_cast<std::int32_t>(answer.code),
                                        .flag = remoting::Command::kResponseBit,
                                        .remark = answer.remark,
                                        .fields = fields},
                            .body = answer.body});
  }

  std::map<remoting::RequestCode, Answering> answers_;
  std::deque<std::pair<LocalCall, remoting::Connection::ResponseHandler>> waiting_;
  std::vector<LocalCall> calls_;
  boost::system::error_code failing_;
};

}  // namespace gantry::api::testing
