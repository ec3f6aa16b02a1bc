// A broker for handlers to serve, without sockets, threads or a disk.
#pragma once

#include "access/policy.h"
#include "access/request_table.h"
#include "kernel/handlers.h"
#include "kernel/metrics_registry.h"
#include "logging/capturing_logger.h"
#include "tests/unit/access/asking_connection.h"
#include "tests/unit/kernel/manual_background.h"
#include "tests/unit/kernel/manual_clock.h"
#include "tests/unit/kernel/some_surroundings.h"
#include "tests/unit/kernel/some_tables.h"

#include <functional>
#include <memory>
#include <utility>

namespace gantry::kernel {

// A test adds the handlers it is about: add_client_handlers(some.requests, some.serving).
struct SomeServing {
  explicit SomeServing(BrokerConfig config = {}, QueueLocks::Settings lock_settings = {})
      : locks(clock, lock_settings),
        serving{.clients = clients,
                .topics = topics,
                .groups = groups,
                .offsets = offsets,
                .commits = commits,
                .locks = locks,
                .save_offsets = [this](auto done) { save(std::move(done)); },
                .identity = identity,
                .topic_maker = topic_maker,
                .group_turns = group_turns,
                .extensions = extensions,
                .sends = sends,
                .filters = filters,
                .parked = parked,
                .clock = clock,
                .config = std::move(config),
                .log = log,
                .alarms = alarms} {}

  logging::CapturingLogger log;
  ManualClock clock;
  logging::RateLimit alarms{log, 5, [this] { return clock.now(); }};
  MetricsRegistry metrics;
  ClientTable clients{clock, {}};
  SomeTopics topics;
  TopicMaker topic_maker{topics, {.max_topics = 10}, log};
  SomeGroups groups;
  GroupTurns group_turns{groups, log, {"group made", "group cannot be made"}, {10, "groups", "max_groups"}};
  SomeOffsets offsets;
  // As if it was written at once.
  std::function<void(api::Completion<void>)> save = [](auto done) { done.succeed(); };
  OffsetCommits commits{offsets, clock, {}};
  QueueLocks locks;
  api::BrokerIdentity identity{.cluster = "c", .name = "broker-a"};
  ExtensionRegistry extensions;
  ManualBackground background{clock};
  PluginBoundary boundary{"broker", metrics, log, clock};
  std::unique_ptr<PluginJobs> jobs = background.for_plugin(boundary);
  Sends sends{{extensions, clock, jobs->timers()},
              {{"DefaultRegion", true, *remoting::HostAddress::parse("10.0.0.1:10911")}}};
  Filters filters{extensions};
  ParkedRequests parked{{clock, jobs->timers(), [](std::size_t, const std::function<void()>& job) { job(); }},
                        {}};
  Serving serving;
  access::AllowAll policy;
  access::RequestTable requests{policy, log};
};

}  // namespace gantry::kernel
