// The offset message id: where a message lies, as text that users and tools pass around.
//
// Upper-case hex of the storing broker's address, its port and the message's offset in the commit log:
// 32 characters, or 56 with an IPv6 address. It is what Java calls offsetMsgId; the msgId that users see
// is mostly the client's own UNIQ_KEY, which has the same lengths and is not an address. Any thread.
#pragma once

#include "remoting/host_address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::remoting {

// The text of an id, without the heap.
class MessageIdText {
 public:
  std::string_view view() const { return {text_.data(), size_}; }
  operator std::string_view() const { return view(); }

 private:
  friend struct MessageId;
  std::array<char, 56> text_;
  std::size_t size_ = 0;
};

struct MessageId {
  HostAddress store_host{};
  std::int64_t physical_offset = 0;

  MessageIdText text() const;

  // Takes lower-case digits too. nullopt: another length, another character, a port outside 0..65535 or a
  // negative offset; the last two also tell nearly every UNIQ_KEY from an offset id.
  static std::optional<MessageId> parse(std::string_view text);

  bool operator==(const MessageId&) const = default;
};

}  // namespace gantry::remoting
