#include "remoting/bodies/register_broker.h"

#include "remoting/byte_order.h"
#include "remoting/compression.h"

#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

constexpr auto kLimit = ByteSize::mib(1);

std::string bytes(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

// RegisterBrokerBody.encode(true) of rocketmq-common 4.9.7: topics TopicA (8 and 8 queues, perm 6) and b (4,
// 3, 7).
constexpr std::string_view kApache497 =
    "78da63606050af564ace2fcd2b492d52b232d6512ac9cc4d2d2e49cc2d50b232343740805a0606062620164a5230513056305708"
    "f6f473f7"
    "718d0f7174078a8a87e41764263b2a5800a119aa9460b492a1811e081a5a19c6285528c502006cf71abc";
constexpr std::string_view kEmptyApache497 =
    "78da63606050af564ace2fcd2b492d52b232d6512ac9cc4d2d2e49cc2d50b232343740805a0608608a8e05007d790c81";
// The same two topics from 5.3.3, with attributes after each and a count of queue mappings at the end.
constexpr std::string_view kApache533 =
    "78da636060b0a8564ace2fcd2b492d52b232d6512a2e492c490d4b2d2acecccf53b232d0512ac9cc4d050ae6162859199a1b2040"
    "2d03030313"
    "108b26299828182b982b047bfab9fbb8c68738ba2b548324a542f20b32931d152c80d00c4356305ac9d0400f040dad0c63942a94"
    "6281820c00"
    "bfa022e4";

RegisterBrokerBody two_topics() {
  RegisterBrokerBody body;
  body.filter_server_list = {"10.0.0.1:1\"x"};
  auto& wrapper = body.topic_config_serialize_wrapper;
  wrapper.data_version = {.counter = 3, .timestamp = 1700000000000};
  wrapper.topic_config_table["TopicA"] = {
      .perm = 6, .read_queue_nums = 8, .topic_name = "TopicA", .write_queue_nums = 8};
  wrapper.topic_config_table["b"] = {
      .perm = 7, .read_queue_nums = 4, .topic_name = "b", .write_queue_nums = 3};
  return body;
}

TEST(RegisterBroker, inflates_what_apache_deflated) {
  EXPECT_EQ(inflate_register_broker(bytes(kApache497), kLimit).value(), two_topics());
  EXPECT_EQ(inflate_register_broker(bytes(kApache533), kLimit).value(), two_topics());
  RegisterBrokerBody empty;
  empty.topic_config_serialize_wrapper.data_version = {.counter = 3, .timestamp = 1700000000000};
  EXPECT_EQ(inflate_register_broker(bytes(kEmptyApache497), kLimit).value(), empty);
}

TEST(RegisterBroker, deflates_to_what_apache_inflates) {
  const auto plain = [](std::string_view deflated) {
    return decompress(CompressionType::zlib, deflated, kLimit).value();
  };
  // Apache's map has the topics in the other order.
  auto expected = plain(bytes(kApache497));
  const std::string b = std::string("\0\0\0\x12", 4) + "b 4 3 7 SINGLE_TAG";
  const auto at = expected.find(b);
  ASSERT_NE(at, std::string::npos);
  expected.erase(at, b.size());
  expected.insert(expected.find("SINGLE_TAG") + 10, b);
  EXPECT_EQ(plain(deflate_register_broker(two_topics())), expected);
}

TEST(RegisterBroker, inflates_to_its_limit_and_not_beyond) {
  const auto body = deflate_register_broker(two_topics());
  const auto size = decompress(CompressionType::zlib, body, kLimit).value().size();
  EXPECT_TRUE(inflate_register_broker(body, ByteSize(size)).has_value());
  const auto refused = inflate_register_broker(body, ByteSize(size - 1));
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().str().starts_with("register-broker body: zlib body of "))
      << refused.error().str();
}

std::string inflate_error(std::string_view plain) {
  const auto read = inflate_register_broker(compress(CompressionType::zlib, plain, 1), kLimit);
  return read ? "" : read.error().str();
}

std::string block(std::string_view text) {
  std::string out;
  append_i32(out, static_cast<std::int32_t>(text.size()));
  return out.append(text);
}

std::string number(std::int32_t value) {
  std::string out;
  append_i32(out, value);
  return out;
}

TEST(RegisterBroker, says_what_is_wrong_inside_a_deflated_body) {
  EXPECT_EQ(inflate_error(block("{}") + number(0) + block("[]")), "");
  EXPECT_EQ(inflate_error(block("{}") + number(0) + block("null") + number(0)), "");
  EXPECT_EQ(inflate_error(block("{\"counter\":\"x\"}")),
            "register-broker body: data version: counter: expected a 64-bit integer, found `x` (byte 12)");
  EXPECT_EQ(inflate_error(number(-1)),
            "register-broker body: ends inside the data version, after 4 bytes inflated");
  EXPECT_EQ(inflate_error(block("{}") + number(-5)),
            "register-broker body: expected the number of topics, found -5");
  EXPECT_EQ(inflate_error(block("{}") + number(2) + block("a 8 8 6 SINGLE_TAG")),
            "register-broker body: ends inside topic 2 of 2, after 32 bytes inflated");
  EXPECT_EQ(inflate_error(block("{}") + number(2'000'000'000)),
            "register-broker body: ends inside topic 1 of 2000000000, after 10 bytes inflated");
  EXPECT_EQ(inflate_error(block("{}") + number(0) + block("[{}]")),
            "register-broker body: filter servers: [0]: expected a string, a number, true, false or null, "
            "found `{}]` "
            "(byte 1)");
  for (const auto* topic : {"", "a 8 8 6", " 8 8 6 SINGLE_TAG", "a 8 x 6 SINGLE_TAG",
                            "a 8 8 99999999999 SINGLE_TAG", "a 8 8 6 NO_TAG", "a  8 8 6 SINGLE_TAG"})
    EXPECT_EQ(inflate_error(block("{}") + number(1) + block(topic)),
              "register-broker body: topic 1 of 1: expected `name readQueues writeQueues permission "
              "filterType`, found "
              "`" +
                  printable(topic) + "`");
  EXPECT_FALSE(inflate_register_broker("not zlib", kLimit).has_value());
  EXPECT_FALSE(inflate_register_broker("", kLimit).has_value());
}

TEST(RegisterBroker, cut_anywhere_is_an_error) {
  const auto plain = decompress(CompressionType::zlib, bytes(kApache497), kLimit).value();
  for (std::size_t size = 0; size < plain.size(); ++size)
    EXPECT_NE(inflate_error(plain.substr(0, size)), "") << size;
  EXPECT_EQ(inflate_error(plain), "");
}

RC_GTEST_PROP(RegisterBroker, is_inflated_as_it_was_deflated, (std::vector<std::string> servers)) {
  RegisterBrokerBody body;
  body.filter_server_list = std::move(servers);
  auto& wrapper = body.topic_config_serialize_wrapper;
  wrapper.data_version.counter = *rc::gen::arbitrary<std::int64_t>();
  for (const auto& name : *rc::gen::container<std::vector<std::string>>(
           rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('!', '~')))))
    wrapper.topic_config_table[name] = {.perm = *rc::gen::arbitrary<std::int32_t>(),
                                        .read_queue_nums = *rc::gen::arbitrary<std::int32_t>(),
                                        .topic_filter_type = TopicFilterType::multi_tag,
                                        .topic_name = name,
                                        .write_queue_nums = *rc::gen::arbitrary<std::int32_t>()};
  RC_ASSERT(inflate_register_broker(deflate_register_broker(body), kLimit).value() == body);
}

RC_GTEST_PROP(RegisterBroker, takes_any_bytes_after_inflating, (std::string plain)) {
  inflate_register_broker(compress(CompressionType::zlib, plain, 1), kLimit);
}

}  // namespace
}  // namespace gantry::remoting
