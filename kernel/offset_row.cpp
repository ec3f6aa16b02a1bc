#include "kernel/offset_row.h"

#include "kernel/api/names.h"
#include "remoting/quoted.h"

#include <algorithm>
#include <limits>

namespace gantry::kernel {

namespace {

void append_varint(std::string& to, std::uint64_t number) {
  while (number >= 0x80) {
    to.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  to.push_back(static_cast<char>(number));
}

// False: the bytes end within it, or it is more than 64 bits.
enum class Read : bool { failed, done };
Read read_varint(std::string_view& from, std::uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; !from.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    if (shift == 63 && byte > 1) return Read::failed;
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return Read::done;
  }
  return Read::failed;
}

auto place_of(auto& queues, std::int32_t queue) {
  return std::ranges::lower_bound(queues, queue, {}, [](const auto& one) { return one.first; });
}

}  // namespace

const std::int64_t* OffsetRow::find(std::int32_t queue) const {
  const auto at = place_of(queues, queue);
  return at != queues.end() && at->first == queue ? &at->second : nullptr;
}

OffsetRow::Moved OffsetRow::advance(std::int32_t queue, std::int64_t offset) {
  const auto at = place_of(queues, queue);
  if (at == queues.end() || at->first != queue) {
    queues.emplace(at, queue, offset);
    return Moved::forward;
  }
  if (offset <= at->second) return offset < at->second ? Moved::back : Moved::nowhere;
  at->second = offset;
  return Moved::forward;
}

void OffsetRow::set(std::int32_t queue, std::int64_t offset) {
  const auto at = place_of(queues, queue);
  if (at == queues.end() || at->first != queue)
    queues.emplace(at, queue, offset);
  else
    at->second = offset;
}

void OffsetRow::merge(const OffsetRow& other) {
  if (other.generation > generation) *this = other;
  if (other.generation < generation) return;
  for (const auto& [queue, offset] : other.queues) static_cast<void>(advance(queue, offset));
}

void append_offset_row(std::string& to, const OffsetRow& row) {
  append_varint(to, row.generation);
  std::int32_t past = 0;
  for (const auto& [queue, offset] : row.queues) {
    append_varint(to, static_cast<std::uint64_t>(queue - past));
    append_varint(to, static_cast<std::uint64_t>(offset));
    past = queue;
  }
}

api::Result<OffsetRow> read_offset_row(std::string_view key, std::string_view bytes) {
  const auto wrong = [&](std::string_view what) {
    return api::Refusal{.text = "the offsets of " + remoting::quoted(key) +
                                " cannot be read: " + std::string(what)};
  };
  OffsetRow row;
  if (read_varint(bytes, row.generation) == Read::failed) return wrong("they have no generation");
  std::uint64_t past = 0;
  while (!bytes.empty()) {
    std::uint64_t step = 0;
    std::uint64_t offset = 0;
    if (read_varint(bytes, step) == Read::failed || read_varint(bytes, offset) == Read::failed)
      return wrong("they end within a number");
    if (step == 0 && !row.queues.empty()) return wrong("a queue comes twice");
    if (step > std::numeric_limits<std::int32_t>::max() - past) return wrong("a queue's number is too large");
    if (offset > std::numeric_limits<std::int64_t>::max()) return wrong("an offset is too large");
    past += step;
    row.queues.emplace_back(static_cast<std::int32_t>(past), static_cast<std::int64_t>(offset));
  }
  return row;
}

std::string offset_key(std::string_view group, std::string_view topic) {
  std::string key;
  key.reserve(group.size() + 1 + topic.size());
  key.append(group).append("@").append(topic);
  return key;
}

api::Result<OffsetKey> split_offset_key(std::string_view key) {
  const std::size_t at = key.find('@');
  if (at == std::string_view::npos)
    return api::Refusal{.text = "offsets are kept under group@topic, not under " + remoting::quoted(key)};
  const OffsetKey split{.group = key.substr(0, at), .topic = key.substr(at + 1)};
  if (auto group = api::GroupName::parse(split.group); !group) return group.error();
  if (auto topic = api::TopicName::parse(split.topic); !topic) return topic.error();
  return split;
}

}  // namespace gantry::kernel
