#include "plugins/store-mmap/message_keys.h"

#include "remoting/message_record.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MessageKeys : public testing::Test {
 protected:
  remoting::MessageRecordView record(const std::string& properties, remoting::SysFlag flag = {}) {
    const remoting::MessageRecord record{.sys_flag = flag, .topic = "T", .properties = properties};
    bytes_.resize(remoting::encoded_size(record).value().total());
    remoting::encode_to(bytes_, record).value();
    return remoting::decode_record(bytes_).record;
  }
  std::vector<std::string> keys(const std::string& properties, remoting::SysFlag flag = {}) {
    std::vector<std::string> all;
    for_each_key(record(properties, flag), [&](std::string_view key) { all.emplace_back(key); });
    return all;
  }

  std::string bytes_;
};

TEST_F(MessageKeys, are_the_unique_key_and_then_the_words_of_keys) {
  EXPECT_THAT(keys("KEYS\1b a c\2UNIQ_KEY\1id\2TAGS\1t"), ElementsAre("id", "b", "a", "c"));
  EXPECT_THAT(keys("KEYS\1one"), ElementsAre("one"));
  EXPECT_THAT(keys("UNIQ_KEY\1id"), ElementsAre("id"));
  EXPECT_THAT(keys("TAGS\1t"), IsEmpty());
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_F(MessageKeys, skip_what_is_empty_between_blanks_and_keep_what_comes_twice) {
  EXPECT_THAT(keys("KEYS\1  a   b  a "), ElementsAre("a", "b", "a"));
  EXPECT_THAT(keys("KEYS\1   "), IsEmpty());
}

TEST_F(MessageKeys, come_from_the_later_one_of_two_properties) {
  EXPECT_THAT(keys("KEYS\1old\2UNIQ_KEY\1x\2KEYS\1new\2UNIQ_KEY\1y"), ElementsAre("y", "new"));
}

TEST_F(MessageKeys, belong_to_every_message_of_a_transaction_but_its_withdrawal) {
  using remoting::SysFlag;
  using remoting::TransactionType;
  const auto of = [&](TransactionType type) {
    return keys("KEYS\1k", SysFlag().with_transaction_type(type));
  };
  EXPECT_THAT(of(TransactionType::none), ElementsAre("k"));
  EXPECT_THAT(of(TransactionType::prepared), ElementsAre("k"));
  EXPECT_THAT(of(TransactionType::commit), ElementsAre("k"));
  EXPECT_THAT(of(TransactionType::rollback), IsEmpty());
}

TEST_F(MessageKeys, are_compared_whole) {
  const auto message = record("KEYS\1order-1 order-12\2UNIQ_KEY\1id");
  EXPECT_TRUE(has_key(message, "order-12"));
  EXPECT_TRUE(has_key(message, "id"));
  EXPECT_FALSE(has_key(message, "order"));
  EXPECT_FALSE(has_key(message, "order-1 order-12"));
}

}  // namespace
}  // namespace gantry::store
