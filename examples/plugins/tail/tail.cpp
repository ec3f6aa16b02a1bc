// A RequestHandler that parks and asks the broker itself: 20021 is answered with the first message of a queue
// from an offset on, at once or when it comes. One request, one body: `tail -f` for scripts that speak no
// pull.
#include "kernel/api/plugin.h"
#include "remoting/headers/pull_message.h"
#include "remoting/message_record_view.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace api = gantry::api;
namespace remoting = gantry::remoting;
using remoting::ResponseCode;
using namespace std::chrono_literals;

constexpr remoting::RequestCode kTail{20021};
constexpr std::int32_t kNamesItsSubscription = 4;  // in a pull's sysFlag; without 2 it does not wait there

struct TailConfig {
  std::string group = "tail";
  std::chrono::milliseconds longest = 30s;
};

struct TailRequest {
  std::string_view topic;
  std::int32_t queue_id = 0;
  std::int64_t offset = 0;
  static constexpr void wire(auto& h, auto&& field) {
    field("topic", h.topic);
    field("queueId", h.queue_id, {.min = 0});
    field("offset", h.offset, {.min = 0});
  }
};
struct TailResponse {
  std::int64_t offset = 0;    // of the message
  std::int32_t sys_flag = 0;  // says whether the body is compressed
  static constexpr void wire(auto& h, auto&& field) {
    field("offset", h.offset);
    field("sysFlag", h.sys_flag);
  }
};

// What is kept of a request while it waits. The request itself is views, and its connection may end
// meanwhile.
struct Waiting {
  std::string topic;
  std::int32_t queue_id;
  std::int64_t offset;
  std::string peer;
  std::size_t io_thread;
  std::chrono::steady_clock::time_point until;
  remoting::Responder to;
  bool set_aside = false;

  void refuse(ResponseCode code, std::string_view why) { to.answer({.code = code, .remark = why}); }
};

class Tail final : public api::ConfiguredPlugin<TailConfig>, public api::RequestHandler {
 public:
  static api::Descriptor describe() {
    return {.name = "tail",
            .version = "1.0.0",
            .summary = "Answers with a queue's next message.",
            .needs = {"message-store"}};
  }

  static api::Schema<TailConfig> options() {
    api::Schema<TailConfig> schema;
    schema.option("group", &TailConfig::group).not_empty().help("The consumer group that it pulls as.");
    schema.option("longest", &TailConfig::longest)
        .range(1ms, 5min)
        .changeable()
        .help("How long a request waits for a message.");
    return schema;
  }

  void configure(api::PluginContext& context) override { context_ = &context; }
  void install(api::ExtensionPoints& points) override { points.add(*this); }

  std::vector<Served> serves() const override { return {{kTail, gantry::access::Right::consume}}; }

  void handle(remoting::Connection& from, const remoting::Request& request) override {
    const auto asked = remoting::read_header<TailRequest>(request.command.fields);
    if (!asked) {
      const std::string why = asked.error().text();
      return from.answer(request, {.code = ResponseCode::system_error, .remark = why});
    }
    ask(std::make_shared<Waiting>(Waiting{.topic = std::string(asked->topic),
                                          .queue_id = asked->queue_id,
                                          .offset = asked->offset,
                                          .peer = "tail " + std::string(from.peer()),
                                          .io_thread = from.io_thread(),
                                          .until = context_->clock().now() + config()->longest,
                                          .to = from.answer_later(request)}));
  }

 private:
  // Any thread. The broker checks topic, queue and rights as for every client, because it is asked as by one.
  void ask(const std::shared_ptr<Waiting>& one) {
    const auto settings = config();
    const remoting::PullMessageRequestHeader header{.consumer_group = settings->group,
                                                    .topic = one->topic,
                                                    .queue_id = one->queue_id,
                                                    .queue_offset = one->offset,
                                                    .max_msg_nums = 1,
                                                    .sys_flag = kNamesItsSubscription,
                                                    .subscription = "*"};
    context_->local_calls().request(one->peer,
                                    {.code = remoting::RequestCode::pull_message, .header = header}, 5s,
                                    [this, one](const auto& response) { came(one, response); });
  }

  // On an I/O thread: what came is views, and is passed on at once.
  void came(const std::shared_ptr<Waiting>& one, const boost::system::result<remoting::Response>& response) {
    if (!response)
      return one->refuse(ResponseCode::system_error,
                         "the broker did not answer: " + response.error().message());
    if (response->code() == ResponseCode::pull_not_found) return park(one);
    if (response->code() != ResponseCode::success)
      return one->refuse(response->code(), response->command.remark);
    const auto record = remoting::RecordWalker(response->body).next();
    if (!record)
      return one->refuse(ResponseCode::system_error, "the broker answered with what is no message");
    const TailResponse header{.offset = record->queue_offset(), .sys_flag = record->sys_flag().bits()};
    const remoting::Slice body{.bytes = record->body(), .pin = nullptr};
    one->to.answer({.header = header, .body = {&body, 1}});
  }

  // Costs no thread. A message that has come since the question wakes it at once, so that none is missed.
  void park(const std::shared_ptr<Waiting>& one) {
    if (!std::exchange(one->set_aside, true)) one->to.set_aside();
    const auto parked =
        context_->parking().park(one->topic, api::QueueId{one->queue_id}, {one->offset}, one->until,
                                 one->io_thread, [this, one](api::Woken why) { woken(one, why); });
    if (parked) return;
    const api::Refusal why = parked.error();
    one->refuse(why.code, why.text);
  }

  void woken(const std::shared_ptr<Waiting>& one, api::Woken why) {
    if (why == api::Woken::messages) return ask(one);
    if (why == api::Woken::stopping)
      return one->refuse(ResponseCode::service_not_available, "the broker is stopping");
    one->refuse(ResponseCode::pull_not_found, "no message has come to queue " +
                                                  std::to_string(one->queue_id) + " of topic " + one->topic +
                                                  " at offset " + std::to_string(one->offset));
  }

  api::PluginContext* context_ = nullptr;
};

}  // namespace

GANTRY_PLUGIN(Tail)
