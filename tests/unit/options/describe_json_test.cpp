#include "options/describe_json.h"

#include "tests/unit/options/sample_config.h"

#include <gtest/gtest.h>

namespace gantry::options {
namespace {

struct Small {
  int threads = 4;
  std::chrono::milliseconds expiry = std::chrono::seconds(2);
  Colour colour = Colour::green;
  std::vector<std::string> peers;
  std::string token = "abc";
};

Schema<Small> small_schema() {
  Schema<Small> schema;
  schema.option("threads", &Small::threads).range(1, 64).changeable().help("Threads.");
  schema.option("expiry", &Small::expiry).help("Silence.");
  schema.option("colour", &Small::colour, kColours).help("Colour.");
  schema.option("peers", &Small::peers).help("Others.");
  schema.option("token", &Small::token).secret().not_empty().help("Secret.");
  return schema;
}

TEST(DescribeJson, tells_each_option_with_all_that_is_declared) {
  std::string json;
  remoting::JsonWriter out(json);
  describe_json(small_schema(), out);
  EXPECT_EQ(
      json,
      R"([{"name":"threads","kind":"whole number","help":"Threads.","default":4,"at_least":1,"at_most":64,)"
      R"("changes":"while running"},)"
      R"({"name":"expiry","kind":"duration","help":"Silence.","default":"2s","changes":"by restart"},)"
      R"({"name":"colour","kind":"choice","help":"Colour.","default":"green",)"
      R"("choices":["red","green","blue"],"changes":"by restart"},)"
      R"({"name":"peers","kind":"list of texts","help":"Others.","default":[],"changes":"by restart"},)"
      R"({"name":"token","kind":"text","help":"Secret.","changes":"by restart","secret":true}])");
}

TEST(DescribeJson, makes_a_json_schema_of_them) {
  std::string json;
  remoting::JsonWriter out(json);
  out.begin_object();
  describe_properties(small_schema(), out);
  out.end_object();
  EXPECT_EQ(indented(json), R"({
  "threads": {
    "description": "Threads. Takes: whole number, 1 to 64.",
    "type": "integer",
    "minimum": 1,
    "maximum": 64,
    "default": 4
  },
  "expiry": {
    "description": "Silence. Takes: duration.",
    "type": "string",
    "pattern": "^[0-9]+ ?(ns|us|ms|s|m|h|d)$",
    "default": "2s"
  },
  "colour": {
    "description": "Colour. Takes: red, green or blue.",
    "type": "string",
    "enum": [
      "red",
      "green",
      "blue"
    ],
    "default": "green"
  },
  "peers": {
    "description": "Others. Takes: list of texts.",
    "type": "array",
    "items": {
      "type": "string"
    },
    "default": []
  },
  "token": {
    "description": "Secret. Takes: text.",
    "type": "string",
    "minLength": 1
  }
}
)");
}

TEST(DescribeJson, indents_around_brackets_in_texts) {
  EXPECT_EQ(indented(R"({"a":"{,[\"]:","b":{},"c":[]})"),
            "{\n  \"a\": \"{,[\\\"]:\",\n  \"b\": {},\n  \"c\": []\n}\n");
}

}  // namespace
}  // namespace gantry::options
