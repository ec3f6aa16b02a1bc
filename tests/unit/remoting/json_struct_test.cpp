#include "remoting/json_struct.h"

#include "remoting/json_codec.h"

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

enum class Colour : std::uint8_t { red, green };
constexpr std::string_view kColours[] = {"RED", "GREEN"};
[[maybe_unused]] constexpr JsonEnum json_enum(Colour) {
  return {"RED or GREEN", kColours};
}

struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;
  static JsonFields json_fields() {
    static constexpr JsonField kFields[] = {json_field<&Point::x>("x"), json_field<&Point::y>("y")};
    return kFields;
  }
  auto operator<=>(const Point&) const = default;
};

struct Everything {
  std::map<std::int32_t, std::map<std::int64_t, std::string>> bare;
  Colour colour = Colour::red;
  std::uint8_t little = 7;
  std::map<std::int32_t, std::string> numbered;
  bool on = false;
  std::optional<Point> place;
  std::map<Point, std::int64_t> places;
  std::vector<Point> points;
  double ratio = 1.5;
  std::unordered_map<std::string, std::vector<std::string>> table;
  std::string text = "unset";
  std::optional<std::string> word;

  static JsonFields json_fields() {
    static constexpr JsonField kFields[] = {
        json_field<&Everything::bare>("bare", JsonKeys::bare),
        json_field<&Everything::colour>("colour"),
        json_field<&Everything::little>("little"),
        json_field<&Everything::numbered>("numbered"),
        json_field<&Everything::on>("on"),
        json_field<&Everything::place>("place"),
        json_field<&Everything::places>("places"),
        json_field<&Everything::points>("points"),
        json_field<&Everything::ratio>("ratio"),
        json_field<&Everything::table>("table"),
        json_field<&Everything::text>("text"),
        json_field<&Everything::word>("word"),
    };
    return kFields;
  }
  bool operator==(const Everything&) const = default;
};

// What was read, or the error.
std::string read_error(std::string text, Everything& to, JsonLimits limits = {}) {
  const auto read = read_json(text, to, limits);
  return read ? "" : read.error().str();
}

Everything read_ok(std::string text) {
  Everything to;
  EXPECT_EQ(read_error(text, to), "") << text;
  return to;
}

std::string read_error(const std::string& text) {
  Everything to;
  return read_error(text, to);
}

TEST(JsonStruct, writes_members_in_declared_order_without_empty_optionals) {
  Everything all;
  EXPECT_EQ(
      to_json(all),
      R"({"bare":{},"colour":"RED","little":7,"numbered":{},"on":false,"places":{},"points":[],"ratio":1.5,)"
      R"("table":{},"text":"unset"})");
  all = {.bare = {{1, {{-2, "a"}}}},
         .colour = Colour::green,
         .numbered = {{0, "b"}},
         .on = true,
         .place = Point{1, 2},
         .places = {{{3, 4}, 5}},
         .points = {{6, 7}, {8, 9}},
         .ratio = 2,
         .table = {{"k\"", {"v", ""}}},
         .text = "t\n",
         .word = ""};
  const std::string_view text =
      R"({"bare":{1:{-2:"a"}},"colour":"GREEN","little":7,"numbered":{"0":"b"},"on":true,"place":{"x":1,"y":2},)"
      R"("places":{{"x":3,"y":4}:5},"points":[{"x":6,"y":7},{"x":8,"y":9}],"ratio":2.0,"table":{"k\"":["v",""]},)"
      R"("text":"t\n","word":""})";
  EXPECT_EQ(to_json(all), text);
  EXPECT_EQ(read_ok(std::string(text)), all);
}

TEST(JsonStruct, skips_unknown_names_and_leaves_what_is_missing_or_null) {
  const auto read =
      read_ok(R"({"text":null,"unknown":{"text":"x","a":[1,{}]},"word":null,"place":null,"points":null})");
  EXPECT_EQ(read, Everything());
}

TEST(JsonStruct, reads_members_in_any_order_and_keeps_the_last_of_equals) {
  const auto read =
      read_ok(R"({"word":"w","little":1,"points":[{"y":1,"x":2}],"bare":{},"little":2,"points":[]})");
  EXPECT_EQ(read.word, "w");
  EXPECT_EQ(read.little, 2);
  EXPECT_TRUE(read.points.empty());
}

TEST(JsonStruct, reads_numbers_as_strings_and_strings_as_numbers) {
  const auto read = read_ok(R"({"little":"9","ratio":"2.5","text":12,"word":true,"on":"true","places":{}})");
  EXPECT_EQ(read.little, 9);
  EXPECT_EQ(read.ratio, 2.5);
  EXPECT_EQ(read.text, "12");
  EXPECT_EQ(read.word, "true");
  EXPECT_TRUE(read.on);
  EXPECT_EQ(read_ok(R"({"text":-1.50e3})").text, "-1.50e3");
  EXPECT_EQ(read_ok(R"({"ratio":3})").ratio, 3);
  EXPECT_TRUE(read_ok(R"({"on":1})").on);
  EXPECT_FALSE(read_ok(R"({"on":"0"})").on);
}

TEST(JsonStruct, takes_an_empty_string_for_null_where_no_string_belongs) {
  EXPECT_EQ(read_ok(R"({"little":"","ratio":"","on":"","colour":""})"), Everything());
}

TEST(JsonStruct, leaves_out_nulls_in_vectors_and_maps) {
  const auto read =
      read_ok(R"({"points":[null,{"x":1},null],"table":{"a":null,"b":[null]},"places":{{"x":1}:null}})");
  EXPECT_EQ(read.points, (std::vector<Point>{{1, 0}}));
  EXPECT_EQ(read.table.count("a"), 0u);
  EXPECT_TRUE(read.table.at("b").empty());
  EXPECT_TRUE(read.places.empty());
}

TEST(JsonStruct, reads_enums_by_name_or_ordinal) {
  for (const auto* text :
       {R"({"colour":"GREEN"})", R"({"colour":"green"})", R"({"colour":1})", R"({"colour":"1"})"})
    EXPECT_EQ(read_ok(text).colour, Colour::green) << text;
  EXPECT_EQ(read_error(R"({"colour":"BLUE"})"), "colour: expected RED or GREEN, found `BLUE` (byte 11)");
  EXPECT_EQ(read_error(R"({"colour":2})"), "colour: expected RED or GREEN, found `2` (byte 10)");
  EXPECT_EQ(read_error(R"({"colour":-1})"), "colour: expected RED or GREEN, found `-1` (byte 10)");
}

TEST(JsonStruct, reads_the_keys_of_maps_however_they_are_written) {
  const auto read = read_ok(R"({"bare":{"1":{2:"a"}},"numbered":{-3:"b",'4':"c"},)"
                            R"("places":{{"x":1,y:2}:3,"{\"y\":5,\"x\":4}":"6","{}":7}})");
  EXPECT_EQ(read.bare.at(1).at(2), "a");
  EXPECT_EQ(read.numbered.at(-3), "b");
  EXPECT_EQ(read.numbered.at(4), "c");
  EXPECT_EQ(read.places.at({1, 2}), 3);
  EXPECT_EQ(read.places.at({4, 5}), 6);
  EXPECT_EQ(read.places.at({0, 0}), 7);
}

TEST(JsonStruct, names_the_path_of_a_wrong_value) {
  EXPECT_EQ(read_error(R"({"little":256})"),
            "little: expected an unsigned 8-bit integer, found `256` (byte 10)");
  EXPECT_EQ(read_error(R"({"little":1.5})"),
            "little: expected an unsigned 8-bit integer, found `1.5` (byte 10)");
  EXPECT_EQ(read_error(R"({"little":[1]})"),
            "little: expected a string, a number, true, false or null, found `[1]}` (byte 10)");
  EXPECT_EQ(read_error(R"({"on":"yes"})"), "on: expected true or false, found `yes` (byte 7)");
  EXPECT_EQ(read_error(R"({"ratio":"inf"})"), "ratio: expected a number, found `inf` (byte 10)");
  EXPECT_EQ(read_error(R"({"ratio":1e999})"), "ratio: expected a number, found `1e999` (byte 9)");
  EXPECT_EQ(read_error(R"({"points":{}})"), "points: expected an array, found `{}}` (byte 10)");
  EXPECT_EQ(read_error(R"({"points":[{"x":1},null,{"x":1,"y":"a"}]})"),
            "points[1].y: expected a 32-bit integer, found `a` (byte 36)");
  EXPECT_EQ(read_error(R"({"table":{"k":["a",{}]}})"),
            "table.k[1]: expected a string, a number, true, false or null, found `{}]}}` (byte 19)");
  EXPECT_EQ(read_error(R"({"bare":{"7":{"x":"a"}}})"),
            "bare.7.x: expected a 64-bit integer, found `x` (byte 15)");
  EXPECT_EQ(read_error(R"({"places":{{"x":[]}:1}})"),
            R"(places.{"x":[]}.x: expected a string, a number, true, false or null, found `[]}` (byte 16))");
  EXPECT_EQ(read_error(R"({"places":{"{\"x\":1":1}})"),
            R"(places.{"x":1: expected `,` or `}`, found nothing (byte 18))");
  EXPECT_EQ(read_error(R"({"places":{"x":1}})"), "places.x: expected an object, found `x` (byte 12)");
  EXPECT_EQ(read_error(R"({"places":{"{}{}":1}})"),
            "places.{}{}: expected the end of the text, found `{}` (byte 14)");
}

TEST(JsonStruct, reads_one_object_and_nothing_else) {
  EXPECT_EQ(read_error(""), "expected an object, found nothing (byte 0)");
  EXPECT_EQ(read_error("null"), "expected an object, found `null` (byte 0)");
  EXPECT_EQ(read_error("[]"), "expected an object, found `[]` (byte 0)");
  EXPECT_EQ(read_error("{} x"), "expected the end of the text, found `x` (byte 3)");
  EXPECT_EQ(read_error(" {} \n"), "");
}

TEST(JsonStruct, refuses_a_text_cut_anywhere) {
  const std::string text =
      R"({"bare":{1:{2:"a"}},"colour":"GREEN","little":"9","on":true,"place":{"x":1},"places":)"
      R"({{"x":1}:2,"{\"y\":3}":4},"ratio":2.5,"table":{'k':["v\u00e9"]},"unknown":[{"a":null}]})";
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_NE(read_error(text.substr(0, size)), "") << text.substr(0, size);
  EXPECT_EQ(read_error(text), "");
}

TEST(JsonStruct, stops_at_its_limits) {
  Everything to;
  EXPECT_EQ(read_error(R"({"points":[{},{}],"numbered":{1:"",2:""}})", to, {.elements = 4}), "");
  EXPECT_EQ(read_error(R"({"points":[{},{}],"numbered":{1:"",2:""}})", to, {.elements = 3}),
            "numbered.2: expected no more elements than the limit, found `\"\"}}` (byte 37)");
  EXPECT_EQ(read_error(R"({"points":[{},{}]})", to, {.elements = 1}),
            "points[1]: expected no more elements than the limit, found `{}]}` (byte 14)");
  EXPECT_EQ(read_error(R"({"points":[{}]})", to, {.depth = 3}), "");
  EXPECT_EQ(read_error(R"({"points":[{}]})", to, {.depth = 2}),
            "points[0]: expected no deeper nesting, found `{}]}` (byte 11)");
  EXPECT_EQ(read_error(R"({"places":{"{}":1}})", to, {.depth = 2}),
            "places.{}: expected no deeper nesting, found `{}` (byte 12)");
  EXPECT_EQ(read_error("{\"unknown\":" + std::string(32, '[')),
            "expected no deeper nesting, found `[` (byte 42)");
}

TEST(JsonStruct, names_a_path_from_outside_without_its_control_characters) {
  EXPECT_EQ(read_error("{\"table\":{\"a\\nb and a name that is too long\":1}}"),
            "table.a?b and a name that is t...: expected an array, found `1}}` (byte 45)");
}

}  // namespace
}  // namespace gantry::remoting
