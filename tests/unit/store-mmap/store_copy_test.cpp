#include "plugins/store-mmap/store_copy.h"

#include "tests/unit/store-mmap/examined_store.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gantry::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Copied : ExaminedStore {
  using ExaminedStore::ExaminedStore;

  std::string copy(const api::StoreSelection& which = {}, api::StoreForm form = api::StoreForm::records) {
    std::string all;
    const auto before = everything();
    const auto done = tools().copy(
        "data/store", which, form,
        [&](std::string_view bytes) {
          all += bytes;
          return true;
        },
        [&](const api::StoreFinding& finding) { skipped.push_back(text(finding)); }, {});
    EXPECT_EQ(everything(), before);
    EXPECT_TRUE(done) << done.error().text;
    count = done ? *done : -1;
    return all;
  }
  // "orders/0/17"
  std::vector<std::string> copied(const api::StoreSelection& which = {}) {
    std::vector<std::string> names;
    const std::string all = copy(which);
    remoting::RecordWalker walker(all, remoting::BodyCrc::checked);
    while (const auto record = walker.next())
      names.push_back(std::string(record->topic()) + "/" + std::to_string(record->queue_id()) + "/" +
                      std::to_string(record->queue_offset()));
    EXPECT_FALSE(walker.error());
    EXPECT_EQ(count, static_cast<std::int64_t>(names.size()));
    return names;
  }
  std::string dump(const std::string& topic, std::int32_t queue, std::int64_t from = 0) {
    std::string lines;
    const auto dumped =
        tools().dump_queue("data/store", topic, api::QueueId{queue}, {from}, [&](std::string_view line) {
          lines += line;
          return true;
        });
    count = dumped ? *dumped : -1;
    return dumped ? lines : dumped.error().text;
  }

  std::vector<std::string> skipped;
  std::int64_t count = 0;
};

TEST(StoreCopy, gives_the_messages_that_are_asked_for_in_the_order_of_the_log) {
  Copied store;
  store.append_some(2);
  store.append_some(1, "orders", 1);
  store.clock.advance(std::chrono::seconds(10));
  store.append_some(1, "bills");
  store.close();
  EXPECT_THAT(store.copied(), ElementsAre("orders/0/0", "orders/0/1", "orders/1/0", "bills/0/0"));
  EXPECT_THAT(store.copied({.topic = "orders", .queue = api::QueueId{0}}),
              ElementsAre("orders/0/0", "orders/0/1"));
  EXPECT_THAT(store.copied({.topic = "orders", .from = store.messages[1].at}),
              ElementsAre("orders/0/1", "orders/1/0"));
  EXPECT_THAT(store.copied({.topic = {}, .from = store.messages[1].at + 1}),
              ElementsAre("orders/1/0", "bills/0/0"));
  EXPECT_THAT(store.copied({.topic = {}, .stored_from = store.messages[3].stored_at}),
              ElementsAre("bills/0/0"));
  EXPECT_THAT(store.copied({.topic = {}, .stored_to = store.messages[2].stored_at, .most = 1}),
              ElementsAre("orders/0/0"));
  EXPECT_THAT(store.copied({.topic = {}, .most = 0}), IsEmpty());
  EXPECT_THAT(store.skipped, IsEmpty());
}

TEST(StoreCopy, writes_a_line_of_json_for_a_message) {
  Copied store;
  store.append({{.topic = "orders",
                 .queue = 3,
                 .body = "hello",
                 .properties = "A\x01"
                               "1\x02KEYS\x01\"k\"\x02"
                               "A\x01"
                               "2"}});
  store.close();
  const std::string line = store.copy({}, api::StoreForm::lines);
  EXPECT_THAT(line, StartsWith(R"({"at":0,"size":)"));
  EXPECT_THAT(line, HasSubstr(R"("topic":"orders","queue":3,"queue_offset":0,"stored_at":1704067200000,)"));
  EXPECT_THAT(line, HasSubstr(R"("properties":{"KEYS":"\"k\"","A":"2"},"body":"aGVsbG8="})"
                              "\n"));
  EXPECT_THAT(store.copy({}, api::StoreForm::lines_with_length), HasSubstr(R"("body_size":5})"
                                                                           "\n"));
}

TEST(StoreCopy, leaves_out_what_cannot_be_read_and_says_so) {
  Copied store;
  store.append_some(4);
  store.close();
  store.disk.flip_bit(std::string(kFirstLogFile), store.messages[1].at.value + 2, 1);
  EXPECT_THAT(store.copied(), ElementsAre("orders/0/0", "orders/0/2", "orders/0/3"));
  EXPECT_THAT(store.skipped, ElementsAre(StartsWith("damage " + std::string(kFirstLogFile) + "@" +
                                                    std::to_string(store.messages[1].at.value))));
}

TEST(StoreCopy, reads_a_topic_through_the_log_whatever_its_queues_are_like) {
  Copied store;
  store.append_some(3);
  store.close();
  store.disk.lose("data/store/consumequeue");
  EXPECT_THAT(store.copied({.topic = "orders"}), ElementsAre("orders/0/0", "orders/0/1", "orders/0/2"));
}

TEST(StoreCopy, stops_without_an_error_when_nobody_wants_more) {
  Copied store;
  store.append_some(3);
  store.close();
  int taken = 0;
  const auto done = store.tools().copy(
      "data/store", {}, api::StoreForm::records, [&](std::string_view) { return ++taken < 2; },
      [](const auto&) {}, {});
  EXPECT_EQ(done.value(), 2);
}

TEST(StoreCopy, shows_a_queues_entries_with_filler_and_holes) {
  Copied store;
  store.append_some(3);
  store.close();
  const std::string file = ExaminedStore::queue_file(0);
  const std::int64_t second = store.messages[1].at.value;
  EXPECT_THAT(store.dump("orders", 0, 1), StartsWith(R"({"number":1,"at":)" + std::to_string(second) + ","));
  EXPECT_EQ(store.count, 2);
  const std::string filler("\0\0\0\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\0\0\0\0\0", 20);
  store.disk.overwrite(file, 0, filler);
  store.disk.overwrite(file, 20, std::string(20, '\0'));
  EXPECT_THAT(store.dump("orders", 0),
              StartsWith("{\"number\":0,\"count\":1,\"what\":\"filler\"}\n"
                         "{\"number\":1,\"count\":1,\"what\":\"not_written\"}\n{\"number\":2,\"at\":"));
  EXPECT_EQ(store.count, 1);
}

TEST(StoreCopy, says_that_there_is_no_such_queue) {
  Copied store;
  store.append_some(3);
  store.close();
  EXPECT_EQ(store.dump("orders", 7),
            "there is no queue 7 of topic orders: data/store/consumequeue/orders/7 has no files");
  EXPECT_THAT(store.dump("../orders", 7), HasSubstr("\".\""));
}

using Sent = std::tuple<std::string, std::int32_t, std::string, std::string>;

RC_GTEST_PROP(StoreCopy, gives_back_exactly_the_messages_that_were_appended, (std::uint8_t seed)) {
  Copied store(seed);
  std::vector<Sent> sent;
  const int bursts = *rc::gen::inRange(0, 30);
  for (int burst = 0; burst < bursts; ++burst) {
    std::vector<TestMessage> messages;
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
      TestMessage message{.topic = *rc::gen::element<std::string>("T", "U", "V"),
                          .queue = *rc::gen::inRange(0, 3),
                          .body = *rc::gen::container<std::string>(rc::gen::arbitrary<char>())};
      if (*rc::gen::arbitrary<bool>())
        message.body.resize(static_cast<std::size_t>(*rc::gen::inRange(0, 6000)), 'x');
      if (*rc::gen::arbitrary<bool>())
        message.properties =
            "KEYS\x01"
            "a";
      sent.emplace_back(message.topic, message.queue, message.body, message.properties);
      messages.push_back(std::move(message));
    }
    const auto told = store.append(std::move(messages));
    RC_ASSERT(told->stored.has_value());
    RC_ASSERT(told->stored->has_value());
    const int then = *rc::gen::inRange(0, 10);
    if (then == 0) {
      store.kill();
      store.open();
    } else if (then == 1) {
      store.close();
      store.open();
    }
  }
  store.close();
  std::vector<Sent> copied;
  const std::string all = store.copy();
  remoting::RecordWalker walker(all, remoting::BodyCrc::checked);
  while (const auto record = walker.next())
    copied.emplace_back(record->topic(), record->queue_id(), record->body(), record->properties());
  RC_ASSERT_FALSE(walker.error().has_value());
  RC_ASSERT(copied == sent);
  RC_ASSERT(store.skipped.empty());
  RC_ASSERT(store.check().empty());
}

}  // namespace
}  // namespace gantry::store
