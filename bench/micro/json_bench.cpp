// What JSON costs: a command header, and bodies of everyday size. The reader spoils its text, so the texts
// are copied back each time, which is part of the figures.
#include "remoting/bodies/heartbeat.h"
#include "remoting/bodies/register_broker.h"
#include "remoting/bodies/route.h"
#include "remoting/header_codec.h"
#include "remoting/headers/send_message.h"
#include "remoting/json_reader.h"

#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

namespace gantry::remoting {
namespace {

// SEND_MESSAGE_V2 as a Java client writes it.
constexpr std::string_view kHeader =
    R"({"code":310,"extFields":{"a":"bench_group","b":"bench_topic","c":"TBW102","d":"8","e":"3","f":"0",)"
    R"("g":"1700000000000","h":"0","i":"UNIQ_KEY\u0001C0A8010A00002A9F000000000001\u0002WAIT\u0001true\u0002)"
    R"(TAGS\u0001TagA","j":"0","k":"false","m":"false"},"flag":0,)"
    R"("language":"JAVA","opaque":7,"serializeTypeCurrentRPC":"JSON","version":401})";

void walk_header(benchmark::State& state) {
  std::string text(kHeader);
  for (auto _ : state) {
    std::memcpy(text.data(), kHeader.data(), kHeader.size());
    JsonReader in(text);
    std::string_view key;
    JsonScalar value;
    in.enter_object();
    while (in.next_member(key)) {
      if (key == "extFields") {
        in.enter_object();
        while (in.next_member(key, value)) {
        }
      } else {
        in.scalar(value);
      }
    }
    benchmark::DoNotOptimize(in.finish());
  }
}
BENCHMARK(walk_header);

void read_send_request(benchmark::State& state) {
  std::string text(kHeader);
  FieldArena arena;
  for (auto _ : state) {
    std::memcpy(text.data(), kHeader.data(), kHeader.size());
    arena.clear();
    const auto command = decode_header(text, SerializeType::json, arena);
    benchmark::DoNotOptimize(read_header_v2<SendMessageRequestHeader>(command->fields).value());
  }
}
BENCHMARK(read_send_request);

void write_send_answer(benchmark::State& state) {
  const std::array<Field, 2> extras{{{"MSG_REGION", "DefaultRegion"}, {"TRACE_ON", "true"}}};
  const Command command{.opaque = 4711, .flag = Command::kResponseBit, .fields = extras};
  const SendMessageResponseHeader header{
      .msg_id = "C0A8010A00002A9F0000000000012345", .queue_id = 3, .queue_offset = 123456};
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_frame_head(out, command, header, 0);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_send_answer);

HeartbeatData heartbeat() {
  HeartbeatData beat{.client_id = "10.0.0.9@4711#123456789"};
  for (const auto* group : {"orders", "billing"}) {
    ConsumerData consumer{.consume_type = ConsumeType::passively, .group_name = group};
    for (const auto* topic : {"TopicA", "TopicB", "%RETRY%orders"})
      consumer.subscription_data_set.push_back({.code_set = {2598919, 2598920},
                                                .sub_string = "TagA||TagB",
                                                .sub_version = 1700000000000,
                                                .tags_set = {"TagA", "TagB"},
                                                .topic = topic});
    beat.consumer_data_set.push_back(consumer);
  }
  beat.producer_data_set = {{"CLIENT_INNER_PRODUCER"}, {"pg1"}};
  return beat;
}

TopicRouteData route() {
  TopicRouteData route;
  for (const auto* name : {"broker-a", "broker-b", "broker-c", "broker-d"}) {
    route.broker_datas.push_back({.broker_addrs = {{0, "10.0.0.1:10911"}, {1, "10.0.0.2:10911"}},
                                  .broker_name = name,
                                  .cluster = "DefaultCluster"});
    route.queue_datas.push_back(
        {.broker_name = name, .perm = 6, .read_queue_nums = 8, .write_queue_nums = 8});
  }
  return route;
}

RegisterBrokerBody registration(int topics) {
  RegisterBrokerBody body;
  for (int i = 0; i < topics; ++i) {
    const auto name = "topic_of_some_length_" + std::to_string(i);
    body.topic_config_serialize_wrapper.topic_config_table[name] = {.topic_name = name};
  }
  return body;
}

template <typename T>
void read_body(benchmark::State& state, const T& body) {
  const std::string text = to_json(body);
  std::string spoilt = text;
  for (auto _ : state) {
    std::memcpy(spoilt.data(), text.data(), text.size());
    T read;
    benchmark::DoNotOptimize(read_json(spoilt, read));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(read_body, heartbeat, heartbeat());
BENCHMARK_CAPTURE(read_body, route_of_4_brokers, route());
BENCHMARK_CAPTURE(read_body, registration_of_1000_topics, registration(1000));

template <typename T>
void write_body(benchmark::State& state, const T& body) {
  std::string text;
  for (auto _ : state) {
    text.clear();
    JsonWriter out(text);
    write_json(out, body);
    benchmark::DoNotOptimize(text);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(write_body, heartbeat, heartbeat());
BENCHMARK_CAPTURE(write_body, route_of_4_brokers, route());
BENCHMARK_CAPTURE(write_body, registration_of_1000_topics, registration(1000));

}  // namespace
}  // namespace gantry::remoting
