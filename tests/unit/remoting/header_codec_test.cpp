#include "remoting/header_codec.h"

#include "remoting/byte_order.h"
#include "remoting/headers/name_server.h"
#include "remoting/headers/pull_message.h"
#include "remoting/headers/send_message.h"
#include "tests/unit/remoting/apache_frames.h"
#include "tests/unit/remoting/decoded_header.h"
#include "tests/unit/remoting/heap_count.h"
#include "tests/unit/remoting/hex.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::Pair;

std::string frame_head(const Command& command, HeaderRef fields = {}, std::size_t body_size = 0) {
  std::string out;
  append_frame_head(out, command, fields, body_size);
  return out;
}

// The head without the two length words.
std::string header(const Command& command, HeaderRef fields = {}) {
  return frame_head(command, fields).substr(8);
}

// What Apache makes, we make and read.

TEST(HeaderCodec, writes_what_it_read_from_apache_byte_for_byte) {
  for (const ApacheFrame* frame : kApacheFrames) {
    if (frame == &kRegistered) continue;  // says extFields without a field: below
    const Decoded json(frame->json_header);
    EXPECT_EQ(frame_head(json.command(), {}, frame->body.size()),
              from_hex(frame->json_words) + std::string(frame->json_header));
    const Decoded binary = decoded_binary(frame->binary_header);
    EXPECT_EQ(frame_head(binary.command(), {}, frame->body.size()),
              from_hex(frame->binary_words) + from_hex(frame->binary_header));
  }
}

TEST(HeaderCodec, reads_the_same_from_both_forms_of_apaches_frames) {
  for (const ApacheFrame* frame : kApacheFrames) {
    const Decoded json(frame->json_header);
    const Decoded binary = decoded_binary(frame->binary_header);
    EXPECT_EQ(json.command().serialize_type, SerializeType::json);
    EXPECT_EQ(binary.command().serialize_type, SerializeType::rocketmq);
    EXPECT_EQ(json.command().code, binary.command().code);
    EXPECT_EQ(json.command().language, binary.command().language);
    EXPECT_EQ(json.command().version, binary.command().version);
    EXPECT_EQ(json.command().opaque, binary.command().opaque);
    EXPECT_EQ(json.command().flag, binary.command().flag);
    EXPECT_EQ(json.command().remark, binary.command().remark);
    EXPECT_EQ(json.fields(), binary.fields());
  }
}

TEST(HeaderCodec, writes_declared_headers_as_apache_does) {
  for (const SerializeType type : {SerializeType::json, SerializeType::rocketmq}) {
    const auto expect = [type](const ApacheFrame& frame, Command command, HeaderRef fields) {
      command.serialize_type = type;
      const bool json = type == SerializeType::json;
      EXPECT_EQ(frame_head(command, fields, frame.body.size()),
                json ? from_hex(frame.json_words) + std::string(frame.json_header)
                     : from_hex(frame.binary_words) + from_hex(frame.binary_header));
    };
    expect(kRoute, {.code = 105, .opaque = 1}, GetRouteInfoRequestHeader{.topic = "TopicA"});
    expect(kRegistered, {.code = 0, .opaque = 7, .flag = 1}, RegisterBrokerResponseHeader{});
    expect(kHeartbeat, {.code = 34, .opaque = 2147483647, .language = Language::other}, {});
    const SendMessageRequestHeader send{
        .producer_group = "pg",
        .topic = "TopicA",
        .default_topic = "TBW102",
        .default_topic_queue_nums = 4,
        .queue_id = 3,
        .born_timestamp = 1700000000000,
        .properties = "TAGS\1TagA\2KEYS\1\"a\\b中😀\n\t\r\b\f\v/'\2",
        .reconsume_times = 0,
        .max_reconsume_times = 16,
    };
    expect(kSend, {.code = 310, .opaque = -2}, HeaderRef::v2(send));
  }
}

TEST(HeaderCodec, reads_apaches_fields_into_declared_headers) {
  for (const bool json : {true, false}) {
    const auto decode = [json](const ApacheFrame& frame) {
      return json ? Decoded(frame.json_header) : decoded_binary(frame.binary_header);
    };
    const Decoded send = decode(kSend);
    const auto sent = read_header_v2<SendMessageRequestHeader>(send.command().fields).value();
    EXPECT_EQ(sent.topic, "TopicA");
    EXPECT_EQ(sent.born_timestamp, 1700000000000);
    EXPECT_EQ(sent.properties, "TAGS\1TagA\2KEYS\1\"a\\b中😀\n\t\r\b\f\v/'\2");
    EXPECT_EQ(sent.max_reconsume_times, 16);

    const Decoded pull = decode(kPull);
    const auto pulled = read_header<PullMessageRequestHeader>(pull.command().fields).value();
    EXPECT_EQ(pulled.consumer_group, "cg");
    EXPECT_EQ(pulled.queue_offset, 7);
    EXPECT_EQ(pulled.suspend_timeout_millis, 15000);
    EXPECT_EQ(pulled.subscription, "TagA || TagB");

    const Decoded registration = decode(kRegister);
    const auto broker = read_header<RegisterBrokerRequestHeader>(registration.command().fields).value();
    EXPECT_EQ(broker.ha_server_addr, "192.168.1.10:10912");
    EXPECT_TRUE(broker.compressed);
    EXPECT_EQ(broker.body_crc32, 907060870);
  }
}

TEST(HeaderCodec, writes_extras_behind_the_declared_fields) {
  const Field extras[] = {{"MSG_REGION", "DefaultRegion"}, {"TRACE_ON", "true"}};
  const SendMessageResponseHeader fields{.msg_id = "M", .queue_id = 3, .queue_offset = 7};
  Command response{.opaque = 5, .flag = 1, .fields = extras};
  EXPECT_EQ(
      header(response, fields),
      R"({"code":0,"extFields":{"msgId":"M","queueId":"3","queueOffset":"7","MSG_REGION":"DefaultRegion",)"
      R"("TRACE_ON":"true"},"flag":1,"language":"JAVA","opaque":5,"serializeTypeCurrentRPC":"JSON","version":409})");
  response.serialize_type = SerializeType::rocketmq;
  const Decoded again(header(response, fields), SerializeType::rocketmq);
  EXPECT_THAT(again.fields(), ElementsAre(Pair("msgId", "M"), Pair("queueId", "3"), Pair("queueOffset", "7"),
                                          Pair("MSG_REGION", "DefaultRegion"), Pair("TRACE_ON", "true")));
}

TEST(HeaderCodec, appends_to_what_is_there) {
  std::string out = "before";
  append_frame_head(out, {.code = 34}, {}, 7);
  const std::string head = frame_head({.code = 34}, {}, 7);
  EXPECT_EQ(out, "before" + head);
  EXPECT_EQ(load_i32(head.data()), static_cast<std::int32_t>(head.size() - 4 + 7));
}

TEST(HeaderCodec, writes_values_longer_than_any_buffer_inside) {
  for (const std::size_t size : {500, 511, 512, 513, 5000}) {
    const std::string topic(size, 't');
    for (const SerializeType type : {SerializeType::json, SerializeType::rocketmq}) {
      const Command request{.code = 105, .serialize_type = type, .remark = topic};
      const Decoded again(header(request, GetRouteInfoRequestHeader{.topic = topic}), type);
      EXPECT_EQ(again.command().remark, topic);
      EXPECT_THAT(again.fields(), ElementsAre(Pair("topic", topic)));
    }
  }
}

// What is refused, and why.

TEST(BinaryHeader, says_what_it_refuses) {
  const std::string fixed = "0069 00 0199 00000001 00000000 ";
  const auto error = [&fixed](const std::string& rest) { return decoded_binary(fixed + rest).error(); };
  EXPECT_EQ(Decoded("", SerializeType::rocketmq).error(),
            "header byte 0: the end, where a binary header has at least 21 bytes");
  EXPECT_EQ(error("00000000 000000"), "header byte 20: the end, where a binary header has at least 21 bytes");
  EXPECT_EQ(error("00000005 00000000"), "header byte 13: a remark of length 5; bytes left: 4");
  EXPECT_EQ(error("ffffffff 00000000"), "header byte 13: a remark of length -1; bytes left: 4");
  EXPECT_EQ(error("00000002 00000000"), "header byte 19: fields whose length is cut off");
  EXPECT_EQ(error("00000000 00000001"), "header byte 17: fields of length 1; bytes left: 0");
  EXPECT_EQ(error("00000000 80000000"), "header byte 17: fields of length -2147483648; bytes left: 0");
  EXPECT_EQ(error("00000000 00000000 0102"), "header byte 21: bytes behind the fields: 2");
  EXPECT_EQ(error("00000000 00000001 00"), "header byte 21: a name whose length is cut off");
  EXPECT_EQ(error("00000000 00000003 0002 61"), "header byte 21: a name of length 2; bytes left: 1");
  EXPECT_EQ(error("00000000 00000003 8000 61"), "header byte 21: a name of length -32768; bytes left: 1");
  EXPECT_EQ(error("00000000 00000005 0001 61 0000"),
            R"(header byte 24: the value of "a" whose length is cut off)");
  EXPECT_EQ(error("00000000 00000008 0001 61 00000002 62"),
            R"(header byte 24: the value of "a" of length 2; bytes left: 1)");
  EXPECT_EQ(error("00000000 00000008 0001 61 ffffffff 62"),
            R"(header byte 24: the value of "a" of length -1; bytes left: 1)");
}

TEST(HeaderCodec, refuses_a_serialize_type_that_it_does_not_know) {
  EXPECT_EQ(Decoded("{}", SerializeType{0x16}).error(),
            "header byte 0: serialize type 22, where 0 and 1 are known");
}

TEST(HeaderCodec, refuses_more_fields_than_a_header_may_have) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i <= FieldArena::kMaxFieldsPerHeader; ++i) names.push_back("k" + std::to_string(i));
  std::vector<Field> fields;
  for (const std::string& name : names) fields.push_back({name, "v"});
  for (const SerializeType type : {SerializeType::json, SerializeType::rocketmq}) {
    const auto all = std::span<const Field>(fields);
    const Command at_limit{.serialize_type = type, .fields = all.first(FieldArena::kMaxFieldsPerHeader)};
    EXPECT_EQ(Decoded(header(at_limit), type).command().fields.size(), FieldArena::kMaxFieldsPerHeader);
    const Command beyond{.serialize_type = type, .fields = all};
    const std::string error = Decoded(header(beyond), type).error();
    EXPECT_EQ(error.substr(error.find(": ")),
              type == SerializeType::json ? R"(: expected at most 256 fields, found `k256`, after "k256")"
                                          : R"(: expected at most 256 fields, found "k256")");
  }
}

TEST(HeaderCodec, its_error_is_thrown_by_value) {
  EXPECT_THROW(
      try { Decoded("{}").result.value(); } catch (const std::exception& error) {
        EXPECT_STREQ(error.what(), "header byte 2: no code in it");
        throw;
      },
      std::invalid_argument);
}

TEST(HeaderCodec, refuses_a_header_that_is_cut_anywhere) {
  for (const ApacheFrame* frame : kApacheFrames) {
    for (std::size_t size = 0; size < frame->json_header.size(); ++size)
      EXPECT_TRUE(Decoded(frame->json_header.substr(0, size)).result.has_error()) << size;
    const std::string binary = from_hex(frame->binary_header);
    for (std::size_t size = 0; size < binary.size(); ++size)
      EXPECT_TRUE(Decoded(binary.substr(0, size), SerializeType::rocketmq).result.has_error()) << size;
  }
}

// What the binary form cannot say.

TEST(BinaryHeader, empty_names_and_values_are_absent) {
  const Decoded client = decoded_binary(
      "0069 00 0199 00000001 00000000 00000000 0000001c"
      "0001 61 00000000  0000 00000001 78  0001 62 00000001 79  0000 00000000");
  EXPECT_THAT(client.fields(), ElementsAre(Pair("b", "y")));
  const Field extras[] = {{"empty", ""}, {"", "nameless"}, {"k", "v"}};
  const Command command{.serialize_type = SerializeType::rocketmq, .fields = extras};
  EXPECT_THAT(Decoded(header(command), SerializeType::rocketmq).fields(), ElementsAre(Pair("k", "v")));
}

TEST(BinaryHeader, leaves_out_a_name_that_is_too_long) {
  const std::string longest(32767, 'n');
  const std::string too_long(32768, 'n');
  const Field extras[] = {{too_long, "v"}, {longest, "v"}};
  const Command command{.serialize_type = SerializeType::rocketmq, .fields = extras};
  EXPECT_THAT(Decoded(header(command), SerializeType::rocketmq).fields(), ElementsAre(Pair(longest, "v")));
}

TEST(BinaryHeader, keeps_the_low_16_bits_of_code_and_version) {
  const Command command{.code = 200050,
                        .version = 65536 + 409,
                        .opaque = -1,
                        .flag = -1,
                        .serialize_type = SerializeType::rocketmq};
  const Decoded again(header(command), SerializeType::rocketmq);
  EXPECT_EQ(again.command().code, 200050 - 3 * 65536);
  EXPECT_EQ(again.command().version, 409);
  EXPECT_EQ(again.command().opaque, -1);
  EXPECT_EQ(again.command().flag, -1);
}

TEST(BinaryHeader, an_unknown_language_is_other) {
  const Decoded client = decoded_binary("0069 ff 0199 00000001 00000000 00000000 00000000");
  EXPECT_EQ(client.command().language, Language::other);
}

// What no frame can say.

TEST(HeaderCodec, refuses_to_write_a_header_of_16_mib) {
  std::string value((1U << 24) - 1 - 93, 'v');
  const auto append = [&value](std::string& out) {
    const Field extras[] = {{"k", value}};
    append_frame_head(out, {.fields = extras}, {}, 0);
  };
  std::string out = "before";
  EXPECT_THROW(append(out), std::length_error);
  EXPECT_EQ(out, "before");
  const std::size_t header_size = header({}).size() + R"("extFields":{"k":""},)"sv.size();
  value.resize((1U << 24) - 1 - header_size);
  append(out);
  EXPECT_EQ(load_i32(out.data() + 6 + 4), (1 << 24) - 1);
  value += 'v';
  out = "before";
  try {
    append(out);
    FAIL();
  } catch (const std::length_error& error) {
    EXPECT_STREQ(error.what(), "a header of 16777216 bytes cannot be sent: the limit is 16777215");
  }
  EXPECT_EQ(out, "before");
}

TEST(HeaderCodec, refuses_to_announce_a_body_beyond_the_frames_length_word) {
  const std::size_t header_size = header({}).size();
  const std::size_t longest = (std::size_t{1} << 31) - 1 - 4 - header_size;
  std::string out;
  append_frame_head(out, {}, {}, longest);
  EXPECT_EQ(load_i32(out.data()), 2147483647);
  out = "before";
  try {
    append_frame_head(out, {}, {}, longest + 1);
    FAIL();
  } catch (const std::length_error& error) {
    EXPECT_EQ(error.what(), "a body of " + std::to_string(longest + 1) +
                                " bytes cannot be sent: the limit is " + std::to_string(longest));
  }
  EXPECT_EQ(out, "before");
}

TEST(HeaderCodec, neither_decodes_nor_encodes_with_an_allocation) {
  if (!heap_is_counted()) GTEST_SKIP() << "allocations are not counted in this build";
  const SendMessageResponseHeader fields{.msg_id = "C0A8010A00002A9F0000000000001000", .queue_id = 3};
  const Field extras[] = {{"MSG_REGION", "DefaultRegion"}, {"TRACE_ON", "true"}};
  for (const SerializeType type : {SerializeType::json, SerializeType::rocketmq}) {
    const std::string original =
        type == SerializeType::json ? std::string(kSend.json_header) : from_hex(kSend.binary_header);
    std::string bytes = original;
    std::string out;
    FieldArena arena;
    const auto burst = [&] {
      for (int i = 0; i < 50; ++i) {
        bytes.assign(original);
        const auto command = decode_header(bytes, type, arena);
        const auto send = read_header_v2<SendMessageRequestHeader>(command->fields);
        if (send->topic != "TopicA") throw std::logic_error("decoded something else");
        append_frame_head(out, {.flag = 1, .serialize_type = type, .fields = extras}, fields, 0);
      }
      arena.clear();
      out.clear();
    };
    const auto before = heap_allocations();
    burst();
    const auto warm = heap_allocations();
    EXPECT_GT(warm, before);
    burst();
    EXPECT_EQ(heap_allocations(), warm);
  }
}

}  // namespace
}  // namespace gantry::remoting
