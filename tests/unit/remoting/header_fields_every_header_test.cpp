// What holds for every declared header. A header's own file is its specification; there is nothing to repeat
// here.
#include "remoting/header_codec.h"
#include "tests/unit/remoting/all_headers.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <limits>
#include <regex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class Collected final : public FieldSink {
 public:
  explicit Collected(const HeaderRef& header) { header.write(*this); }
  void put(std::string_view name, std::string_view value) override { pairs.emplace_back(name, value); }
  Pairs pairs;
};

// Gives each member a random value within its rule. Views point into `texts`.
class Filler {
 public:
  Filler(std::deque<std::string>& texts, bool may_be_empty) : texts_(texts), may_be_empty_(may_be_empty) {}

  template <class T>
  void operator()(std::string_view /*name*/, T& member, const FieldRule& rule = {}) {
    fill(member, rule);
  }

 private:
  void fill(std::string_view& member, const FieldRule& /*rule*/) {
    const auto any = rc::gen::string<std::string>();
    member = texts_.emplace_back(may_be_empty_ ? *any : *rc::gen::nonEmpty(any));
  }
  void fill(bool& member, const FieldRule& /*rule*/) { member = *rc::gen::arbitrary<bool>(); }
  template <std::signed_integral T>
  void fill(T& member, const FieldRule& rule) {
    using Limits = std::numeric_limits<T>;
    const auto min = static_cast<T>(std::max<std::int64_t>(rule.min, Limits::min()));
    const auto max = static_cast<T>(std::min<std::int64_t>(rule.max, Limits::max()));
    const T any = *rc::gen::arbitrary<T>();
    member = *rc::gen::element(min, max, std::clamp(any, min, max));
  }
  template <class T>
  void fill(std::optional<T>& member, const FieldRule& rule) {
    if (*rc::gen::arbitrary<bool>()) fill(member.emplace(), rule);
  }

  std::deque<std::string>& texts_;
  bool may_be_empty_;
};

template <class H>
class DeclaredHeaders : public ::testing::Test {};
TYPED_TEST_SUITE(DeclaredHeaders, AllHeaders);

template <class H>
void survives_both_serializations() {
  const auto type = *rc::gen::element(SerializeType::json, SerializeType::rocketmq);
  std::deque<std::string> texts;
  H header{};
  Filler filler(texts, type == SerializeType::json);
  H::wire(header, filler);

  std::string head;
  append_frame_head(head, {.code = 1, .serialize_type = type}, header, 0);
  FieldArena arena;
  const auto command = decode_header(std::span(head).subspan(8), type, arena);
  RC_ASSERT(command.has_value());

  Pairs received;
  for (const Field& field : command->fields) received.emplace_back(field.name, field.value);
  RC_ASSERT(received == Collected(header).pairs);
  const auto read = read_header<H>(command->fields);
  RC_ASSERT(read.has_value());
  RC_ASSERT(Collected(*read).pairs == received);
}

TYPED_TEST(DeclaredHeaders, survive_both_serializations) {
  rc::detail::checkGTest(survives_both_serializations<TypeParam>);  // RC_GTEST_PROP knows no types
}

template <class T>
struct ValueOf {
  using Type = T;
};
template <class T>
struct ValueOf<std::optional<T>> {
  using Type = T;
};

// Each field as its declaration has it: left out, spoilt, past its range.
template <class H>
class Spoiler {
 public:
  explicit Spoiler(const H& good) : good_(Collected(good).pairs) {}

  template <class T>
  void operator()(std::string_view name, T& /*member*/, const FieldRule& rule = {}) {
    using Value = typename ValueOf<T>::Type;
    const bool may_be_absent = rule.defaulted || !std::is_same_v<Value, T>;
    const std::string field = "header field " + std::string(name);
    EXPECT_EQ(error_with(name, nullptr), may_be_absent ? "" : field + " is missing");
    if constexpr (std::is_same_v<Value, bool>) {
      EXPECT_EQ(error_with(name, "maybe"), field + R"( is "maybe", not true or false)");
    } else if constexpr (std::is_integral_v<Value>) {
      const auto min = std::max<std::int64_t>(rule.min, std::numeric_limits<Value>::min());
      const auto max = std::min<std::int64_t>(rule.max, std::numeric_limits<Value>::max());
      const std::string range = ", not an integer from " + std::to_string(min) + " to " + std::to_string(max);
      EXPECT_EQ(error_with(name, "x"), field + R"( is "x")" + range);
      EXPECT_EQ(error_with(name, "99999999999999999999"), field + R"( is "99999999999999999999")" + range);
    }
  }

 private:
  // Of a header with this value for the field, or without the field; empty when it is read.
  std::string error_with(std::string_view name, const char* value) const {
    std::vector<Field> fields;
    for (const auto& [other, good] : good_)
      if (other != name) fields.push_back({other, good});
    if (value != nullptr) fields.push_back({name, value});
    const auto header = read_header<H>(fields);
    return header ? "" : header.error().text();
  }

  Pairs good_;
};

TYPED_TEST(DeclaredHeaders, name_the_field_that_is_missing_or_wrong) {
  TypeParam header{};
  Spoiler<TypeParam> spoiler(header);
  TypeParam::wire(header, spoiler);
}

TYPED_TEST(DeclaredHeaders, have_no_two_fields_of_one_name) {
  std::set<std::string> names;
  std::set<std::string> letters;
  TypeParam header{};
  TypeParam::wire(header, [&](std::string_view name, auto&, const FieldRule& rule = {}) {
    EXPECT_TRUE(names.emplace(name).second) << name;
    EXPECT_TRUE(rule.v2.empty() || letters.emplace(rule.v2).second) << rule.v2;
  });
}

template <class... Headers>
constexpr std::size_t count_of(::testing::Types<Headers...> /*list*/) {
  return sizeof...(Headers);
}

TEST(AllHeaders, lists_what_the_files_declare) {
  const std::filesystem::path root = GANTRY_SOURCE_DIR;
  std::ifstream list_file(root / "tests/unit/remoting/all_headers.h");
  const std::string list{std::istreambuf_iterator<char>(list_file), {}};
  const std::regex declaration("^struct ([A-Za-z0-9]+) \\{$");
  std::size_t declared = 0;
  for (const auto& file : std::filesystem::directory_iterator(root / "remoting/headers")) {
    std::ifstream source(file.path());
    for (std::string line; std::getline(source, line);) {
      std::smatch match;
      if (!std::regex_match(line, match, declaration)) continue;
      ++declared;
      EXPECT_TRUE(std::regex_search(list, std::regex("\\b" + match.str(1) + "\\b[,>]")))
          << match.str(1) << " of " << file.path().filename() << " is not in all_headers.h";
    }
  }
  EXPECT_EQ(declared, count_of(AllHeaders{}));
}

}  // namespace
}  // namespace gantry::remoting
