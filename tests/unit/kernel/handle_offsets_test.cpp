#include "remoting/bodies/heartbeat.h"
#include "remoting/command.h"
#include "tests/unit/kernel/some_serving.h"
#include "tests/unit/kernel/some_store.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using access::testing::Answered;
using access::testing::AskingConnection;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;

struct HandleOffsets : testing::Test, SomeServing {
  HandleOffsets() {
    extensions.for_plugin(store_plugin)->add(store);
    make_topic("orders", 2);
    add_offset_handlers(requests, serving);
  }

  void make_topic(const std::string& name, std::int32_t queues) {
    topics.put({.name = api::TopicName::parse(name).value(), .read_queues = queues, .write_queues = queues},
               api::Completion<void>([](auto) {}));
  }
  void add_messages(std::int32_t queue, int count) {
    for (int i = 0; i < count; ++i) store.add({.queue = queue});
  }
  Answered ask(RequestCode code, AskingConnection::Fields fields) {
    return a.ask(requests, {.code = code, .fields = std::move(fields)});
  }

  Answered query(const std::string& group, const std::string& queue = "0",
                 AskingConnection::Fields more = {}) {
    more.insert(more.end(), {{"consumerGroup", group}, {"topic", "orders"}, {"queueId", queue}});
    return ask(RequestCode::query_consumer_offset, std::move(more));
  }
  Answered commit(std::int64_t offset, const std::string& queue = "0", const std::string& topic = "orders",
                  const std::string& group = "g") {
    return ask(RequestCode::update_consumer_offset, {{"consumerGroup", group},
                                                     {"topic", topic},
                                                     {"queueId", queue},
                                                     {"commitOffset", std::to_string(offset)}});
  }
  // As Java's consumers do: nobody is answered.
  void commit_one_way(std::int64_t offset) {
    const std::string text = std::to_string(offset);
    const std::vector<remoting::Field> fields{
        {"consumerGroup", "g"}, {"topic", "orders"}, {"queueId", "0"}, {"commitOffset", text}};
    remoting::Command command{.code = static_cast<std::int32_t>(RequestCode::update_consumer_offset),
                              .flag = remoting::Command::kOnewayBit,
                              .fields = fields};
    const remoting::Request request{command, {}};
    requests.on_requests(silent, {std::span(&request, 1), nullptr});
  }
  std::int64_t stands() { return offsets.committed("g", "orders", api::QueueId{0})->value; }
  void consumer_comes() {
    clients.heard(b, {.id = "c"}, {.client_id = "c", .consumer_data_set = {{.group_name = "g"}}});
  }

  Answered search(std::int64_t ms, const std::string& boundary = "", const std::string& queue = "0") {
    AskingConnection::Fields fields{
        {"topic", "orders"}, {"queueId", queue}, {"timestamp", std::to_string(ms)}};
    if (!boundary.empty()) fields.push_back({"boundaryType", boundary});
    return ask(RequestCode::search_offset_by_timestamp, std::move(fields));
  }
  Answered of_queue(RequestCode code, const std::string& topic = "orders", const std::string& queue = "0") {
    return ask(code, {{"topic", topic}, {"queueId", queue}});
  }

  PluginBoundary store_plugin{"store", metrics, log, clock};
  SomeStore store;
  AskingConnection a{1}, b{2}, silent{3};
};

// --- QUERY_CONSUMER_OFFSET

TEST_F(HandleOffsets, tells_where_a_group_stands_whatever_the_queue_holds) {
  offsets.reset(api::GroupName::parse("g").value(), api::TopicName::parse("orders").value(), api::QueueId{0},
                {7});
  EXPECT_EQ(query("g").code, ResponseCode::success);
  EXPECT_EQ(query("g").fields.at("offset"), "7");
  EXPECT_EQ(query("g", "0", {{"setZeroIfNotFound", "false"}}).fields.at("offset"), "7");
}

TEST_F(HandleOffsets, lets_a_new_group_begin_at_zero_in_a_queue_that_is_young) {
  EXPECT_EQ(query("g").fields.at("offset"), "0");  // there is none yet
  store.make_queue("orders", 0);
  EXPECT_EQ(query("g").fields.at("offset"), "0");
  add_messages(0, 3);
  EXPECT_EQ(query("g").code, ResponseCode::success);
  EXPECT_EQ(query("g").fields.at("offset"), "0");
  EXPECT_EQ(query("g", "0", {{"setZeroIfNotFound", "true"}}).fields.at("offset"), "0");
}

TEST_F(HandleOffsets, lets_a_new_group_choose_where_the_first_message_is_gone_or_old) {
  add_messages(0, 3);
  store.take_away("orders", 0, 1);
  EXPECT_EQ(query("g").code, ResponseCode::query_not_found);
  store.take_away("orders", 0, 2);  // empty, and not young
  EXPECT_EQ(query("g").code, ResponseCode::query_not_found);
  add_messages(1, 3);
  EXPECT_EQ(query("g", "1").code, ResponseCode::success);
  store.cold = true;
  EXPECT_EQ(query("g", "1").code, ResponseCode::query_not_found);
  EXPECT_THAT(query("g", "1").remark, HasSubstr("Not found"));
}

TEST_F(HandleOffsets, lets_a_group_choose_that_asks_not_to_be_set_to_zero) {
  add_messages(0, 3);
  EXPECT_EQ(query("g", "0", {{"setZeroIfNotFound", "false"}}).code, ResponseCode::query_not_found);
}

TEST_F(HandleOffsets, never_answers_anything_but_an_offset_or_that_there_is_none) {
  add_messages(0, 3);
  store.why_not = "bad sector";
  EXPECT_EQ(query("g").code, ResponseCode::query_not_found);
  EXPECT_EQ(log.count("a queue's first message cannot be read; a new group begins where it wants to"), 1u);
  EXPECT_EQ(query("../g").code, ResponseCode::query_not_found);
  EXPECT_EQ(query("g", "-1").code, ResponseCode::query_not_found);

  extensions.remove(store_plugin);
  EXPECT_EQ(query("g").code, ResponseCode::query_not_found);
}

TEST_F(HandleOffsets, does_not_believe_a_slave_that_there_is_no_offset) {
  add_messages(0, 3);
  identity.id = 1;
  EXPECT_EQ(query("g").code, ResponseCode::query_not_found);
}

TEST_F(HandleOffsets, waits_for_a_store_that_has_to_go_to_its_disk) {
  add_messages(0, 3);
  store.answers_later = true;
  EXPECT_EQ(query("g").fields.at("offset"), "0");
  EXPECT_EQ(search(1000).fields.at("offset"), "0");
  EXPECT_EQ(of_queue(RequestCode::get_earliest_msg_storetime).fields.at("timestamp"), "1000");
}

// --- UPDATE_CONSUMER_OFFSET

TEST_F(HandleOffsets, takes_what_consumers_commit) {
  add_messages(0, 9);
  consumer_comes();
  EXPECT_EQ(commit(5).code, ResponseCode::success);
  EXPECT_EQ(query("g").fields.at("offset"), "5");
  commit_one_way(6);
  EXPECT_EQ(stands(), 6);
  EXPECT_EQ(commit(0, "1").code, ResponseCode::success);  // of a queue without a message
  EXPECT_EQ(query("g", "1").fields.at("offset"), "0");
}

TEST_F(HandleOffsets, does_not_let_a_late_consumer_take_its_group_back) {
  add_messages(0, 9);
  consumer_comes();
  commit(5);
  const auto late = commit(4);
  EXPECT_EQ(late.code, ResponseCode::system_error);
  EXPECT_THAT(late.remark, HasSubstr("group g stands at 5 in queue 0 of topic orders; 4 is behind that"));
  EXPECT_EQ(stands(), 5);
  requests.on_closed(b);
  clients.closed(b);
  commit_one_way(4);  // it came back, and has not said so yet
  EXPECT_EQ(stands(), 5);
}

TEST_F(HandleOffsets, lets_a_tool_take_a_group_back_of_which_nobody_is_there) {
  add_messages(0, 9);
  commit(5);
  EXPECT_EQ(commit(2).code, ResponseCode::success);
  EXPECT_EQ(stands(), 2);
}

TEST_F(HandleOffsets, lets_a_consumer_go_back_to_where_it_was_sent) {
  add_messages(0, 9);
  consumer_comes();
  commit(9);
  commits.sent_to("g", "orders", api::QueueId{0}, {3});
  commit_one_way(3);
  EXPECT_EQ(stands(), 3);
}

TEST_F(HandleOffsets, takes_minus_one_for_nothing) {
  add_messages(0, 9);
  EXPECT_EQ(commit(-1).code, ResponseCode::success);
  EXPECT_TRUE(offsets.topics_of("g").empty());
}

TEST_F(HandleOffsets, refuses_an_offset_that_nobody_can_have_reached_and_names_the_end) {
  add_messages(0, 9);
  EXPECT_EQ(commit(9).code, ResponseCode::success);
  EXPECT_EQ(commit(10).code, ResponseCode::system_error);
  EXPECT_EQ(commit(10).remark,
            "offset 10 is past the end of queue 0 of topic orders, which is 9; it was not taken");
  EXPECT_EQ(commit(1, "1").code, ResponseCode::system_error);
  EXPECT_EQ(stands(), 9);
}

TEST_F(HandleOffsets, refuses_offsets_for_what_does_not_exist) {
  EXPECT_EQ(commit(0, "0", "bills").code, ResponseCode::topic_not_exist);
  EXPECT_THAT(commit(0, "2").remark, HasSubstr("there is no queue 2 of topic orders, which has 2 queues"));
  EXPECT_EQ(commit(0, "-1").code, ResponseCode::system_error);
  EXPECT_THAT(commit(0, "0", "orders", "../g").remark, HasSubstr("../g"));
  store.make_queue("orders", 2);  // the topic had more once
  EXPECT_EQ(commit(0, "2").code, ResponseCode::success);
}

TEST_F(HandleOffsets, refuses_a_group_that_nobody_may_make) {
  serving.config.auto_create_groups = false;
  const auto unknown = commit(0);
  EXPECT_EQ(unknown.code, ResponseCode::subscription_group_not_exist);
  EXPECT_EQ(unknown.remark, "group g does not exist; no offset of it was taken");
  groups.put({.name = api::GroupName::parse("g").value()}, api::Completion<void>([](auto) {}));
  EXPECT_EQ(commit(0).code, ResponseCode::success);
}

// --- SEARCH_OFFSET_BY_TIMESTAMP

struct HandleOffsetsByTime : HandleOffsets {
  HandleOffsetsByTime() {
    for (const std::int64_t ms : {100, 200, 200, 200, 300, 400}) store.add({.stored_at = ms});
  }
  std::string at(std::int64_t ms, const std::string& boundary = "") {
    return search(ms, boundary).fields.at("offset");
  }
};

TEST_F(HandleOffsetsByTime, finds_the_nearest_and_of_two_the_earlier) {
  EXPECT_EQ(at(0), "0");
  EXPECT_EQ(at(100), "0");
  EXPECT_EQ(at(149), "0");
  EXPECT_EQ(at(150), "0");
  EXPECT_EQ(at(151), "1");
  EXPECT_EQ(at(200), "1");
  EXPECT_EQ(at(249), "3");
  EXPECT_EQ(at(251), "4");
  EXPECT_EQ(at(400), "5");
  EXPECT_EQ(at(401), "5");
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max()), "5");
  EXPECT_EQ(at(150, "MIDDLE"), "0");
}

TEST_F(HandleOffsetsByTime, finds_the_first_from_then_on_for_who_asks_for_the_lower_boundary) {
  EXPECT_EQ(at(0, "LOWER"), "0");
  EXPECT_EQ(at(101, "LOWER"), "1");
  EXPECT_EQ(at(200, "lower"), "1");
  EXPECT_EQ(at(400, "LOWER"), "5");
  EXPECT_EQ(at(401, "LOWER"), "6");
}

TEST_F(HandleOffsetsByTime, finds_the_last_until_then_for_who_asks_for_the_upper_boundary) {
  EXPECT_EQ(at(0, "UPPER"), "0");
  EXPECT_EQ(at(199, "UPPER"), "0");
  EXPECT_EQ(at(200, "UPPER"), "3");
  EXPECT_EQ(at(299, "upper"), "3");
  EXPECT_EQ(at(401, "UPPER"), "5");
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max(), "UPPER"), "5");
}

TEST_F(HandleOffsetsByTime, stays_within_what_retention_has_left) {
  store.take_away("orders", 0, 4);
  for (const char* boundary : {"", "LOWER", "UPPER"}) EXPECT_EQ(at(0, boundary), "4") << boundary;
  EXPECT_EQ(at(299), "4");
  EXPECT_EQ(at(500), "5");
  store.take_away("orders", 0, 2);
  for (const char* boundary : {"", "LOWER", "UPPER"}) EXPECT_EQ(at(300, boundary), "6") << boundary;
}

TEST_F(HandleOffsetsByTime, finds_zero_in_a_queue_without_messages) {
  EXPECT_EQ(search(100, "", "1").fields.at("offset"), "0");
  store.make_queue("orders", 1);
  for (const char* boundary : {"", "LOWER", "UPPER"})
    EXPECT_EQ(search(100, boundary, "1").fields.at("offset"), "0") << boundary;
}

TEST_F(HandleOffsetsByTime, passes_on_why_the_store_cannot_look) {
  store.why_not = "bad sector";
  EXPECT_EQ(search(100).code, ResponseCode::system_error);
  EXPECT_EQ(search(100).remark, "bad sector");
}

// --- GET_MAX_OFFSET, GET_MIN_OFFSET, GET_EARLIEST_MSG_STORETIME

TEST_F(HandleOffsets, tells_where_a_queue_begins_and_ends_and_since_when) {
  for (const std::int64_t ms : {100, 200, 300}) store.add({.stored_at = ms});
  store.take_away("orders", 0, 1);
  EXPECT_EQ(of_queue(RequestCode::get_max_offset).fields.at("offset"), "3");
  EXPECT_EQ(of_queue(RequestCode::get_min_offset).fields.at("offset"), "1");
  EXPECT_EQ(of_queue(RequestCode::get_earliest_msg_storetime).fields.at("timestamp"), "200");
}

TEST_F(HandleOffsets, takes_a_queue_that_is_not_there_for_an_empty_one) {
  store.make_queue("orders", 1);
  for (const auto& [topic, queue] :
       {std::pair{"orders", "1"}, {"orders", "7"}, {"nothing", "0"}, {"orders", "-1"}}) {
    EXPECT_EQ(of_queue(RequestCode::get_max_offset, topic, queue).fields.at("offset"), "0");
    EXPECT_EQ(of_queue(RequestCode::get_min_offset, topic, queue).fields.at("offset"), "0");
    EXPECT_EQ(of_queue(RequestCode::get_earliest_msg_storetime, topic, queue).fields.at("timestamp"), "-1");
  }
}

TEST_F(HandleOffsets, says_that_nothing_is_kept_here_and_what_cannot_be_read) {
  add_messages(0, 1);
  store.why_not = "bad sector";
  EXPECT_EQ(of_queue(RequestCode::get_earliest_msg_storetime).remark, "bad sector");
  extensions.remove(store_plugin);
  for (const auto code :
       {RequestCode::get_max_offset, RequestCode::get_min_offset, RequestCode::get_earliest_msg_storetime})
    EXPECT_EQ(of_queue(code).code, ResponseCode::service_not_available);
  EXPECT_EQ(commit(0).code, ResponseCode::service_not_available);
  EXPECT_EQ(search(1).code, ResponseCode::service_not_available);
}

}  // namespace
}  // namespace gantry::kernel
