#include "remoting/bodies/register_broker.h"

#include "remoting/byte_order.h"
#include "remoting/byte_reader.h"
#include "remoting/compression.h"
#include "remoting/json_codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/throw_exception.hpp>

namespace gantry::remoting {
namespace {

constexpr int kBestCompression = 9;
constexpr std::string_view kTopicForm = ": expected `name readQueues writeQueues permission filterType`";

RegisterBrokerError bad(std::string text) {
  return {"register-broker body: " + std::move(text)};
}

RegisterBrokerError cut_off(std::string_view inside, std::size_t size) {
  return bad("ends inside " + std::string(inside) + ", after " + std::to_string(size) + " bytes inflated");
}

std::string topic_of(std::int32_t index, std::int32_t count) {
  return "topic " + std::to_string(index + 1) + " of " + std::to_string(count);
}

void append_block(std::string& to, std::string_view block) {
  append_i32(to, static_cast<std::int32_t>(block.size()));
  to.append(block);
}

std::string topic_text(const std::string& name, const TopicConfig& topic) {
  std::string text = name;
  for (const auto number : {topic.read_queue_nums, topic.write_queue_nums, topic.perm})
    text.append(" ").append(std::to_string(number));
  const auto type = static_cast<std::size_t>(topic.topic_filter_type);
  return text.append(" ").append(json_enum(topic.topic_filter_type).names[type]);
}

bool parse_number(std::string_view text, std::int32_t& number) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end;
}

bool parse_filter_type(std::string_view text, TopicFilterType& type) {
  std::uint8_t ordinal = 0;
  for (const auto name : json_enum(type).names) {
    if (name == text) {
      type = static_cast<TopicFilterType>(ordinal);
      return true;
    }
    ++ordinal;
  }
  return false;
}

// What follows the fifth word is attributes of a later version.
std::optional<TopicConfig> parse_topic(std::string_view text) {
  std::array<std::string_view, 5> words;
  for (auto& word : words) {
    const auto space = std::min(text.find(' '), text.size());
    word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  TopicConfig topic;
  topic.topic_name = words[0];
  if (words[0].empty() || !parse_number(words[1], topic.read_queue_nums) ||
      !parse_number(words[2], topic.write_queue_nums) || !parse_number(words[3], topic.perm) ||
      !parse_filter_type(words[4], topic.topic_filter_type))
    return std::nullopt;
  return topic;
}

// JSON is read in place; the inflated text is ours.
template <typename T>
JsonResult<void> read_block(std::string& inflated, std::string_view block, T& to) {
  JsonDecoder from({inflated.data() + (block.data() - inflated.data()), block.size()}, {});
  if (!from.skip_null()) JsonCodec<T>::read(from, to);
  return from.finish();
}

}  // namespace

JsonFields RegisterBrokerBody::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&RegisterBrokerBody::filter_server_list>("filterServerList"),
      json_field<&RegisterBrokerBody::topic_config_serialize_wrapper>("topicConfigSerializeWrapper"),
  };
  return kFields;
}

void throw_exception_from_error(const RegisterBrokerError& error, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(error.str()), where);
}

std::string deflate_register_broker(const RegisterBrokerBody& body) {
  const auto& topics = body.topic_config_serialize_wrapper.topic_config_table;
  std::string plain;
  append_block(plain, to_json(body.topic_config_serialize_wrapper.data_version));
  append_i32(plain, static_cast<std::int32_t>(topics.size()));
  for (const auto& [name, topic] : topics) append_block(plain, topic_text(name, topic));
  std::string servers;
  JsonWriter writer(servers);
  JsonCodec<std::vector<std::string>>::write(writer, body.filter_server_list, JsonKeys::quoted);
  append_block(plain, servers);
  return compress(CompressionType::zlib, plain, kBestCompression);
}

boost::system::result<RegisterBrokerBody, RegisterBrokerError> inflate_register_broker(std::string_view body,
                                                                                       ByteSize limit) {
  auto inflated = decompress(CompressionType::zlib, body, limit);
  if (!inflated) return bad(inflated.error().str());
  RegisterBrokerBody read;
  auto& wrapper = read.topic_config_serialize_wrapper;
  ByteReader in(*inflated);

  const auto version = in.bytes(in.i32());
  if (!in.ok()) return cut_off("the data version", in.position());
  if (auto ok = read_block(*inflated, version, wrapper.data_version); !ok)
    return bad("data version: " + ok.error().str());

  const auto count = in.i32();
  if (count < 0) return bad("expected the number of topics, found " + std::to_string(count));
  for (std::int32_t i = 0; i < count; ++i) {
    const auto text = in.bytes(in.i32());
    if (!in.ok()) return cut_off(topic_of(i, count), in.position());
    auto topic = parse_topic(text);
    if (!topic)
      return bad(topic_of(i, count) + std::string(kTopicForm) + ", found `" + printable(text) + "`");
    auto name = topic->topic_name;
    wrapper.topic_config_table.insert_or_assign(std::move(name), std::move(*topic));
  }

  const auto servers = in.bytes(in.i32());
  if (!in.ok()) return cut_off("the filter servers", in.position());
  if (auto ok = read_block(*inflated, servers, read.filter_server_list); !ok)
    return bad("filter servers: " + ok.error().str());
  return read;
}

}  // namespace gantry::remoting
