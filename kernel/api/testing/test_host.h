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
#include "kernel/api/testing/encoded_records.h"
#include "kernel/api/testing/installed_points.h"
#include "kernel/api/testing/test_connection.h"
#include "kernel/api/testing/test_context.h"
#include "remoting/tag_hash.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
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
class TestHost final {
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
    plugin_->install(points_);
    plugin_->recover();
    plugin_->start();
    for (auto* service : points_.services()) service->start();
    context_.settle();
  }
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;
  ~TestHost() {
    for (auto* service : points_.services()) service->drain();
    plugin_->drain();
    for (auto* service : points_.services()) service->stop();
    context_.settle();
    plugin_->stop();
  }

  // As an operator does while the broker runs.
  void change(const Options& to) {
    adopt(changed(plugin_type_.copy_config(config_.get()), to, true));
    context_.settle();
  }

  // All that the plugin has handed in, for calls that are not here.
  const InstalledPoints& points() const { return points_; }

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
    points_.handler(code).handle(from, request);
    context_.settle();
    if (from.answers().size() != 1)
      throw std::logic_error("the request was answered " + std::to_string(from.answers().size()) + " times");
    return from.answers().front();
  }

  // Drafts through the plugin's append stages, phase by phase.
  void append(std::span<Draft> drafts) {
    for (auto* stage : points_.stages()) {
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
    const EncodedRecords encoded(records);
    std::vector<LogEntry> entries;
    for (const auto& record : encoded.views()) {
      const auto size = static_cast<std::uint32_t>(record.bytes().size());
      entries.push_back({.at = log_end_, .size = size, .record = record});
      log_end_ = log_end_ + size;
    }
    for (auto* listener : points_.listeners()) listener->committed(entries);
    context_.settle();
  }

  // Which of the messages an expression in one of the plugin's languages wants. One that does not compile
  // throws std::invalid_argument with the language's sentence; compile() of points().language() returns it.
  std::vector<Verdict> judge(std::string_view language, std::string_view expression,
                             std::span<const remoting::MessageRecord> records) {
    const auto compiled = points_.language(language).compile(
        {.group = "group", .topic = records.empty() ? "" : records.front().topic, .expression = expression});
    if (!compiled) throw std::invalid_argument(compiled.error().text);
    const EncodedRecords encoded(records);
    std::vector<QueueEntry> entries;
    for (const auto& record : encoded.views())
      entries.push_back({.tags_code = remoting::tags_code(record.properties()),
                         .size = static_cast<std::uint32_t>(record.bytes().size())});
    std::vector<Verdict> at_first_sight(records.size(), Verdict::no), verdicts(records.size(), Verdict::no);
    (*compiled)->judge_entries(entries, at_first_sight);
    (*compiled)->judge(encoded.views(), verdicts);
    for (std::size_t i = 0; i < verdicts.size(); ++i)
      if (at_first_sight[i] == Verdict::no) verdicts[i] = Verdict::no;
    return verdicts;
  }

  // What becomes of an acknowledgement: empty until every gate has agreed, or one has refused.
  using Held = std::shared_ptr<const std::optional<Result<void>>>;

  // The plugin's gates are told to hold everything before `end`; what they do at once has happened too.
  Held hold(LogOffset end) {
    if (points_.gates().empty()) throw std::logic_error("the plugin has handed in no durability gate");
    const auto outcome = std::make_shared<std::optional<Result<void>>>();
    const auto silent = std::make_shared<std::size_t>(points_.gates().size());
    for (auto* gate : points_.gates()) {
      const auto told = [outcome, silent](const Result<void>& said) {
        if (!*outcome && (!said || --*silent == 0)) *outcome = said;
      };
      gate->hold(end, Completion<void>(told, &context_));
    }
    context_.settle();
    return outcome;
  }

  // What the plugin's access policy says to a request from there.
  access::Decision decide(std::string peer, access::Right needed, remoting::RequestCode code = {},
                          const std::map<std::string, std::string>& fields = {}) {
    std::vector<remoting::Field> sent;
    for (const auto& [name, value] : fields) sent.push_back({name, value});
    const remoting::Request request{.command = {.code = static_cast<std::int32_t>(code), .fields = sent}};
    return points_.policy().decide(TestConnection(std::move(peer)), needed, request);
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
  TestContext& context_;
  const PluginExport& plugin_type_;
  const std::shared_ptr<const OptionSet> set_;
  const std::unique_ptr<Plugin> plugin_;
  InstalledPoints points_;
  std::shared_ptr<void> config_;
  std::int32_t opaque_ = 0;
  LogOffset log_end_;
};

}  // namespace gantry::api::testing
