#include "remoting/message_id.h"

#include "tests/unit/remoting/generated_host.h"

#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::remoting {
namespace {

const MessageId kExample{HostAddress::v4({192, 168, 1, 10}, 10911), 4096};

TEST(MessageId, is_address_port_and_offset_in_upper_case_hex) {
  EXPECT_EQ(kExample.text().view(), "C0A8010A00002A9F0000000000001000");
  EXPECT_EQ(MessageId({HostAddress::v4({127, 0, 0, 1}, 10911), 1000}).text().view(),
            "7F00000100002A9F00000000000003E8");
  EXPECT_EQ(MessageId({*HostAddress::parse("[2001:db8::1]:10911"), 4096}).text().view(),
            "20010DB800000000000000000000000100002A9F0000000000001000");
}

TEST(MessageId, is_read_in_either_case) {
  EXPECT_EQ(MessageId::parse("C0A8010A00002A9F0000000000001000"), kExample);
  EXPECT_EQ(MessageId::parse("c0a8010a00002a9f0000000000001000"), kExample);
}

TEST(MessageId, is_refused_at_any_other_length) {
  std::string text;
  for (std::size_t size = 0; size <= 60; ++size, text += '0')
    EXPECT_EQ(MessageId::parse(text).has_value(), size == 32 || size == 56) << size;
}

TEST(MessageId, is_refused_with_any_character_that_is_no_hex_digit) {
  const std::string right(kExample.text().view());
  for (std::size_t at = 0; at < right.size(); ++at) {
    for (const char wrong : {'G', 'g', ' ', '-', '/', ':', '@', '`', '\0', '\x80'}) {
      std::string text = right;
      text[at] = wrong;
      EXPECT_EQ(MessageId::parse(text), std::nullopt) << text;
    }
  }
}

TEST(MessageId, is_refused_with_a_port_or_an_offset_that_cannot_be) {
  EXPECT_TRUE(MessageId::parse("C0A8010A0000FFFF7FFFFFFFFFFFFFFF"));
  EXPECT_EQ(MessageId::parse("C0A8010A000100000000000000001000"), std::nullopt);
  EXPECT_EQ(MessageId::parse("C0A8010AFFFFFFFF0000000000001000"), std::nullopt);
  EXPECT_EQ(MessageId::parse("C0A8010A00002A9F8000000000000000"), std::nullopt);
}

TEST(MessageId, is_not_mistaken_for_the_key_that_a_client_made) {
  EXPECT_EQ(MessageId::parse("7F00000118B418B4AAC2328F1C3D0000"), std::nullopt);
}

RC_GTEST_PROP(MessageId, is_read_back_as_it_was_written, (const HostAddress& host, std::int64_t offset)) {
  const MessageId id{host, offset};
  const bool possible = host.port() >= 0 && host.port() <= 65535 && offset >= 0;
  RC_ASSERT(MessageId::parse(id.text()) == (possible ? std::optional(id) : std::nullopt));
}

}  // namespace
}  // namespace gantry::remoting
