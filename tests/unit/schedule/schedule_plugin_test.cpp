#include "kernel/api/testing/test_host.h"
#include "plugins/schedule/delay_levels.h"
#include "tests/unit/kernel/some_tables.h"
#include "tests/unit/schedule/memory_store.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::schedule {
namespace {

using namespace std::chrono_literals;
using api::testing::linked_plugin;
using api::testing::TestHost;
using Texts = std::vector<std::string>;

class SchedulePluginTest : public testing::Test {
 protected:
  SchedulePluginTest() {
    context_.with_offsets(offsets_);
    context_.with_topics(topics_);
    context_.with_store(store_);
  }
  // Through the stages into the store, as a broker does.
  void send(TestHost& host, const std::string& body, const std::string& properties) {
    api::Draft draft;
    draft.record.topic = "T";
    draft.record.body = body;
    draft.record.properties = properties;
    host.append({&draft, 1});
    store_.put(draft.record);
    context_.settle();
  }

  api::testing::TestContext context_;
  MemoryStore store_{context_.clock()};
  kernel::SomeOffsets offsets_;
  kernel::SomeTopics topics_;
};

TEST_F(SchedulePluginTest, delays_messages_and_delivers_them_across_a_restart) {
  {
    TestHost host(context_, linked_plugin(), {{"levels", "3s 7s"}});
    send(host, "a",
         "DELAY\x01"
         "1");
    send(host, "b",
         "DELAY\x01"
         "2");
    send(host, "c", "");
    context_.advance(3s);
    EXPECT_EQ(store_.bodies("T", 0), (Texts{"c", "a"}));
  }
  context_.settle();
  TestHost host(context_, linked_plugin(), {{"levels", "3s 7s"}});
  context_.advance(4s);
  EXPECT_EQ(store_.bodies("T", 0), (Texts{"c", "a", "b"}));
}

// As Apache writes it: a body that its slaves read.
TEST_F(SchedulePluginTest, tells_how_far_each_level_is_delivered) {
  TestHost host(context_, linked_plugin());
  EXPECT_EQ(host.ask(remoting::RequestCode::get_all_delay_offset).body, "{\"offsetTable\":{}}");
  send(host, "a",
       "DELAY\x01"
       "1");
  send(host, "b",
       "DELAY\x01"
       "1");
  send(host, "c",
       "DELAY\x01"
       "2");
  context_.advance(5s);
  EXPECT_EQ(host.ask(remoting::RequestCode::get_all_delay_offset).body, "{\"offsetTable\":{1:2,2:1}}");
}

TEST_F(SchedulePluginTest, takes_no_levels_that_are_none) {
  EXPECT_THROW(TestHost(context_, linked_plugin(), {{"levels", "1 2 3"}}), std::invalid_argument);
}

TEST_F(SchedulePluginTest, needs_a_store) {
  api::testing::TestContext without;
  without.with_offsets(offsets_);
  without.with_topics(topics_);
  EXPECT_THROW(TestHost(without, linked_plugin()), std::runtime_error);
  EXPECT_EQ(linked_plugin().describe().needs.front(), "message-store");
}

}  // namespace
}  // namespace gantry::schedule
