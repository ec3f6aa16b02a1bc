#include "bench/loadgen/messages.h"

#include "bench/loadgen/topic_name.h"

#include <chrono>
#include <random>

namespace gantry::bench {
namespace {

constexpr std::uint16_t kSendMessageV2 = 310;
constexpr std::uint16_t kSendBatchMessage = 320;
constexpr std::int32_t kMagic = static_cast<std::int32_t>(0xDAA320A7);

// Where the parts of a record stand whose hosts are IPv4 addresses.
constexpr std::size_t kMagicAt = 4;
constexpr std::size_t kQueueAt = 12;
constexpr std::size_t kOffsetAt = 20;
constexpr std::size_t kSystemFlagAt = 36;
constexpr std::size_t kBodyLengthAt = 84;
constexpr std::size_t kBodyAt = 88;
constexpr std::int32_t kHostsAreIpv6 = 0x30;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::int32_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::int32_t>(big_endian(bytes, at, 4));
}

// The id has 32 characters, as one of a producer on an IPv4 machine has.
std::string properties(std::size_t message) {
  return "UNIQ_KEY\x01"
         "C000020100010A0B0C0D" +
         std::to_string(100 + message % 900) + std::string(Frame::kOpaqueMark) +
         "\x02WAIT\x01true\x02TAGS\x01"
         "TagA";
}

std::string batch_body(std::string_view body, std::size_t batch) {
  std::string out;
  for (std::size_t i = 0; i < batch; ++i) {
    const std::string own = properties(i);
    append_big_endian(out, 4 + 4 + 4 + 4 + 4 + body.size() + 2 + own.size(), 4);
    append_big_endian(out, 0, 4);  // magic
    append_big_endian(out, 0, 4);  // checksum
    append_big_endian(out, 0, 4);  // flag
    append_big_endian(out, body.size(), 4);
    out += body;
    append_big_endian(out, own.size(), 2);
    out += own;
  }
  return out;
}

std::string now_in_milliseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

std::string message_body(std::size_t bytes) {
  std::mt19937 random(1);
  std::string body(bytes, 'x');
  for (std::size_t i = 0; i < bytes / 2; ++i) body[i] = static_cast<char>(random() & 0xff);
  return body;
}

Command send_command(const MessageShape& shape, std::size_t topic, std::size_t queue, std::size_t batch) {
  const std::string body = message_body(shape.body_bytes);
  return {.code = batch == 1 ? kSendMessageV2 : kSendBatchMessage,
          .fields = {{"a", "bench-producers"},
                     {"b", topic_name(topic)},
                     {"c", "TBW102"},
                     {"d", std::to_string(shape.queues)},
                     {"e", std::to_string(queue)},
                     {"f", "0"},
                     {"g", now_in_milliseconds()},
                     {"h", "0"},
                     {"i", batch == 1 ? properties(0) : std::string("WAIT\x01true")},
                     {"j", "0"},
                     {"k", "false"},
                     {"m", batch == 1 ? "false" : "true"}},
          .body = batch == 1 ? body : batch_body(body, batch)};
}

std::optional<Record> read_record(std::string_view bytes) {
  if (bytes.size() < kBodyAt || number_at(bytes, kMagicAt) != kMagic) return std::nullopt;
  if ((number_at(bytes, kSystemFlagAt) & kHostsAreIpv6) != 0) return std::nullopt;
  const std::size_t size = big_endian(bytes, 0, 4);
  const std::size_t body = big_endian(bytes, kBodyLengthAt, 4);
  if (size > bytes.size() || size < kBodyAt || body > size - kBodyAt) return std::nullopt;
  return Record{.queue = number_at(bytes, kQueueAt),
                .offset = static_cast<std::int64_t>(big_endian(bytes, kOffsetAt, 8)),
                .body = bytes.substr(kBodyAt, body),
                .size = size};
}

std::string make_record(const Record& record, std::string_view topic) {
  constexpr std::string_view kProperties = "TAGS\x01TagA";
  const std::size_t size = kBodyAt + record.body.size() + 1 + topic.size() + 2 + kProperties.size();
  std::string out;
  append_big_endian(out, size, 4);
  append_big_endian(out, static_cast<std::uint32_t>(kMagic), 4);
  append_big_endian(out, 0, 4);  // checksum
  append_big_endian(out, static_cast<std::uint32_t>(record.queue), 4);
  append_big_endian(out, 0, 4);  // flag
  append_big_endian(out, static_cast<std::uint64_t>(record.offset), 8);
  out.resize(kBodyLengthAt);  // places, times and hosts: nobody looks at them
  append_big_endian(out, record.body.size(), 4);
  out += record.body;
  append_big_endian(out, topic.size(), 1);
  out += topic;
  append_big_endian(out, kProperties.size(), 2);
  out += kProperties;
  return out;
}

}  // namespace gantry::bench
