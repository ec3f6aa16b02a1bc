// Messages that are known by a number: topic, queue, body and keys all follow from it, so that whoever reads
// one can tell whether it was sent, and is whole.
#pragma once

#include "remoting/message_record_view.h"
#include "tests/unit/store-mmap/opened_store.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::store {

inline std::string numbered_key(std::uint64_t number) {
  return "k" + std::to_string(number);
}

inline TestMessage numbered_message(std::uint64_t number) {
  const std::uint64_t mixed = (number + 1) * 0x9E3779B97F4A7C15U;
  // Most are small; a few are larger than the piece from which bodies are not copied any more.
  const std::uint64_t size = mixed >> 58 == 0 ? 4096 + (mixed >> 40) % 2048 : (mixed >> 40) % 300;
  TestMessage message;
  message.topic = (mixed >> 20) % 2 == 0 ? "even" : "odd";
  message.queue = static_cast<std::int32_t>((mixed >> 21) % 2);
  message.body = std::to_string(number) + ':' + std::string(size, static_cast<char>('a' + mixed % 26));
  message.properties = "KEYS\x01" + numbered_key(number) + " all\x02";
  return message;
}

// nullopt: no such message was ever made.
inline std::optional<std::uint64_t> number_of(const remoting::MessageRecordView& record) {
  const std::string_view body = record.body();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), number);
  if (error != std::errc() || end == body.data() + body.size() || *end != ':') return std::nullopt;
  const TestMessage sent = numbered_message(number);
  const bool equal = record.body() == sent.body && record.topic() == sent.topic &&
                     record.queue_id() == sent.queue && record.properties() == sent.properties;
  return equal ? std::optional(number) : std::nullopt;
}

}  // namespace gantry::store
