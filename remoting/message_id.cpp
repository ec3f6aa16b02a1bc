#include "remoting/message_id.h"

#include "remoting/byte_order.h"

#include <algorithm>

namespace gantry::remoting {
namespace {

constexpr std::size_t kV4Bytes = HostAddress::kV4Size + 8;
constexpr std::size_t kV6Bytes = HostAddress::kV6Size + 8;
static_assert(2 * kV4Bytes == 32 && 2 * kV6Bytes == 56);

// The two digits of each byte.
constexpr auto kHex = [] {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::array<std::array<char, 2>, 256> digits{};
  for (std::size_t byte = 0; byte < digits.size(); ++byte)
    digits[byte] = {kDigits[byte >> 4], kDigits[byte & 0xF]};
  return digits;
}();

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

MessageIdText MessageId::text() const {
  std::array<char, kV6Bytes> bytes{};
  char* end = store_host.encode_to(bytes.data());
  store_i64(end, physical_offset);
  end += 8;

  MessageIdText id;
  char* to = id.text_.data();
  for (const char* byte = bytes.data(); byte != end; ++byte) {
    const auto& digits = kHex[static_cast<unsigned char>(*byte)];
    *to++ = digits[0];
    *to++ = digits[1];
  }
  id.size_ = static_cast<std::size_t>(to - id.text_.data());
  return id;
}

std::optional<MessageId> MessageId::parse(std::string_view text) {
  const bool v6 = text.size() == 2 * kV6Bytes;
  if (!v6 && text.size() != 2 * kV4Bytes) return std::nullopt;
  std::array<char, kV6Bytes> bytes{};
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]);
    const int low = digit_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i / 2] = static_cast<char>(high << 4 | low);
  }
  const MessageId id{HostAddress::decode(bytes.data(), v6),
                     load_i64(bytes.data() + HostAddress::encoded_size(v6))};
  if (id.store_host.port() < 0 || id.store_host.port() > 65535 || id.physical_offset < 0) return std::nullopt;
  return id;
}

}  // namespace gantry::remoting
