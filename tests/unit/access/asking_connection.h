// A connection without a socket: asks a request table and keeps what it answers, at once or later, and what
// it is told unasked.
#pragma once

#include "access/request_table.h"
#include "remoting/connection.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gantry::access::testing {

struct Answered {
  remoting::ResponseCode code{};
  std::string remark;
  std::map<std::string, std::string> fields;
  std::string body;
  bool pinned = false;  // the body was handed out where it lies
};

class AskingConnection final : public remoting::Connection {
 public:
  explicit AskingConnection(std::uint64_t id, std::size_t io_thread = 0)
      : id_(id), io_thread_(io_thread), peer_("10.9.9.9:" + std::to_string(id)) {}

  using Fields = std::vector<std::pair<std::string, std::string>>;

  struct Question {
    remoting::RequestCode code;
    Fields fields{};
    std::string body{};
    std::int32_t version = remoting::kProtocolVersion;
  };

  // Waits for the answer; there must be exactly one.
  Answered ask(RequestTable& table, const Question& question) {
    std::vector<remoting::Field> fields;
    for (const auto& [name, value] : question.fields) fields.push_back({name, value});
    remoting::Command command;
    command.code = static_cast<std::int32_t>(question.code);
    command.version = question.version;
    command.fields = fields;
    const remoting::Request request{command, question.body};
    table.on_requests(*this, {std::span(&request, 1), nullptr});

    std::unique_lock lock(answers_->mutex);
    if (!answers_->came.wait_for(lock, std::chrono::seconds(10), [&] { return !answers_->all.empty(); })) {
      throw std::runtime_error("no answer came");
    }
    if (answers_->all.size() != 1) throw std::runtime_error("more than one answer came");
    Answered answer = std::move(answers_->all.front());
    answers_->all.clear();
    return answer;
  }

  const std::string& closed_because() const { return closed_because_; }

  struct Told {
    remoting::RequestCode code{};
    std::map<std::string, std::string> fields;
  };
  const std::vector<Told>& told() const { return told_; }

  std::uint64_t id() const override { return id_; }
  std::string_view peer() const override { return peer_; }
  std::size_t io_thread() const override { return io_thread_; }
  void close(std::string_view reason) override { closed_because_ = reason; }
  void answer(const remoting::Request& /*request*/, const remoting::Answer& answer) override {
    answers_->add(answer);
  }
  remoting::Responder answer_later(const remoting::Request& request) override {
    return {answers_, request.command};
  }
  void request(const remoting::OutgoingRequest& /*request*/, std::chrono::milliseconds /*timeout*/,
               ResponseHandler /*done*/) override {
    throw std::logic_error("nobody asks here");
  }
  void notify(const remoting::OutgoingRequest& request) override {
    Told told_now{request.code, {}};
    Keep keep(told_now.fields);
    request.header.write(keep);
    told_.push_back(std::move(told_now));
  }

 private:
  struct Keep final : remoting::FieldSink {
    explicit Keep(std::map<std::string, std::string>& to) : fields(to) {}
    void put(std::string_view name, std::string_view value) override {
      fields[std::string(name)] = std::string(value);
    }
    std::map<std::string, std::string>& fields;
  };
  struct Answers final : remoting::Responder::Port {
    void add(const remoting::Answer& answer) {
      Answered kept{answer.code, std::string(answer.remark), {}, {}, false};
      Keep keep(kept.fields);
      answer.header.write(keep);
      for (const auto& slice : answer.body) {
        kept.body += slice.bytes;
        kept.pinned = slice.pin != nullptr;
      }
      const std::lock_guard lock(mutex);
      all.push_back(std::move(kept));
      came.notify_all();
    }
    void answer_from_any_thread(const remoting::Command& /*request*/,
                                const remoting::Answer& answer) override {
      add(answer);
    }

    std::mutex mutex;
    std::condition_variable came;
    std::vector<Answered> all;
  };

  const std::uint64_t id_;
  const std::size_t io_thread_;
  const std::string peer_;
  std::string closed_because_;
  std::vector<Told> told_;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
};

}  // namespace gantry::access::testing
