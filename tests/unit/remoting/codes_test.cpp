#include "remoting/codes.h"

#include <cctype>
#include <fstream>
#include <regex>
#include <string>

#include <gtest/gtest.h>

namespace gantry::remoting {
namespace {

TEST(Codes, have_apaches_names) {
  EXPECT_EQ(name_of(RequestCode::send_message), "SEND_MESSAGE");
  EXPECT_EQ(name_of(RequestCode::get_routeinfo_by_topic), "GET_ROUTEINFO_BY_TOPIC");
  EXPECT_EQ(name_of(RequestCode::batch_ack_message), "BATCH_ACK_MESSAGE");
  EXPECT_EQ(name_of(ResponseCode::success), "SUCCESS");
  EXPECT_EQ(name_of(ResponseCode::topic_not_exist), "TOPIC_NOT_EXIST");
  EXPECT_EQ(name_of(ResponseCode::go_away), "GO_AWAY");
}

TEST(Codes, an_undeclared_code_is_unknown) {
  EXPECT_EQ(name_of(RequestCode{16}), "UNKNOWN");
  EXPECT_EQ(name_of(RequestCode{-1}), "UNKNOWN");
  EXPECT_EQ(name_of(RequestCode{2147483647}), "UNKNOWN");
  EXPECT_EQ(name_of(ResponseCode{5}), "UNKNOWN");
}

// The table of names cannot fall behind the enumerations: each enumerator's name is its own in capitals.
TEST(Codes, every_declared_code_has_its_name) {
  std::ifstream source(GANTRY_SOURCE_DIR "/remoting/codes.h");
  ASSERT_TRUE(source);
  const std::regex enumerator(R"(^  ([a-z0-9_]+) = (\d+),$)");
  bool responses = false;
  int seen = 0;
  for (std::string line; std::getline(source, line);) {
    responses |= line.starts_with("enum class ResponseCode");
    std::smatch match;
    if (!std::regex_match(line, match, enumerator)) continue;
    ++seen;
    std::string capitals = match[1];
    for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const int code = std::stoi(match[2]);
    EXPECT_EQ(responses ? name_of(ResponseCode{code}) : name_of(RequestCode{code}), capitals);
  }
  EXPECT_EQ(seen, 149);
}

}  // namespace
}  // namespace gantry::remoting
