#include "plugins/store-mmap/message_line.h"

#include "remoting/json_writer.h"
#include "remoting/message_properties.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace gantry::store {
namespace {

void append_base64(std::string& to, std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view three = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < three.size() ? static_cast<unsigned char>(three[k]) : 0U);
    std::array<char, 4> digits{};
    for (std::size_t k = 0; k < 4; ++k) digits[k] = kDigits[bits >> (18 - 6 * k) & 63];
    for (std::size_t k = three.size() + 1; k < 4; ++k) digits[k] = '=';
    to.append(digits.data(), digits.size());
  }
}

// Of two with one name the later counts, as everywhere.
void write_properties(remoting::JsonWriter& out, std::string_view text) {
  out.begin_object();
  for (const remoting::Property& property : remoting::PropertyRange(text)) {
    const auto counts = remoting::find_property(text, property.name);
    if (counts && counts->data() == property.value.data()) out.key(property.name).string(property.value);
  }
  out.end_object();
}

}  // namespace

void append_message_line(std::string& to, api::LogOffset at, const remoting::MessageRecordView& record,
                         BodyAs body) {
  remoting::JsonWriter out(to);
  out.begin_object();
  out.key("at").number(at.value);
  out.key("size").number(record.bytes().size());
  out.key("topic").string(record.topic());
  out.key("queue").number(record.queue_id());
  out.key("queue_offset").number(record.queue_offset());
  out.key("stored_at").number(record.store_timestamp());
  out.key("store_host").string(record.store_host().str());
  out.key("born_at").number(record.born_timestamp());
  out.key("born_host").string(record.born_host().str());
  out.key("flag").number(record.flag());
  out.key("sys_flag").number(record.sys_flag().bits());
  out.key("reconsume_times").number(record.reconsume_times());
  out.key("prepared_transaction_offset").number(record.prepared_transaction_offset());
  out.key("properties");
  write_properties(out, record.properties());
  if (body == BodyAs::length) {
    out.key("body_size").number(record.body().size());
  } else {
    out.key("body").verbatim("\"");
    append_base64(to, record.body());
    to.push_back('"');
  }
  out.end_object();
  to.push_back('\n');
}

}  // namespace gantry::store
