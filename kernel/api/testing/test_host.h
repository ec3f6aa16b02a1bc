// Runs one plugin in a test, without a broker: its life, its options, and calls of what it hands in.
//
//   TEST(Hello, greets_by_name) {
//     TestContext context;
//     TestHost host(context, linked_plugin(), {{"greeting", "moin"}});
//     EXPECT_EQ(host.ask(kHello, {{"name", "Ada"}}).body, "moin, Ada");
//   }
//
// What the plugin throws reaches the test. A restart is a second TestHost on the same context.
#pragma once

#include "kernel/api/plugin.h"
#include "kernel/api/testing/test_connection.h"
#include "kernel/api/testing/test_context.h"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" __attribute__((visibility("default"))) const ::gantry::api::PluginExport GANTRY_PLUGIN_SYMBOL;

namespace gantry::api::testing {

// The plugin whose sources are in the test program.
inline const PluginExport& linked_plugin() {
  return GANTRY_PLUGIN_SYMBOL;
}

// One thread: the test's.
class TestHost final : private ExtensionPoints {
 public:
  // By name: {{"greeting", "moin"}, {"most", 5}, {"pause", 3s}, {"room", ByteSize::mib(1)}}.
  using Options = std::map<std::string, options::Value>;

  // Brings the plugin up: configure, install, recover, start, its services. Throws std::invalid_argument when
  // the options are not soundly declared or these are not accepted.
  TestHost(TestContext& context, const PluginExport& plugin, const Options& with = {})
      : context_(context), plugin_type_(plugin), set_(plugin.options()), plugin_(plugin.make()) {
    for (const auto& mistake : options::declaration_mistakes(*set_)) throw std::invalid_argument(mistake);
    adopt(changed(plugin.make_config(), with, false));
    plugin_->configure(context_);
    plugin_->install(*this);
    plugin_->recover();
    plugin_->start();
    for (auto* service : services_) service->start();
    context_.settle();
  }
  ~TestHost() override {
    for (auto* service : services_) service->drain();
    plugin_->drain();
    for (auto* service : services_) service->stop();
    context_.settle();
    plugin_->stop();
  }

  // As an operator does while the broker runs.
  void change(const Options& to) {
    adopt(changed(plugin_type_.copy_config(config_.get()), to, true));
    context_.settle();
  }

  // The answer to a request; what it takes to answer later has happened too. None: std::logic_error.
  KeptAnswer ask(remoting::RequestCode code, const std::map<std::string, std::string>& fields = {},
                 std::string_view body = {}) {
    std::vector<remoting::Field> sent;
    sent.reserve(fields.size());
    for (const auto& [name, value] : fields) sent.push_back({name, value});
    const remoting::Request request{
        .command = {.code = static_cast<std::int32_t>(code), .opaque = ++opaque_, .fields = sent},
        .body = body};
    TestConnection from;
    handler_of(code).handle(from, request);
    context_.settle();
    if (from.answers().size() != 1)
      throw std::logic_error("the request was answered " + std::to_string(from.answers().size()) + " times");
    return from.answers().front();
  }

  // Drafts through the plugin's append stages, phase by phase.
  void append(std::span<Draft> drafts) {
    for (auto* stage : stages_) {
      for (auto from = drafts.begin(); from != drafts.end();) {
        const auto refused = [](const Draft& draft) { return draft.refused().has_value(); };
        from = std::find_if_not(from, drafts.end(), refused);
        const auto to = std::find_if(from, drafts.end(), refused);
        if (from != to) stage->process({from, to});
        from = to;
      }
    }
    context_.settle();
  }

  // Records as they would come from the log, through the plugin's commit listeners.
  void store(std::span<const remoting::MessageRecord> records) {
    std::vector<std::string> encoded;
    std::vector<LogEntry> entries;
    for (const auto& record : records) {
      auto& bytes = encoded.emplace_back(remoting::encoded_size(record).value().total(), '\0');
      remoting::encode_to(bytes, record).value();
    }
    for (const auto& bytes : encoded) {
      entries.push_back({.at = log_end_,
                         .size = static_cast<std::uint32_t>(bytes.size()),
                         .record = remoting::decode_record(bytes).record});
      log_end_ = log_end_ + static_cast<std::int64_t>(bytes.size());
    }
    for (auto* listener : listeners_) listener->committed(entries);
    context_.settle();
  }

 private:
  std::shared_ptr<void> changed(std::shared_ptr<void> config, const Options& to, bool running) const {
    for (const auto& [name, value] : to) {
      const auto* option = set_->find(name);
      if (option == nullptr) throw std::invalid_argument("there is no option " + name);
      if (running && !option->changeable) throw std::invalid_argument(name + " is not declared changeable()");
      option->set(config.get(), value);
    }
    for (const auto& complaint : set_->check(config.get()))
      throw std::invalid_argument(complaint.option + " " + complaint.text);
    return config;
  }
  void adopt(std::shared_ptr<void> config) {
    config_ = config;
    PluginConfig::adopt(*plugin_, std::move(config));
  }
  RequestHandler& handler_of(remoting::RequestCode code) const {
    for (auto* handler : handlers_)
      for (const auto& served : handler->serves())
        if (served.code == code) return *handler;
    throw std::logic_error("the plugin does not serve code " + std::to_string(static_cast<int>(code)));
  }

  void add(RequestHandler& handler) override { handlers_.push_back(&handler); }
  void add(CommitListener& listener) override { listeners_.push_back(&listener); }
  void add(Service& service) override { services_.push_back(&service); }
  void add(AppendStage& stage) override {
    const auto phase = [](const AppendStage* one) { return one->phase(); };
    stages_.insert(std::ranges::upper_bound(stages_, stage.phase(), {}, phase), &stage);
  }
  void add(MessageStore&) override {}
  void add(RawLog&) override {}
  void add(StoreTools&) override {}
  void add(FilterLanguage&) override {}
  void add(DurabilityGate&) override {}
  void add(AccessPolicy&) override {}
  void add(Registration&) override {}

  TestContext& context_;
  const PluginExport& plugin_type_;
  const std::shared_ptr<const OptionSet> set_;
  const std::unique_ptr<Plugin> plugin_;
  std::shared_ptr<void> config_;
  std::vector<RequestHandler*> handlers_;
  std::vector<AppendStage*> stages_;
  std::vector<CommitListener*> listeners_;
  std::vector<Service*> services_;
  std::int32_t opaque_ = 0;
  LogOffset log_end_;
};

}  // namespace gantry::api::testing
