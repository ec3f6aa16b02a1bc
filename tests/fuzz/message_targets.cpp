#include "tests/fuzz/message_targets.h"

#include "remoting/compression.h"
#include "remoting/message_batch.h"
#include "remoting/message_id.h"
#include "remoting/message_properties.h"
#include "remoting/message_record.h"
#include "remoting/message_record_view.h"
#include "remoting/tag_hash.h"
#include "tests/fuzz/targets.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace gantry::fuzz {
namespace {

using namespace gantry::remoting;
using Outcome = DecodedRecord::Outcome;

bool lies_in(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// Encoding computes the CRC anew, whatever stood there.
std::string without_crc(std::string record) {
  record.replace(record_layout::kBodyCrc, 4, 4, '\0');
  return record;
}

void check_record(const MessageRecordView& record, std::string_view input) {
  const std::string_view bytes = record.bytes();
  for (const auto part : {bytes, record.body(), record.topic(), record.properties()})
    require(lies_in(part, input), "a record's parts lie in the input");
  require(decode_record(bytes.substr(0, bytes.size() - 1)).outcome == Outcome::needs_more,
          "a record without its last byte needs more");

  const MessageRecord fields = record.fields();
  std::string encoded(encoded_size(fields).value().total(), '?');
  encode_to(encoded, fields).value();
  require(without_crc(encoded) == without_crc(std::string(bytes)), "a record is encoded as it was decoded");
  require(decode_record(encoded, BodyCrc::checked).outcome == Outcome::record,
          "what was encoded has a right CRC");
}

}  // namespace

void fuzz_message_record(std::span<const char> bytes) {
  const std::string_view input(bytes.data(), bytes.size());
  RecordWalker walker(input);
  while (const auto record = walker.next()) {
    check_record(*record, input);
    tags_code(record->properties());
  }
  require(walker.error() ? walker.error()->at >= walker.position() : walker.position() == input.size(),
          "a walk ends at the end or at a defect behind the last record");
  if (walker.error()) require(!walker.error()->str().empty(), "a defect has a text");

  const DecodedRecord checked = decode_record(input, BodyCrc::checked);
  if (checked.outcome == Outcome::record) require(checked.record.body_crc_matches(), "a checked CRC matches");
}

void fuzz_message_batch(std::span<const char> bytes) {
  const std::string_view input(bytes.data(), bytes.size());
  std::string encoded;
  BatchWalker walker(input);
  while (const auto item = walker.next()) {
    require(lies_in(item->body, input) && lies_in(item->properties, input),
            "an item's parts lie in the input");
    const std::size_t begin = encoded.size();
    append_batch_item(encoded, *item).value();
    std::string original(input.substr(begin, encoded.size() - begin));
    original.replace(4, 8, 8, '\0');  // the two numbers that readers ignore
    require(std::string_view(encoded).substr(begin) == original, "an item is encoded as it was decoded");
  }
  require(walker.error() ? walker.error()->at >= encoded.size() : encoded.size() == input.size(),
          "a walk ends at the end or at a defect behind the last item");
}

void fuzz_message_properties(std::span<const char> bytes) {
  const std::string_view input(bytes.data(), bytes.size());
  std::map<std::string_view, std::string_view> map;
  for (const Property& p : PropertyRange(input)) map[p.name] = p.value;
  for (const auto& [name, value] : map)
    require(find_property(input, name) == value, "the last of a name is found");

  std::string rewritten;
  for (const auto& [name, value] : map) {
    if (value.find(kNameValueSeparator) != value.npos) continue;  // read, but never written
    const auto appended = append_property(rewritten, name, value);
    if (appended)
      require(find_property(rewritten, name) == value, "what was appended is found");
    else
      require(appended.error().defect == PropertyError::Defect::too_long, "what was read can be written");
  }
  if (map.empty()) return;
  const std::string_view victim = map.begin()->first;
  std::string removed(input);
  require(remove_property(removed, victim) > 0, "a property that is there is removed");
  map.erase(victim);
  std::map<std::string_view, std::string_view> left;
  for (const Property& p : PropertyRange(removed)) left[p.name] = p.value;
  require(left == map, "removing a name leaves all others");
}

void fuzz_message_id(std::span<const char> bytes) {
  const std::string_view input(bytes.data(), bytes.size());
  if (const auto id = MessageId::parse(input)) {
    std::string upper(input);
    std::ranges::transform(upper, upper.begin(),
                           [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    require(id->text().view() == upper, "an id is written as it was read");
  }
  if (const auto host = HostAddress::parse(input))
    require(HostAddress::parse(host->str()) == host, "an address is read back from its text");
}

void fuzz_decompress(std::span<const char> bytes) {
  if (bytes.empty()) return;
  constexpr ByteSize kLimit = ByteSize::kib(256);
  const auto type = static_cast<CompressionType>(1 + static_cast<unsigned char>(bytes[0]) % 3);
  const std::string_view input(bytes.data() + 1, bytes.size() - 1);
  const auto inflated = decompress(type, input, kLimit);
  if (inflated) {
    require(inflated->size() <= kLimit.bytes(), "the limit is kept");
    require(decompress(type, compress(type, *inflated, 1), kLimit).value() == *inflated,
            "what was compressed is read back");
  } else {
    require(!inflated.error().str().empty(), "an error has a text");
  }
}

}  // namespace gantry::fuzz
