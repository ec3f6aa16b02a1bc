#include "kernel/topic_maker.h"

#include "logging/capturing_logger.h"
#include "tests/unit/kernel/held_topics.h"

#include <atomic>
#include <barrier>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using remoting::ResponseCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Outcome = api::Result<std::shared_ptr<const api::Topic>>;

api::TopicName topic_called(std::string_view name) {
  return api::TopicName::parse(name).value();
}

class TopicMakerTest : public testing::Test {
 protected:
  TopicMakerTest() { model({.name = topic_called("TBW102"), .perm = 7}); }

  void model(const api::Topic& topic) { topics.there.put(topic, HeldTopics::nobody()); }
  TopicMaker::Made keep() {
    return [this](Outcome outcome) { told.push_back(std::move(outcome)); };
  }
  void make(std::string_view topic, std::string_view after = "TBW102", std::int32_t queues = 4) {
    maker.make(topic, after, queues, keep());
  }
  // The one that was told so far.
  Outcome only() {
    EXPECT_EQ(told.size(), 1U);
    return told.empty() ? Outcome(api::Refusal{.text = "nothing was told"}) : told.front();
  }
  std::string why_not(std::string_view topic, std::string_view after) {
    told.clear();
    make(topic, after);
    const auto outcome = only();
    if (outcome) return "it was made";
    EXPECT_EQ(outcome.error().code, ResponseCode::topic_not_exist);
    EXPECT_THAT(topics.puts, IsEmpty());
    return outcome.error().text;
  }

  logging::CapturingLogger log;
  HeldTopics topics;
  TopicMaker maker{topics, {}, log};
  std::vector<Outcome> told;
};

TEST_F(TopicMakerTest, tells_one_that_is_there_at_once) {
  model({.name = topic_called("orders"), .read_queues = 3});
  make("orders", "no such model");
  EXPECT_EQ(only().value()->read_queues, 3);
  EXPECT_TRUE(topics.held.empty());
}

TEST_F(TopicMakerTest, makes_a_missing_one_after_its_model_and_tells_it_once_it_is_on_disk) {
  model(
      {.name = topic_called("like-this"), .read_queues = 5, .write_queues = 6, .perm = 5, .multi_tag = true});
  maker.make("orders", "like-this", 20, keep(), 1);
  EXPECT_TRUE(told.empty());
  topics.keep_one();
  const api::Topic expected{.name = topic_called("orders"),
                            .read_queues = 6,
                            .write_queues = 6,
                            .perm = 4,
                            .sys_flag = 1,
                            .multi_tag = true};
  EXPECT_EQ(*only().value(), expected);
  EXPECT_EQ(*topics.find("orders"), expected);
  EXPECT_EQ(log.count("topic made"), 1U);
}

TEST_F(TopicMakerTest, gives_it_as_many_queues_as_the_producer_wants_but_at_least_one) {
  for (const auto& [wanted, given] : {std::pair{4, 4}, {9, 8}, {1, 1}, {0, 1}, {-7, 1}}) {
    const std::string name = "t" + std::to_string(wanted);
    make(name, "TBW102", wanted);
    topics.keep_one();
    EXPECT_EQ(topics.find(name)->read_queues, given) << wanted;
    EXPECT_EQ(topics.find(name)->write_queues, given) << wanted;
    EXPECT_EQ(topics.find(name)->perm, 6);
  }
}

TEST_F(TopicMakerTest, says_why_it_makes_none) {
  EXPECT_EQ(why_not("orders", "nothing"),
            "topic[orders] not exist, apply first please! It is not made by sending to it: there is no topic "
            "\"nothing\" to make it after");
  model({.name = topic_called("closed"), .perm = 6});
  EXPECT_THAT(why_not("orders", "closed"),
              HasSubstr("\"closed\" is no model, its perm is 6 and has no 1 in it"));
  TopicMaker strict(topics, {.auto_create = false}, log);
  told.clear();
  strict.make("orders", "TBW102", 4, keep());
  EXPECT_EQ(only().error().code, ResponseCode::topic_not_exist);
  EXPECT_THAT(only().error().text, HasSubstr("auto_create_topics is off"));
}

TEST_F(TopicMakerTest, follows_another_model_while_auto_creation_is_off) {
  model({.name = topic_called("DefaultCluster"), .perm = 7});
  TopicMaker strict(topics, {.auto_create = false}, log);
  strict.make("orders", "DefaultCluster", 4, keep());
  topics.keep_one();
  EXPECT_EQ(only().value()->write_queues, 4);
}

TEST_F(TopicMakerTest, makes_none_of_a_name_that_can_be_none) {
  make("../etc");
  EXPECT_EQ(only().error().code, ResponseCode::system_error);
  EXPECT_THAT(only().error().text, HasSubstr("../etc"));
  told.clear();
  maker.make_retry_or_dlq("%RETRY%" + std::string(121, 'g'), 1, keep());
  EXPECT_EQ(only().error().code, ResponseCode::system_error);
  EXPECT_THAT(topics.puts, IsEmpty());
}

TEST_F(TopicMakerTest, makes_topics_of_retries_and_dead_letters_without_a_model) {
  TopicMaker strict(topics, {.auto_create = false}, log);
  strict.make("%RETRY%g", "TBW102", 4, keep());
  topics.keep_one();
  EXPECT_EQ(*only().value(),
            (api::Topic{.name = topic_called("%RETRY%g"), .read_queues = 1, .write_queues = 1}));
  told.clear();
  strict.make_retry_or_dlq("%DLQ%g", 3, keep(), 2);
  topics.keep_one();
  EXPECT_EQ(
      *only().value(),
      (api::Topic{
          .name = topic_called("%DLQ%g"), .read_queues = 3, .write_queues = 3, .perm = 6, .sys_flag = 2}));
  told.clear();
  strict.make_retry_or_dlq("%DLQ%g", 1, keep());
  EXPECT_EQ(only().value()->read_queues, 3);
}

TEST_F(TopicMakerTest, makes_none_for_a_sender_that_only_the_broker_writes_to) {
  make("RMQ_SYS_TRANS_HALF_TOPIC");
  EXPECT_EQ(only().error().code, ResponseCode::no_permission);
  EXPECT_THAT(only().error().text, HasSubstr("topic[RMQ_SYS_TRANS_HALF_TOPIC] is forbidden"));
  EXPECT_THAT(topics.puts, IsEmpty());
}

TEST_F(TopicMakerTest, makes_no_more_than_are_allowed) {
  TopicMaker few(topics, {.max_topics = 2}, log);
  few.make("orders", "TBW102", 4, keep());
  topics.keep_one();
  EXPECT_TRUE(only());
  told.clear();
  few.make("invoices", "TBW102", 4, keep());
  EXPECT_EQ(only().error().code, ResponseCode::topic_not_exist);
  EXPECT_THAT(only().error().text, HasSubstr("this broker has 2 topics, and 2 are allowed (max_topics)"));
  told.clear();
  few.make_retry_or_dlq("%RETRY%g", 1, keep());
  EXPECT_EQ(only().error().code, ResponseCode::system_error);
  EXPECT_THAT(only().error().text, HasSubstr("(max_topics)"));
  told.clear();
  few.make("orders", "TBW102", 4, keep());
  EXPECT_TRUE(only());
}

TEST_F(TopicMakerTest, counts_those_that_are_on_their_way_to_the_disk) {
  TopicMaker few(topics, {.max_topics = 3}, log);
  few.make_retry_or_dlq("%RETRY%a", 1, keep());
  const auto place = few.turns().places().take().value();
  few.make_retry_or_dlq("%RETRY%b", 1, keep());
  EXPECT_THAT(only().error().text, HasSubstr("this broker has 3 topics, and 3 are allowed (max_topics)"));
  EXPECT_EQ(few.turns().places().take().error().text,
            "this broker has 3 topics, and 3 are allowed (max_topics)");
  EXPECT_TRUE(few.turns().is_busy("%RETRY%a"));
  EXPECT_FALSE(few.turns().is_busy("%RETRY%b"));
  topics.fail_one("the disk is full");
  told.clear();
  few.make_retry_or_dlq("%RETRY%b", 1, keep());
  topics.keep_one();
  EXPECT_TRUE(only()) << "the place of what failed is free again";
}

TEST_F(TopicMakerTest, has_a_place_free_again_before_anybody_is_told) {
  TopicMaker few(topics, {.max_topics = 3}, log);
  few.make_retry_or_dlq("%RETRY%a", 1, [&](const Outcome& made) {
    EXPECT_TRUE(made);
    few.make_retry_or_dlq("%RETRY%b", 1, keep());
  });
  topics.keep_one();
  topics.keep_one();
  EXPECT_TRUE(only());
}

TEST_F(TopicMakerTest, writes_once_for_all_who_want_the_same) {
  make("orders", "TBW102", 4);
  make("orders", "TBW102", 2);
  make("orders", "no such model");
  make("invoices");
  topics.keep_one();
  EXPECT_THAT(topics.puts, ElementsAre("orders", "invoices"));
  ASSERT_EQ(told.size(), 3U);
  for (const auto& outcome : told) EXPECT_EQ(outcome.value()->write_queues, 4);
  topics.keep_one();
  EXPECT_EQ(told.back().value()->name.str(), "invoices");
}

TEST_F(TopicMakerTest, tells_a_failure_to_all_who_shared_it_and_tries_anew_for_who_comes_then) {
  make("orders");
  topics.fail_one("the disk is full");
  EXPECT_EQ(only().error().text, "the disk is full");
  EXPECT_EQ(log.wait_for("topic cannot be made")->field("reason"), "\"the disk is full\"");
  told.clear();
  make("orders");
  make("orders");
  topics.keep_one();
  EXPECT_EQ(told.size(), 2U);
  EXPECT_TRUE(told.back());
  EXPECT_THAT(topics.puts, SizeIs(2));
}

TEST_F(TopicMakerTest, may_be_asked_again_by_who_is_being_told) {
  maker.make("orders", "TBW102", 4, [&](const Outcome& first) {
    EXPECT_TRUE(first);
    make("orders");
  });
  topics.keep_one();
  EXPECT_TRUE(only());
  EXPECT_TRUE(topics.held.empty());
}

TEST_F(TopicMakerTest, leaves_a_topic_as_an_administrator_makes_it_in_that_moment) {
  const api::Topic wish{.name = topic_called("orders"), .read_queues = 16, .write_queues = 16};
  maker.turns().change("orders", [&](TopicMaker::Turns::Turn turn) {
    topics.put(wish, api::Completion<void>([turn](const api::Result<void>&) {}));
  });
  make("orders");
  EXPECT_THAT(topics.puts, ElementsAre("orders"));
  topics.keep_one();
  EXPECT_EQ(*only().value(), wish);
  EXPECT_TRUE(topics.held.empty());
}

TEST_F(TopicMakerTest, lets_changes_of_one_name_wait_for_each_other_and_of_others_not) {
  std::vector<std::string> began;
  TopicMaker::Turns::Turn first, second;
  const auto change = [&](const std::string& name, TopicMaker::Turns::Turn& mine) {
    maker.turns().change(name, [&, name](TopicMaker::Turns::Turn turn) {
      began.push_back(name);
      mine = std::move(turn);
    });
  };
  TopicMaker::Turns::Turn other;
  change("a", first);
  change("a", second);
  change("b", other);
  EXPECT_THAT(began, ElementsAre("a", "b"));
  make("a");
  first.reset();
  EXPECT_THAT(began, ElementsAre("a", "b", "a"));
  EXPECT_THAT(topics.puts, IsEmpty());
  second.reset();
  EXPECT_THAT(topics.puts, ElementsAre("a"));
  topics.keep_one();
  EXPECT_TRUE(only());
}

TEST_F(TopicMakerTest, tells_each_who_waited_for_an_administrator_why_it_cannot_be_made) {
  TopicMaker::Turns::Turn turn;
  maker.turns().change("orders", [&](TopicMaker::Turns::Turn mine) { turn = std::move(mine); });
  make("orders", "nothing");
  make("orders", "TBW102", 2);
  make("orders", "nothing");
  turn.reset();
  EXPECT_THAT(only().error().text, StartsWith("topic[orders] not exist"));
  topics.keep_one();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[1].value()->write_queues, 2);
  EXPECT_EQ(told[2].value(), told[1].value());
}

TEST(TopicMakerThreads, make_as_many_as_are_allowed_and_not_one_more) {
  constexpr int kThreads = 4;
  constexpr std::size_t kMost = 100;
  logging::CapturingLogger log;
  SomeTopics topics;
  TopicMaker maker(topics, {.max_topics = kMost}, log);
  std::barrier together(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      together.arrive_and_wait();
      for (std::size_t i = 0; i < kMost; ++i)
        maker.make_retry_or_dlq("%RETRY%" + std::to_string(thread) + "-" + std::to_string(i), 1,
                                [](const Outcome&) {});
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(topics.count(), kMost);
}

TEST(TopicMakerThreads, put_one_topic_once_and_tell_everyone) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 200;
  logging::CapturingLogger log;
  SomeTopics topics;
  topics.put({.name = topic_called("TBW102"), .perm = 7}, HeldTopics::nobody());
  TopicMaker maker(topics, {}, log);
  std::barrier together(kThreads);
  std::atomic<int> told = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        together.arrive_and_wait();
        maker.make("t" + std::to_string(round), "TBW102", 4,
                   [&](const Outcome& outcome) { told += outcome ? 1 : 0; });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(told, kThreads * kRounds);
  EXPECT_EQ(topics.version().counter, kRounds + 1);
}

}  // namespace
}  // namespace gantry::kernel
