#include "bench/loadgen/broker_commands.h"

#include "bench/loadgen/crowd.h"
#include "bench/loadgen/delivery.h"
#include "bench/loadgen/filling.h"
#include "bench/loadgen/json_object.h"
#include "bench/loadgen/load_command.h"
#include "bench/loadgen/misbehaviour.h"
#include "bench/loadgen/pull_workload.h"
#include "bench/loadgen/report.h"
#include "bench/loadgen/send_workload.h"
#include "bench/loadgen/socket.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

namespace gantry::bench {
namespace {

void add_message_options(CLI::App& app, MessageShape& messages) {
  app.add_option("--topics", messages.topics, "Topics")->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--queues", messages.queues,
                 "Queues of each topic; 8 is what a broker makes at most by itself")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--body-size", messages.body_bytes, "Bytes of each message's body")
      ->check(CLI::Range(1, 4 << 20))
      ->capture_default_str();
}

void add_batch_option(CLI::App& app, std::size_t& batch) {
  app.add_option("--batch", batch, "Messages of each request")
      ->check(CLI::Range(1, 1'024))
      ->capture_default_str();
}

void add_any_content_option(CLI::App& app, bool& any_content) {
  app.add_flag("--any-content", any_content,
               "Check only the answers' code: for a server that answers a constant");
}

Subcommand add_send(CLI::App& app) {
  CLI::App& send = *app.add_subcommand("send", "Send messages to all queues in turn");
  const auto load = std::make_shared<LoadOptions>();
  const auto shape = std::make_shared<SendShape>();
  add_message_options(send, shape->messages);
  add_batch_option(send, shape->batch);
  add_any_content_option(send, shape->any_content);
  add_load_options(send, *load);
  return {&send, [load, shape] {
            shape->encoding = load->encoding;
            return run_load_command(*load, SendWorkload(*shape));
          }};
}

Subcommand add_pull(CLI::App& app) {
  CLI::App& pull =
      *app.add_subcommand("pull", "Pull messages that `fill` has stored, from all queues in turn");
  const auto load = std::make_shared<LoadOptions>();
  const auto shape = std::make_shared<PullShape>();
  shape->messages_stored = 1'024'000;
  add_message_options(pull, shape->messages);
  pull.add_option("--messages", shape->messages_stored, "How many are stored, in all queues together")
      ->capture_default_str();
  shape->batch = 32;
  add_batch_option(pull, shape->batch);
  add_any_content_option(pull, shape->any_content);
  add_load_options(pull, *load);
  return {&pull, [load, shape] {
            shape->encoding = load->encoding;
            return run_load_command(*load, PullWorkload(*shape));
          }};
}

Subcommand add_fill(CLI::App& app) {
  struct Options {
    std::string server = "127.0.0.1:10911";
    SendShape shape;
    std::uint64_t messages = 1'024'000;
  };
  CLI::App& command = *app.add_subcommand("fill", "Store messages, as many in each queue");
  const auto options = std::make_shared<Options>();
  options->shape.batch = 32;
  add_server_option(command, options->server);
  add_message_options(command, options->shape.messages);
  add_batch_option(command, options->shape.batch);
  command.add_option("--messages", options->messages, "How many at least, in all queues together")
      ->capture_default_str();
  return {&command, [options] {
            const std::uint64_t stored =
                fill(parse_endpoint(options->server), options->shape, options->messages);
            std::printf("stored %ju messages\n", std::uintmax_t{stored});
            return 0;
          }};
}

Subcommand add_delivery(CLI::App& app) {
  struct Options {
    std::string server = "127.0.0.1:10911";
    DeliveryPlan plan;
    double warmup_seconds = 2;
    double duration_seconds = 10;
  };
  CLI::App& command = *app.add_subcommand(
      "delivery", "Time messages, one at a time, from their sending to the pull that waits for them (JSON)");
  const auto options = std::make_shared<Options>();
  add_server_option(command, options->server);
  command.add_option("--rate", options->plan.rate, "Messages per second")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--body-size", options->plan.body_bytes, "Bytes of each message's body")
      ->check(CLI::Range(1, 4 << 20))
      ->capture_default_str();
  command.add_option("--warmup", options->warmup_seconds, "Seconds before the measured ones")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--duration", options->duration_seconds, "Measured seconds")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  return {&command, [options] {
            options->plan.server = parse_endpoint(options->server);
            options->plan.warmup = in_nanoseconds(options->warmup_seconds);
            options->plan.duration = in_nanoseconds(options->duration_seconds);
            const DeliveryResult result = measure_delivery(options->plan);
            JsonObject out;
            out.add("send_us", latency_json(result.send)).add("delivery_us", latency_json(result.delivery));
            std::printf("%s\n", out.done().c_str());
            return 0;
          }};
}

Subcommand add_consumers(CLI::App& app) {
  struct Options {
    std::string server = "127.0.0.1:10911";
    CrowdPlan plan;
    double suspend_seconds = 15;
    std::int64_t heartbeat_seconds = 30;
  };
  CLI::App& command = *app.add_subcommand(
      "consumers", "Connect consumers whose pulls wait at the end of the queues, until SIGTERM or SIGINT");
  const auto options = std::make_shared<Options>();
  CrowdPlan& plan = options->plan;
  add_server_option(command, options->server);
  command.add_option("--clients", plan.clients, "Consumers")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  command.add_option("--groups", plan.groups, "Groups that they are spread over")
      ->check(CLI::Range(1, 9'000))
      ->capture_default_str();
  command.add_option("--pulls", plan.pulls, "Pulls of each that wait")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  command.add_option("--queues", plan.messages.queues, "Queues of the topic")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command
      .add_option("--suspend", options->suspend_seconds, "Seconds that a pull waits before it is sent again")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--heartbeat", options->heartbeat_seconds, "Seconds between a client's heartbeats")
      ->check(CLI::Range(1, 120))
      ->capture_default_str();
  return {&command, [options] {
            const EndSignal end;
            options->plan.server = parse_endpoint(options->server);
            options->plan.heartbeat_period = std::chrono::seconds(options->heartbeat_seconds);
            options->plan.suspend =
                std::chrono::milliseconds(static_cast<std::int64_t>(options->suspend_seconds * 1000));
            Crowd crowd(options->plan);
            std::printf("%zu consumers with %zu pulls each\n", options->plan.clients, options->plan.pulls);
            std::fflush(stdout);
            while (!end.wait(std::chrono::nanoseconds(0))) crowd.attend(std::chrono::milliseconds(100));
            return 0;
          }};
}

Subcommand add_misbehave(CLI::App& app) {
  struct Options {
    std::string server = "127.0.0.1:10911";
    MisbehaviourPlan plan;
  };
  const std::map<std::string, Misbehaviour> kinds{{"never-reads", Misbehaviour::never_reads},
                                                  {"asks-never-reads", Misbehaviour::asks_never_reads},
                                                  {"churn", Misbehaviour::churn},
                                                  {"unknown-codes", Misbehaviour::unknown_codes},
                                                  {"trickle", Misbehaviour::trickle},
                                                  {"wrong-beginnings", Misbehaviour::wrong_beginnings},
                                                  {"silent", Misbehaviour::silent}};
  CLI::App& command = *app.add_subcommand("misbehave", "Be a bad client until SIGTERM or SIGINT");
  const auto options = std::make_shared<Options>();
  MisbehaviourPlan& plan = options->plan;
  command.add_option("kind", plan.kind, "What is bad about it: see misbehaviour.h")
      ->required()
      ->transform(CLI::CheckedTransformer(kinds));
  add_server_option(command, options->server);
  command.add_option("--connections", plan.connections, "Connections at a time")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command
      .add_option("--rate", plan.rate,
                  "Per second: connections of churn and wrong-beginnings, requests of unknown-codes, bytes "
                  "of trickle")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  return {&command, [options] {
            const EndSignal end;
            options->plan.server = parse_endpoint(options->server);
            const MisbehaviourResult result =
                misbehave(options->plan, [&end] { return end.wait(std::chrono::nanoseconds(0)); });
            JsonObject out;
            out.add("connections", result.connections).add("requests", result.requests);
            std::printf("%s\n", out.add("closed_by_server", result.closed).done().c_str());
            return 0;
          }};
}

}  // namespace

std::vector<Subcommand> add_broker_commands(CLI::App& app) {
  return {add_send(app),     add_pull(app),      add_fill(app),
          add_delivery(app), add_consumers(app), add_misbehave(app)};
}

}  // namespace gantry::bench
