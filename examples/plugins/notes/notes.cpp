// A RequestHandler: a note for each topic. 20011 sets it to the request's body, 20012 answers it.
#include "kernel/api/plugin.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace api = gantry::api;
namespace remoting = gantry::remoting;
using gantry::access::Right;
using remoting::ResponseCode;

constexpr remoting::RequestCode kSetNote{20011};
constexpr remoting::RequestCode kGetNote{20012};

struct NoteRequest {
  std::string_view topic;                    // must be there
  std::optional<std::int32_t> longest = {};  // need not
  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("longest", h.longest, {.min = 1, .max = 4096});
  }
};

void refuse(remoting::Connection& to, const remoting::Request& request, std::string_view why) {
  to.answer(request, {.code = ResponseCode::system_error, .remark = why});
}

class Notes final : public api::ConfiguredPlugin<api::NoConfig>, public api::RequestHandler {
 public:
  static api::Descriptor describe() {
    return {.name = "notes", .version = "1.0.0", .summary = "Keeps a note for each topic."};
  }
  static api::Schema<api::NoConfig> options() { return {}; }

  void configure(api::PluginContext& context) override { context_ = &context; }
  void install(api::ExtensionPoints& points) override { points.add(*this); }

  std::vector<Served> serves() const override {
    return {{kSetNote, Right::administer}, {kGetNote, Right::inspect}};
  }

  void handle(remoting::Connection& from, const remoting::Request& request) override {
    const auto asked = remoting::read_header<NoteRequest>(request.command.fields);
    if (!asked) return refuse(from, request, asked.error().text());
    const auto topic = api::TopicName::parse(asked->topic);
    if (!topic) return refuse(from, request, topic.error().text);

    auto later = std::make_shared<remoting::Responder>(from.answer_later(request));
    if (request.code() == kSetNote) return set(*topic, std::string(request.body), later);
    get(*topic, static_cast<std::size_t>(asked->longest.value_or(4096)), later);
  }

 private:
  using Later = std::shared_ptr<remoting::Responder>;

  // change() returns at once, so it may be called from an I/O thread. The answer waits for the disk.
  void set(const api::TopicName& topic, std::string note, const Later& later) {
    auto told = [later](const api::Result<void>& outcome) {
      if (outcome) return later->answer({});
      const api::Refusal why = outcome.error();
      later->answer({.code = why.code, .remark = why.text});
    };
    context_->key_values().change({{topic.str(), std::move(note)}},
                                  api::Completion<void>(told, &context_->completions()));
  }

  // get() may wait for the disk, so an I/O thread must not call it: the executor does.
  void get(const api::TopicName& topic, std::size_t longest, const Later& later) {
    context_->executor().post([this, topic, longest, later] {
      const std::optional<std::string> note = context_->key_values().get(topic.view());
      if (!note) {
        return later->answer(
            {.code = ResponseCode::query_not_found, .remark = "no note was set for topic " + topic.str()});
      }
      const remoting::Slice body{.bytes = std::string_view(*note).substr(0, longest), .pin = nullptr};
      later->answer({.body = {&body, 1}});
    });
  }

  api::PluginContext* context_ = nullptr;
};

}  // namespace

GANTRY_PLUGIN(Notes)
