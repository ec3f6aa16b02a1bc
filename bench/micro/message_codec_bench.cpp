// What one message costs in its codecs: `gantry-micro-bench`, of a release build. Look at the column "CPU".
//
// The message is an everyday one: 128 bytes of body, tags, the client's unique key, and a broker's own
// property, which makes a record of 309 bytes.
#include "remoting/message_batch.h"
#include "remoting/message_id.h"
#include "remoting/message_properties.h"
#include "remoting/message_record.h"
#include "remoting/message_record_view.h"
#include "remoting/property_names.h"
#include "remoting/tag_hash.h"

#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

namespace gantry::remoting {
namespace {

constexpr std::string_view kProperties =
    "TAGS\x01TagA\x02WAIT\x01true\x02UNIQ_KEY\x01"
    "7F00000118B418B4AAC2328F1C3D0000";

MessageRecord everyday_record() {
  static const std::string body(128, 'b');
  return {.queue_id = 3,
          .born_timestamp = 1700000000000,
          .born_host = HostAddress::v4({192, 168, 1, 10}, 54321),
          .store_timestamp = 1700000000005,
          .store_host = HostAddress::v4({192, 168, 1, 10}, 10911),
          .body = body,
          .topic = "TopicA",
          .properties = kProperties,
          .more_properties =
              "CLUSTER\x01"
              "DefaultCluster"};
}

std::string everyday_bytes() {
  const MessageRecord record = everyday_record();
  std::string bytes(encoded_size(record).value().total(), '\0');
  encode_to(bytes, record).value();
  return bytes;
}

void encode_record(benchmark::State& state) {
  MessageRecord record = everyday_record();
  std::string memory = everyday_bytes();
  for (auto _ : state) {
    benchmark::DoNotOptimize(record);
    benchmark::DoNotOptimize(encode_to(memory, record));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(encode_record);

void decode_one_record(benchmark::State& state, BodyCrc body_crc) {
  std::string bytes = everyday_bytes();
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    benchmark::DoNotOptimize(decode_record(bytes, body_crc));
  }
}
BENCHMARK_CAPTURE(decode_one_record, crc_unchecked, BodyCrc::unchecked);
BENCHMARK_CAPTURE(decode_one_record, crc_checked, BodyCrc::checked);

void walk_32_records(benchmark::State& state) {
  std::string records;
  for (int i = 0; i < 32; ++i) records += everyday_bytes();
  for (auto _ : state) {
    RecordWalker walker(records);
    std::int64_t sum = 0;
    while (const auto record = walker.next()) sum += record->queue_offset() + record->store_timestamp();
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(walk_32_records);

void walk_batch_of_32(benchmark::State& state) {
  std::string batch;
  const MessageRecord record = everyday_record();
  for (int i = 0; i < 32; ++i)
    append_batch_item(batch, {.body = record.body, .properties = record.properties}).value();
  for (auto _ : state) {
    BatchWalker walker(batch);
    std::size_t sum = 0;
    while (const auto item = walker.next()) sum += item->body.size();
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(walk_batch_of_32);

void find_tags_and_hash_them(benchmark::State& state) {
  std::string_view properties = kProperties;
  for (auto _ : state) {
    benchmark::DoNotOptimize(properties);
    benchmark::DoNotOptimize(tags_code(properties));
  }
}
BENCHMARK(find_tags_and_hash_them);

void copy_properties_without_wait(benchmark::State& state) {
  std::string scratch;
  for (auto _ : state) {
    scratch.assign(kProperties);
    benchmark::DoNotOptimize(remove_property(scratch, property_name::kWait));
  }
}
BENCHMARK(copy_properties_without_wait);

void write_message_id(benchmark::State& state) {
  MessageId id{HostAddress::v4({192, 168, 1, 10}, 10911), 4096};
  for (auto _ : state) {
    benchmark::DoNotOptimize(id);
    benchmark::DoNotOptimize(id.text());
  }
}
BENCHMARK(write_message_id);

}  // namespace
}  // namespace gantry::remoting

BENCHMARK_MAIN();
