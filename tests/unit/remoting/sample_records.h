// Records whose bytes are known.
#pragma once

#include "remoting/message_record.h"
#include "tests/unit/remoting/hex.h"

#include <string>
#include <vector>

namespace gantry::remoting {

inline MessageRecord hello_record() {
  return {.queue_id = 3,
          .queue_offset = 7,
          .physical_offset = 4096,
          .born_timestamp = 1700000000000,
          .born_host = HostAddress::v4({192, 168, 1, 10}, 54321),
          .store_timestamp = 1700000000005,
          .store_host = HostAddress::v4({192, 168, 1, 10}, 10911),
          .body = "hello",
          .topic = "TopicA",
          .properties = "TAGS\1TagA\2UNIQ_KEY\1C0A8010A0001"};
}

inline std::string hello_bytes() {
  return from_hex(R"(
    00000085 daa320a7 3610a686 00000003 00000000 0000000000000007 0000000000001000 00000000
    0000018bcfe56800 c0a8010a0000d431 0000018bcfe56805 c0a8010a00002a9f 00000000 0000000000000000
    00000005 68656c6c6f 06 546f70696341 001f
    54414753015461674102554e49515f4b455901433041383031304130303031)");
}

// On the heap, in exactly as many bytes: a sanitizer sees a read one byte too far.
inline std::vector<char> exactly(std::string_view bytes) {
  return {bytes.begin(), bytes.end()};
}

inline std::string encoded(const MessageRecord& record) {
  std::string bytes(encoded_size(record).value().total(), '?');
  encode_to(bytes, record).value();
  return bytes;
}

}  // namespace gantry::remoting
