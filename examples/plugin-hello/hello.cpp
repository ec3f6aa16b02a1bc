// Answers request code 20001 with a greeting, and remembers how often it greeted whom.
#include "kernel/api/plugin.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace api = gantry::api;
namespace remoting = gantry::remoting;

constexpr remoting::RequestCode kHello{20001};

struct HelloConfig {
  std::string greeting = "hello";
};

// What a request carries in its extFields, and what the answer does.
struct HelloRequest {
  std::string_view name;
  static constexpr void wire(auto& h, auto&& field) { field("name", h.name); }
};
struct HelloResponse {
  std::int64_t times = 0;
  static constexpr void wire(auto& h, auto&& field) { field("times", h.times); }
};

class Hello final : public api::ConfiguredPlugin<HelloConfig>, public api::RequestHandler {
 public:
  static api::Descriptor describe() {
    return {.name = "hello", .version = "1.0.0", .summary = "Greets whoever asks."};
  }

  static api::Schema<HelloConfig> options() {
    api::Schema<HelloConfig> schema;
    schema.option("greeting", &HelloConfig::greeting)
        .not_empty()
        .changeable()
        .help("The word before the name.");
    return schema;
  }

  void configure(api::PluginContext& context) override {
    context_ = &context;
    greetings_ = &context.metrics().counter("greetings_total", "Greetings answered.");
  }

  void install(api::ExtensionPoints& points) override { points.add(*this); }

  void recover() override {
    context_->key_values().scan("", [this](std::string_view name, std::string_view times) {
      std::from_chars(times.data(), times.data() + times.size(), times_[std::string(name)]);
      return true;
    });
  }

  std::vector<Served> serves() const override { return {{kHello, gantry::access::Right::open}}; }

  // On an I/O thread, many at once. What is shared is touched on the plugin's executor, one job at a time.
  void handle(remoting::Connection& from, const remoting::Request& request) override {
    const auto asked = remoting::read_header<HelloRequest>(request.command.fields);
    if (!asked) {
      const std::string why = asked.error().text();
      from.answer(request, {.code = remoting::ResponseCode::system_error, .remark = why});
      return;
    }
    auto later = std::make_shared<remoting::Responder>(from.answer_later(request));
    context_->executor().post([this, name = std::string(asked->name), later] { greet(name, later); });
  }

 private:
  void greet(const std::string& name, const std::shared_ptr<remoting::Responder>& later) {
    const std::int64_t times = ++times_[name];
    const std::string text = config()->greeting + ", " + name;
    auto on_disk = [this, later, times, text](const api::Result<void>& outcome) {
      if (!outcome) {
        const api::Refusal why = outcome.error();
        later->answer({.code = why.code, .remark = why.text});
        return;
      }
      greetings_->add();
      const HelloResponse header{.times = times};
      const remoting::Slice body{.bytes = text, .pin = nullptr};
      later->answer({.header = header, .body = {&body, 1}});
    };
    context_->key_values().change({{name, std::to_string(times)}},
                                  api::Completion<void>(on_disk, &context_->completions()));
  }

  api::PluginContext* context_ = nullptr;
  api::Counter* greetings_ = nullptr;
  std::map<std::string, std::int64_t> times_;  // by name; the executor's
};

}  // namespace

GANTRY_PLUGIN(Hello)
