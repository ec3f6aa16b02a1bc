// The JSON form: what is forgiven, how real clients use that, and what is not forgiven.
#include "remoting/header_codec.h"
#include "remoting/headers/pull_message.h"
#include "remoting/headers/send_message.h"
#include "tests/unit/remoting/decoded_header.h"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

using namespace std::string_view_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// The leniency of the JSON form.

TEST(JsonHeader, takes_numbers_and_booleans_as_values) {
  const Decoded client(
      R"({"code":10,"extFields":{"a":3,"b":-1,"c":1700000000000,"d":false,"e":true,"f":1.50},"flag":0,)"
      R"("language":"CPP","opaque":9,"remark":"","version":333})"
      "\n");
  EXPECT_EQ(client.command().language, Language::cpp);
  EXPECT_EQ(client.command().remark, "");
  EXPECT_THAT(client.fields(), ElementsAre(Pair("a", "3"), Pair("b", "-1"), Pair("c", "1700000000000"),
                                           Pair("d", "false"), Pair("e", "true"), Pair("f", "1.50")));
}

TEST(JsonHeader, a_null_value_is_absent_and_an_empty_one_is_not) {
  const Decoded client(R"({"code":1,"extFields":{"Signature":null,"AccessKey":"","topic":"t"}})");
  EXPECT_THAT(client.fields(), ElementsAre(Pair("AccessKey", ""), Pair("topic", "t")));
}

TEST(JsonHeader, ext_fields_may_be_null_missing_or_empty) {
  EXPECT_THAT(Decoded(R"({"code":1,"extFields":null})").fields(), IsEmpty());
  EXPECT_THAT(Decoded(R"({"code":1})").fields(), IsEmpty());
  EXPECT_THAT(Decoded(R"({"code":1,"extFields":{}})").fields(), IsEmpty());
}

TEST(JsonHeader, of_two_ext_fields_the_last_counts) {
  EXPECT_THAT(Decoded(R"({"code":1,"extFields":{"a":"1"},"extFields":{"b":"2"}})").fields(),
              ElementsAre(Pair("b", "2")));
  EXPECT_THAT(Decoded(R"({"code":1,"extFields":{"a":"1"},"extFields":null})").fields(), IsEmpty());
}

TEST(JsonHeader, takes_any_order_and_passes_over_unknown_keys) {
  const Decoded client(
      R"( { "version" : 121 , "later" : {"deep":[1,{"x":null}]}, "opaque":-7, "extFields":{"k":"v"},
      "serializeTypeCurrentRPC":"JSON", "remark":"r", "flag":3, "language":"JAVA", "code":36 } )");
  EXPECT_EQ(client.command().code, 36);
  EXPECT_EQ(client.command().version, 121);
  EXPECT_EQ(client.command().opaque, -7);
  EXPECT_EQ(client.command().flag, 3);
  EXPECT_TRUE(client.command().is_response());
  EXPECT_TRUE(client.command().is_oneway());
  EXPECT_EQ(client.command().remark, "r");
  EXPECT_THAT(client.fields(), ElementsAre(Pair("k", "v")));
}

TEST(JsonHeader, a_remark_is_absent_when_null_or_empty) {
  EXPECT_EQ(Decoded(R"({"code":1,"remark":null})").command().remark, "");
  EXPECT_EQ(Decoded(R"({"code":1,"remark":""})").command().remark, "");
  EXPECT_EQ(Decoded(R"({"code":1})").command().remark, "");
}

TEST(JsonHeader, the_language_is_a_name_or_a_number) {
  const auto language = [](const std::string& value) {
    return Decoded(R"({"code":1,"language":)" + value + "}").command().language;
  };
  EXPECT_EQ(language(R"("GO")"), Language::go);
  EXPECT_EQ(language("9"), Language::go);
  EXPECT_EQ(language(R"("RUST")"), Language::rust);
  EXPECT_EQ(language(R"("COBOL")"), Language::other);
  EXPECT_EQ(language("99"), Language::other);
  EXPECT_EQ(language("-1"), Language::other);
  EXPECT_EQ(language("99999999999999999999"), Language::other);
  EXPECT_EQ(language("true"), Language::other);
  EXPECT_EQ(language("null"), Language::java);
  EXPECT_EQ(Decoded(R"({"code":1})").command().language, Language::java);
}

TEST(JsonHeader, unescapes_names_values_and_remarks) {
  const Decoded client(
      R"({"code":1,"extFields":{"k\u0041\n":"\u0001\u4e2d\ud83d\ude00\/"},"remark":"a\"b\\"})");
  EXPECT_THAT(client.fields(), ElementsAre(Pair("kA\n", "\1中😀/")));
  EXPECT_EQ(client.command().remark, R"(a"b\)");
}

TEST(JsonHeader, escapes_what_json_demands_and_nothing_else) {
  const Field extras[] = {{"k\"\\", "\0\x1f\x7f/中\xff"sv}};
  std::string head;
  append_frame_head(head, {.code = 1, .remark = "\n", .fields = extras}, {}, 0);
  EXPECT_EQ(
      head.substr(8),
      R"({"code":1,"extFields":{"k\"\\":"\u0000\u001F)"
      "\x7f/中\xff"
      R"("},"flag":0,"language":"JAVA","opaque":0,"remark":"\n","serializeTypeCurrentRPC":"JSON","version":409})");
}

TEST(JsonHeader, views_point_into_the_header) {
  const Decoded client(R"({"code":1,"extFields":{"topic":"t\u0041"},"remark":"r"})");
  const auto inside = [&](std::string_view view) {
    return view.data() >= client.bytes.data() &&
           view.data() + view.size() <= client.bytes.data() + client.bytes.size();
  };
  EXPECT_TRUE(inside(client.command().remark));
  EXPECT_TRUE(inside(client.command().fields[0].name));
  EXPECT_TRUE(inside(client.command().fields[0].value));
}

// Clients as they are.

TEST(JsonHeader, reads_a_pull_of_the_cpp_client) {
  const Decoded client(
      R"({"code":11,"extFields":{"AccessKey":"","OnsChannel":"","Signature":"","commitOffset":"0",)"
      R"("consumerGroup":"cg","maxMsgNums":32,"queueId":2,"queueOffset":"17","subVersion":"1700000000000",)"
      R"("subscription":"*","suspendTimeoutMillis":"15000","sysFlag":3,"topic":"TopicA"},)"
      R"("flag":0,"language":"CPP","opaque":12,"remark":"","version":333})"
      "\n");
  const auto pull = read_header<PullMessageRequestHeader>(client.command().fields).value();
  EXPECT_EQ(pull.queue_id, 2);
  EXPECT_EQ(pull.queue_offset, 17);
  EXPECT_EQ(pull.expression_type, std::nullopt);
}

TEST(JsonHeader, reads_a_send_of_the_node_client) {
  const Decoded client(
      R"({"code":310,"language":"JAVA","version":121,"opaque":1,"flag":0,"extFields":{"a":"pg","b":"TopicA",)"
      R"("c":"TBW102","d":4,"e":-1,"f":0,"g":1700000000000,"h":0,"i":"TAGS\u0001TagA\u0002","j":0,"k":false}})");
  const auto send = read_header_v2<SendMessageRequestHeader>(client.command().fields).value();
  EXPECT_EQ(send.queue_id, -1);
  EXPECT_EQ(send.born_timestamp, 1700000000000);
  EXPECT_FALSE(send.unit_mode);
  EXPECT_FALSE(send.batch);
}

TEST(JsonHeader, reads_a_batch_of_the_go_client) {
  const Decoded client(
      R"({"code":320,"language":"GO","version":317,"opaque":3,"flag":0,"remark":"","extFields":{"a":"pg","b":"TopicA",)"
      R"("c":"TBW102","d":"4","e":"0","f":"0","g":"1700000000000","h":"0","i":"","j":"0","k":"false","l":"0",)"
      R"("m":"true","n":"broker-a"}})");
  const auto send = read_header_v2<SendMessageRequestHeader>(client.command().fields).value();
  EXPECT_EQ(client.command().language, Language::go);
  EXPECT_TRUE(send.batch);
  EXPECT_EQ(send.properties, "");
}

TEST(JsonHeader, says_what_it_refuses) {
  const auto error = [](std::string_view text) { return Decoded(text).error(); };
  EXPECT_EQ(error(""), "header byte 0: expected an object, found the end");
  EXPECT_EQ(error("GET / HTTP/1.1"), "header byte 0: expected an object, found `GET / HTTP/1.1`");
  EXPECT_EQ(error("{}"), "header byte 2: no code in it");
  EXPECT_EQ(error(R"({"code":"x"})"), R"(header byte 9: expected a 32-bit integer, found `x`, after "code")");
  EXPECT_EQ(error(R"({"code":3000000000})"),
            R"(header byte 8: expected a 32-bit integer, found `3000000000`, after "code")");
  EXPECT_EQ(error(R"({"code":1,"opaque":null})"),
            R"(header byte 19: expected a 32-bit integer, found `null}`, after "opaque")");
  EXPECT_EQ(error(R"({"code":1,"extFields":[]})"),
            R"(header byte 22: expected an object, found `[]}`, after "extFields")");
  EXPECT_EQ(error(R"({"code":1,"extFields":{"topic":{"a":1}}})"),
            "header byte 31: expected a string, a number, true, false or null, found `{\"a\":1}}}`, after "
            "\"topic\"");
  EXPECT_EQ(error(R"({"code":1} {)"),
            R"(header byte 11: expected the end of the text, found `{`, after "code")");
  EXPECT_EQ(error(R"({"code":1)"), R"(header byte 9: expected `,` or `}`, found the end, after "code")");
}

}  // namespace
}  // namespace gantry::remoting
