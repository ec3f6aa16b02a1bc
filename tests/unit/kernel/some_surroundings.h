// A broker for plugins to live in, without metadata, sockets or threads.
#pragma once

#include "kernel/plugin_surroundings.h"
#include "logging/capturing_logger.h"
#include "tests/unit/kernel/manual_background.h"
#include "tests/unit/kernel/manual_clock.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gantry::kernel {

struct NoTopics final : api::Topics {
  std::shared_ptr<const api::Topic> find(std::string_view) const override { return nullptr; }
  std::vector<std::shared_ptr<const api::Topic>> all() const override { return {}; }
  api::TableVersion version() const override { return {}; }
  void put(api::Topic, api::Completion<void> done) override { done.succeed(); }
  void remove(const api::TopicName&, api::Completion<void> done) override { done.succeed(); }
  std::shared_ptr<void> watch(std::function<void()>) override { return nullptr; }
};

struct NoGroups final : api::Groups {
  std::shared_ptr<const api::Group> find(std::string_view) const override { return nullptr; }
  std::vector<std::shared_ptr<const api::Group>> all() const override { return {}; }
  api::TableVersion version() const override { return {}; }
  void put(api::Group, api::Completion<void> done) override { done.succeed(); }
  void remove(const api::GroupName&, api::Completion<void> done) override { done.succeed(); }
};

struct NoOffsets final : api::Offsets {
  std::optional<api::QueueOffset> committed(std::string_view, std::string_view, api::QueueId) const override {
    return std::nullopt;
  }
  std::map<api::QueueId, api::QueueOffset> committed(std::string_view, std::string_view) const override {
    return {};
  }
  bool commit(const api::GroupName&, const api::TopicName&, api::QueueId, api::QueueOffset) override {
    return true;
  }
  void reset(const api::GroupName&, const api::TopicName&, api::QueueId, api::QueueOffset) override {}
  std::vector<api::GroupName> groups() const override { return {}; }
  std::vector<api::TopicName> topics_of(std::string_view) const override { return {}; }
  std::vector<api::GroupName> groups_of(std::string_view) const override { return {}; }
  void forget_group(std::string_view) override {}
  void forget_topic(std::string_view) override {}
  api::TableVersion version() const override { return {}; }
};

struct NoKeyValues final : api::KeyValues {
  std::optional<std::string> get(std::string_view) const override { return std::nullopt; }
  void scan(std::string_view, const std::function<bool(std::string_view, std::string_view)>&) const override {
  }
  void change(std::vector<api::KeyValueChange>, api::Completion<void> done) override { done.succeed(); }
};

struct NoParking final : api::Parking {
  api::Result<void> park(std::string_view, api::QueueId, api::QueueOffset,
                         std::chrono::steady_clock::time_point, std::size_t,
                         std::function<void(api::Woken)>) override {
    return api::Refusal{.text = "nothing is parked here"};
  }
  void wake(std::string_view, api::QueueId) override {}
};

struct NoLocalCalls final : api::LocalCalls {
  void request(std::string_view, const remoting::OutgoingRequest&, std::chrono::milliseconds,
               remoting::Connection::ResponseHandler) override {}
};

struct SomeSurroundings {
  logging::CapturingLogger log;
  ManualClock clock;
  ManualBackground background{clock};
  MetricsRegistry metrics;
  ExtensionRegistry extensions;
  api::BrokerIdentity identity{.cluster = "c", .name = "broker-a"};
  std::filesystem::path data_dir = "/nowhere";
  NoTopics topics;
  NoGroups groups;
  NoOffsets offsets;
  NoParking parking;
  NoLocalCalls local_calls;
  PluginSurroundings around{.clock = clock,
                            .identity = identity,
                            .data_dir = data_dir,
                            .topics = topics,
                            .groups = groups,
                            .offsets = offsets,
                            .key_values = [](std::string_view) { return std::make_unique<NoKeyValues>(); },
                            .parking = parking,
                            .local_calls = local_calls,
                            .background = background,
                            .metrics = metrics,
                            .extensions = extensions,
                            .log = log};
};

}  // namespace gantry::kernel
