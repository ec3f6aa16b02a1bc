#include "remoting/message_record_view.h"
#include "tests/unit/kernel/some_serving.h"
#include "tests/unit/kernel/some_store.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::Answered;
using access::testing::AskingConnection;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::ElementsAre;
using testing::IsEmpty;

struct HandleQueries : testing::Test, SomeServing {
  HandleQueries() {
    extensions.for_plugin(store_plugin)->add(store);
    add_query_handlers(requests, serving);
  }

  // Returns where it begins in the log.
  std::int64_t add(const std::string& body, std::int64_t stored_at = 1000,
                   const std::string& properties = "KEYS\1k\2") {
    return store.add({.stored_at = stored_at, .body = body, .properties = properties}).value;
  }
  Answered query(const std::string& key, AskingConnection::Fields more = {}) {
    AskingConnection::Fields fields{{"topic", "orders"}, {"key", key}};
    fields.insert(fields.end(), more.begin(), more.end());
    for (const auto& [name, value] : AskingConnection::Fields{
             {"maxNum", "32"}, {"beginTimestamp", "0"}, {"endTimestamp", "9223372036854775807"}})
      if (std::ranges::find(fields, name, [](const auto& field) { return field.first; }) == fields.end())
        fields.push_back({name, value});
    return a.ask(requests, {.code = RequestCode::query_message, .fields = fields});
  }
  Answered view(std::int64_t at) {
    return a.ask(requests,
                 {.code = RequestCode::view_message_by_id, .fields = {{"offset", std::to_string(at)}}});
  }
  static std::vector<std::string> bodies(const Answered& answer) {
    std::vector<std::string> found;
    remoting::RecordWalker records(answer.body);
    while (const auto record = records.next()) found.emplace_back(record->body());
    EXPECT_FALSE(records.error());
    return found;
  }

  PluginBoundary store_plugin{"store", metrics, log, clock};
  SomeStore store;
  AskingConnection a{1};
};

TEST_F(HandleQueries, finds_messages_by_key_in_the_order_in_which_they_came) {
  add("one");
  add("other", 1000, "KEYS\1other\2");
  const auto last = add("two", 2000);
  const auto found = query("k");
  EXPECT_EQ(found.code, ResponseCode::success);
  EXPECT_THAT(bodies(found), ElementsAre("one", "two"));
  EXPECT_TRUE(found.pinned);
  EXPECT_EQ(found.fields.at("indexLastUpdateTimestamp"), "2000");
  EXPECT_EQ(found.fields.at("indexLastUpdatePhyoffset"), std::to_string(last));
}

TEST_F(HandleQueries, finds_a_message_by_its_unique_id_whatever_number_is_wanted) {
  add("one", 1000, "UNIQ_KEY\1id\2");
  EXPECT_THAT(bodies(query("id", {{"maxNum", "0"}, {"_UNIQUE_KEY_QUERY", "true"}})), ElementsAre("one"));
  EXPECT_EQ(query("id", {{"maxNum", "0"}}).code, ResponseCode::query_not_found);
  EXPECT_EQ(query("id", {{"maxNum", "-3"}}).code, ResponseCode::query_not_found);
}

TEST_F(HandleQueries, keeps_to_the_time_that_was_asked_for) {
  for (const std::int64_t ms : {100, 200, 300}) add(std::to_string(ms), ms);
  EXPECT_THAT(bodies(query("k", {{"beginTimestamp", "200"}, {"endTimestamp", "299"}})), ElementsAre("200"));
}

TEST_F(HandleQueries, says_in_apaches_words_that_there_is_none) {
  const auto none = query("k");
  EXPECT_EQ(none.code, ResponseCode::query_not_found);
  EXPECT_EQ(none.remark, "can not find message, maybe time range not correct");
  EXPECT_THAT(none.body, IsEmpty());
}

TEST_F(HandleQueries, answers_the_newest_when_there_are_more_than_wanted_or_allowed) {
  for (const char* body : {"1", "2", "3", "4"}) add(body);
  EXPECT_THAT(bodies(query("k", {{"maxNum", "3"}})), ElementsAre("2", "3", "4"));
  serving.config.max_query_messages = 2;
  EXPECT_THAT(bodies(query("k")), ElementsAre("3", "4"));
  EXPECT_THAT(bodies(query("k", {{"_UNIQUE_KEY_QUERY", "true"}})), ElementsAre("3", "4"));
}

TEST_F(HandleQueries, answers_so_many_bytes_and_at_least_one_message) {
  add("old");
  add("new");
  const std::size_t both = query("k").body.size();
  serving.config.max_query_size = ByteSize(both);
  EXPECT_THAT(bodies(query("k")), ElementsAre("old", "new"));
  serving.config.max_query_size = ByteSize(both - 1);
  EXPECT_THAT(bodies(query("k")), ElementsAre("new"));
  serving.config.max_query_size = ByteSize(1);
  EXPECT_THAT(bodies(query("k")), ElementsAre("new"));
}

TEST_F(HandleQueries, finds_a_message_by_where_it_begins_in_the_log) {
  add("one");
  const auto second = add("two");
  const auto found = view(second);
  EXPECT_EQ(found.code, ResponseCode::success);
  EXPECT_THAT(bodies(found), ElementsAre("two"));
  EXPECT_TRUE(found.pinned);
}

TEST_F(HandleQueries, says_that_no_message_begins_there) {
  add("one");
  for (const std::int64_t at : {1, 1'000'000, -1}) {
    const auto none = view(at);
    EXPECT_EQ(none.code, ResponseCode::system_error);
    EXPECT_EQ(none.remark, "can not find message by the offset, " + std::to_string(at));
  }
}

TEST_F(HandleQueries, passes_on_why_the_store_cannot_look) {
  const auto at = add("one");
  store.why_not = "bad sector";
  EXPECT_EQ(query("k").code, ResponseCode::system_error);
  EXPECT_EQ(query("k").remark, "bad sector");
  EXPECT_EQ(view(at).remark, "can not find message by the offset, 0: bad sector");
  extensions.remove(store_plugin);
  EXPECT_EQ(query("k").code, ResponseCode::service_not_available);
  EXPECT_EQ(view(at).code, ResponseCode::service_not_available);
}

TEST_F(HandleQueries, waits_for_a_store_that_has_to_go_to_its_disk) {
  const auto at = add("one");
  store.answers_later = true;
  EXPECT_THAT(bodies(query("k")), ElementsAre("one"));
  EXPECT_THAT(bodies(view(at)), ElementsAre("one"));
}

}  // namespace
}  // namespace gantry::kernel
