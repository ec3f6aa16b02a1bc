// The messages that the loads of a broker send and expect back: what one looks like, and what it is when a
// consumer gets it.
#pragma once

#include "bench/loadgen/frame.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::bench {

// Of topics that topic_name.h names. They come into being with their first message.
struct MessageShape {
  std::size_t topics = 1;
  std::size_t queues = 8;  // of each topic
  std::size_t body_bytes = 128;
};

// Always the same for a size. Half of it is random: compression must not make it small, and real text is not
// all noise either.
std::string message_body(std::size_t bytes);

// What a Java producer sends for a message with a tag and no keys (SEND_MESSAGE_V2), or for `batch` of them
// in one request (SEND_BATCH_MESSAGE). The id that the producer gives to each message differs from sending to
// sending: the opaque is in it, and the broker indexes it.
Command send_command(const MessageShape& shape, std::size_t topic, std::size_t queue, std::size_t batch);

// A record, as a pull brings it.
struct Record {
  std::int32_t queue = 0;
  std::int64_t offset = 0;
  std::string_view body;
  std::size_t size = 0;  // of the whole record
};

// Reads the one at the start of `bytes`; nullopt when that is none, or not all of it.
std::optional<Record> read_record(std::string_view bytes);

// As a broker would make it of such a message. Its hosts are IPv4 addresses.
std::string make_record(const Record& record, std::string_view topic);

}  // namespace gantry::bench
