// A CommitListener: knows of each topic when its last message was stored, across restarts.
#include "kernel/api/plugin.h"

#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace api = gantry::api;

class LastSeen final : public api::ConfiguredPlugin<api::NoConfig>, public api::CommitListener {
 public:
  static api::Descriptor describe() {
    return {
        .name = "last-seen", .version = "1.0.0", .summary = "Tells when each topic got its last message."};
  }
  static api::Schema<api::NoConfig> options() { return {}; }

  void configure(api::PluginContext& context) override { context_ = &context; }
  void install(api::ExtensionPoints& points) override { points.add(*this); }

  void recover() override {
    context_->key_values().scan("", [this](std::string_view topic, std::string_view text) {
      std::int64_t at = 0;
      std::from_chars(text.data(), text.data() + text.size(), at);
      show(topic, at);
      return true;
    });
  }

  std::string_view name() const override { return "last-seen"; }
  bool from_the_beginning() const override { return false; }

  // On the plugin's executor. The same entries come again after a crash: what is done here can be done twice.
  void committed(std::span<const api::LogEntry> entries) override {
    std::map<std::string, std::int64_t, std::less<>> latest;
    for (const api::LogEntry& entry : entries)
      latest.insert_or_assign(std::string(entry.record.topic()), entry.record.store_timestamp());

    std::vector<api::KeyValueChange> changes;
    for (const auto& [topic, at] : latest) {
      show(topic, at);
      changes.push_back({.key = topic, .value = std::to_string(at)});
    }
    auto told = [this](const api::Result<void>& outcome) {
      if (!outcome) context_->log().warn("last times not kept", {{"reason", outcome.error().text}});
    };
    context_->key_values().change(std::move(changes), api::Completion<void>(told, &context_->completions()));
  }

 private:
  void show(std::string_view topic, std::int64_t ms) {
    context_->metrics()
        .gauge("last_stored_seconds", "When the last message of a topic was stored, since 1970.",
               {{"topic", std::string(topic)}})
        .set(ms / 1000);
  }

  api::PluginContext* context_ = nullptr;
};

}  // namespace

GANTRY_PLUGIN(LastSeen)
