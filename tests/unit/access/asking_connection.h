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
    begin(table, question);
    return answered();
  }

  // Only asks. All of begin_all() come in one burst; its bytes are gone when nobody keeps its pin.
  void begin(RequestTable& table, const Question& question) { begin_all(table, {question}); }
  void begin_all(RequestTable& table, const std::vector<Question>& questions) {
    const auto kept = std::make_shared<const std::vector<Question>>(questions);
    std::vector<std::vector<remoting::Field>> fields;
    std::vector<remoting::Request> requests;
    for (const Question& question : *kept) {
      auto& own = fields.emplace_back();
      for (const auto& [name, value] : question.fields) own.push_back({name, value});
    }
    for (std::size_t i = 0; i < kept->size(); ++i) {
      remoting::Command command;
      command.code = static_cast<std::int32_t>((*kept)[i].code);
      command.version = (*kept)[i].version;
      command.fields = fields[i];
      requests.push_back({command, (*kept)[i].body});
    }
    const std::shared_ptr<const void> pin = kept;
    table.on_requests(*this, {requests, pin});
  }
  std::size_t answers() const {
    const std::lock_guard lock(answers_->mutex);
    return answers_->all.size();
  }
  Answered answered() {
    std::unique_lock lock(answers_->mutex);
    if (!answers_->came.wait_for(lock, std::chrono::seconds(10), [&] { return !answers_->all.empty(); })) {
      throw std::runtime_error("no answer came");
    }
    if (answers_->all.size() != 1) throw std::runtime_error("more than one answer came");
    Answered answer = std::move(answers_->all.front());
    answers_->all.clear();
    return answer;
  }

  // All that came since.
  std::vector<Answered> take_answers() {
    const std::lock_guard lock(answers_->mutex);
    return std::exchange(answers_->all, {});
  }

  const std::string& closed_because() const { return closed_because_; }

  struct Told {
    remoting::RequestCode code{};
    std::map<std::string, std::string> fields;
  };
  const std::vector<Told>& told() const { return told_; }

  // What the other side has asked of it; the test answers through `done`.
  struct AskedOfIt {
    remoting::RequestCode code{};
    std::map<std::string, std::string> fields;
    std::string body;
    ResponseHandler done;
  };
  const std::vector<AskedOfIt>& asked_of_it() const { return asked_of_it_; }

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
  void request(const remoting::OutgoingRequest& request, std::chrono::milliseconds /*timeout*/,
               ResponseHandler done) override {
    AskedOfIt asked{request.code, {}, {}, std::move(done)};
    Keep keep(asked.fields);
    request.header.write(keep);
    for (const auto& slice : request.body) asked.body += slice.bytes;
    asked_of_it_.push_back(std::move(asked));
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
      for (const auto& field : answer.extras) keep.put(field.name, field.value);
      for (const auto& slice : answer.body) {
        kept.body += slice.bytes;
        kept.pinned = slice.pin != nullptr;
      }
      const std::lock_guard lock(mutex);
      all.push_back(std::move(kept));
      came.notify_all();
    }
    void answer_from_any_thread(const remoting::Command& /*request*/, const remoting::Answer& answer,
                                bool /*set_aside*/) override {
      add(answer);
    }
    void set_one_aside() override {}

    std::mutex mutex;
    std::condition_variable came;
    std::vector<Answered> all;
  };

  const std::uint64_t id_;
  const std::size_t io_thread_;
  const std::string peer_;
  std::string closed_because_;
  std::vector<Told> told_;
  std::vector<AskedOfIt> asked_of_it_;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
};

}  // namespace gantry::access::testing
