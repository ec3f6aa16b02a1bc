#include "kernel/name_servers.h"

#include "kernel/real_clock.h"
#include "logging/capturing_logger.h"
#include "remoting/bodies/register_broker.h"
#include "remoting/crc32.h"
#include "remoting/headers/name_server.h"
#include "tests/unit/kernel/some_tables.h"
#include "tests/unit/remoting/echo_server.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using remoting::RequestCode;
using remoting::ResponseCode;
using remoting::testing::EchoServer;
using remoting::testing::eventually;
using testing::ElementsAre;
using testing::HasSubstr;

// What brokers say to it, and what it answers.
class SomeNameServer {
 public:
  struct Said {
    RequestCode code{};
    std::string cluster, broker, address, ha_address;
    std::int64_t id = -1;
    bool crc_fits = false, compressed = false;
    remoting::RegisterBrokerBody body;
  };

  SomeNameServer() {
    server_.sink.handle = [this](remoting::Connection& from, const remoting::Request& request) {
      {
        const std::lock_guard lock(mutex_);
        if (silent_) return static_cast<void>(kept_.emplace_back(from.answer_later(request)));
      }
      const std::string why = hear(request);
      from.answer(request,
                  {.code = refusing ? ResponseCode::system_error : ResponseCode::success, .remark = why});
    };
  }

  ~SomeNameServer() {
    // Unanswered ones are answered as long as there is a server that does it.
    const std::lock_guard lock(mutex_);
    silent_ = false;
    kept_.clear();
  }

  std::string address() const { return server_.address(); }
  void fall_silent() {
    const std::lock_guard lock(mutex_);
    silent_ = true;
  }
  std::vector<Said> all_said() const {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  bool heard(std::size_t times) const {
    return eventually([&] { return all_said().size() >= times; });
  }

  std::atomic<bool> refusing = false;

 private:
  std::string hear(const remoting::Request& request) {
    Said said{.code = request.code()};
    if (request.code() == RequestCode::register_broker) {
      const auto header =
          remoting::read_header<remoting::RegisterBrokerRequestHeader>(request.command.fields).value();
      std::string text(request.body);
      said.crc_fits = remoting::masked_crc32(text) == header.body_crc32;
      said.compressed = header.compressed;
      if (header.compressed)
        said.body = remoting::inflate_register_broker(request.body, ByteSize::mib(1)).value();
      else
        read_json(text, said.body).value();
      said.cluster = header.cluster_name;
      said.broker = header.broker_name;
      said.address = header.broker_addr;
      said.ha_address = header.ha_server_addr;
      said.id = header.broker_id;
    } else {
      const auto header =
          remoting::read_header<remoting::UnregisterBrokerRequestHeader>(request.command.fields).value();
      said.broker = header.broker_name;
      said.address = header.broker_addr;
      said.id = header.broker_id;
    }
    const std::lock_guard lock(mutex_);
    said_.push_back(std::move(said));
    return refusing ? "not today" : "";
  }

  mutable std::mutex mutex_;
  std::vector<Said> said_;  // guarded by mutex_, like what follows
  std::vector<remoting::Responder> kept_;
  bool silent_ = false;
  EchoServer server_{{}, 1};
};

struct Part final : api::Registration {
  explicit Part(api::RegistrationPart what) : said(std::move(what)) {}
  api::RegistrationPart part() override { return said; }
  api::RegistrationPart said;
};

struct NameServersTest : testing::Test {
  NameServersTest() { threads.start(); }
  ~NameServersTest() override {
    jobs->close();
    told.reset();
    threads.stop();
  }

  NameServers& begin(std::vector<std::string> addresses, std::chrono::milliseconds interval = 1h) {
    told = std::make_unique<NameServers>(
        NameServers::Parts{threads, *jobs, identity, topics, registrations, log},
        NameServers::Settings{std::move(addresses), interval, 20s, largest_plain, largest_body});
    all_told = told->begin();
    return *told;
  }
  void add(const std::string& name) {
    topics.put({.name = api::TopicName::parse(name).value(), .read_queues = 4, .write_queues = 3},
               api::Completion<void>([](auto) {}));
  }

  logging::CapturingLogger log;
  const RealClock clock;
  MetricsRegistry metrics;
  PluginBoundary boundary{"broker", metrics, log, clock};
  PluginBoundary ha{"ha", metrics, log, clock}, other{"other", metrics, log, clock};
  BackgroundThreads background{1, clock};
  std::unique_ptr<PluginJobs> jobs = background.for_plugin(boundary);
  remoting::IoThreads threads{1};
  const api::BrokerIdentity identity{
      .cluster = "c1", .name = "broker-a", .id = 0, .version = "1", .address = "10.0.0.7:10911", .host = {}};
  ByteSize largest_plain = ByteSize::mib(4), largest_body = ByteSize::mib(16);
  SomeTopics topics;
  std::vector<Installed<api::Registration>> registrations;
  std::unique_ptr<NameServers> told;
  std::future<void> all_told;
};

TEST_F(NameServersTest, are_told_all_about_the_broker_each_by_itself) {
  SomeNameServer one, two;
  add("orders");
  begin({one.address(), two.address()});
  for (const SomeNameServer* server : {&one, &two}) {
    ASSERT_TRUE(server->heard(1));
    const auto said = server->all_said().front();
    EXPECT_EQ(said.code, RequestCode::register_broker);
    EXPECT_EQ(said.cluster + " " + said.broker + " " + said.address, "c1 broker-a 10.0.0.7:10911");
    EXPECT_EQ(said.id, 0);
    EXPECT_EQ(said.ha_address, "");
    EXPECT_TRUE(said.crc_fits);
    const auto& wrapper = said.body.topic_config_serialize_wrapper;
    EXPECT_EQ(wrapper.data_version.counter, 1);
    EXPECT_EQ(wrapper.data_version.timestamp, 1700);
    ASSERT_EQ(wrapper.topic_config_table.size(), 1U);
    EXPECT_EQ(wrapper.topic_config_table.at("orders").write_queue_nums, 3);
  }
  EXPECT_TRUE(eventually([&] { return log.count("registered") == 2; }));
}

TEST_F(NameServersTest, are_waited_for_until_each_has_said_yes_or_no) {
  SomeNameServer one, two;
  two.refusing = true;
  begin({one.address(), two.address(), "127.0.0.1:1"});
  all_told.get();
  EXPECT_EQ(log.count("registered"), 1U);
  EXPECT_EQ(log.count("a name server does not take this broker's registration; it is tried again"), 2U);
}

TEST_F(NameServersTest, are_told_again_after_each_interval) {
  SomeNameServer server;
  begin({server.address()}, 5ms);
  EXPECT_TRUE(server.heard(5));
  EXPECT_EQ(log.count("registered"), 1U) << "nothing has changed";
}

TEST_F(NameServersTest, are_told_as_soon_as_a_topic_changes) {
  SomeNameServer server;
  begin({server.address()});
  ASSERT_TRUE(server.heard(1));
  add("orders");
  add("payments");
  EXPECT_TRUE(eventually([&] {
    return server.all_said().back().body.topic_config_serialize_wrapper.topic_config_table.size() == 2;
  }));
}

TEST_F(NameServersTest, are_told_of_many_topics_in_a_compressed_body) {
  SomeNameServer server;
  Part filters({.broker_id = {}, .ha_address = {}, .filter_servers = {"10.0.0.7:30000"}});
  registrations = {{&other, &filters}};
  largest_plain = ByteSize(600);
  add("orders");
  begin({server.address()});
  ASSERT_TRUE(server.heard(1));
  EXPECT_FALSE(server.all_said().front().compressed);
  for (int i = 0; i < 5; ++i) add("payments-" + std::to_string(i));
  ASSERT_TRUE(eventually([&] {
    return server.all_said().back().body.topic_config_serialize_wrapper.topic_config_table.size() == 6;
  }));
  const auto said = server.all_said().back();
  EXPECT_TRUE(said.compressed);
  EXPECT_TRUE(said.crc_fits) << "it is that of the bytes that were sent";
  EXPECT_EQ(said.body.topic_config_serialize_wrapper.topic_config_table.at("payments-3").read_queue_nums, 4);
  EXPECT_EQ(said.body.topic_config_serialize_wrapper.data_version.counter, 6);
  EXPECT_THAT(said.body.filter_server_list, ElementsAre("10.0.0.7:30000"));
  told->take_leave();  // and asks the plugin no more
}

TEST_F(NameServersTest, are_not_told_of_more_topics_than_they_can_take_and_that_is_said_once) {
  SomeNameServer server;
  largest_plain = ByteSize(100);
  largest_body = ByteSize(200);
  begin({server.address()}, 5ms);
  all_told.get();
  ASSERT_TRUE(server.heard(1));
  for (int i = 0; i < 100; ++i) add("t" + std::to_string(i * 7919));
  const std::string_view complaint =
      "this broker has more topics than it can register; name servers keep what they know for two minutes, "
      "then nobody finds it: delete topics, and see max_topics";
  const auto line = log.wait_for(complaint);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->level, logging::Level::error);
  EXPECT_EQ(line->field("allowed_bytes"), "200");
  told->take_leave();
  EXPECT_EQ(log.count(complaint), 1U);
  EXPECT_EQ(server.all_said().back().code, RequestCode::unregister_broker);
}

TEST_F(NameServersTest, keep_nobody_waiting_who_has_too_many_topics_from_the_start) {
  SomeNameServer server;
  largest_plain = largest_body = ByteSize(10);
  begin({server.address()});
  all_told.get();
  EXPECT_TRUE(server.all_said().empty());
}

TEST_F(NameServersTest, hear_what_plugins_add) {
  SomeNameServer server;
  Part role({.broker_id = 3, .ha_address = "10.0.0.7:10912", .filter_servers = {}});
  Part filters({.broker_id = {}, .ha_address = {}, .filter_servers = {"10.0.0.7:30000"}});
  registrations = {{&ha, &role}, {&other, &filters}};
  begin({server.address()});
  ASSERT_TRUE(server.heard(1));
  const auto said = server.all_said().front();
  EXPECT_EQ(said.id, 3);
  EXPECT_EQ(said.ha_address, "10.0.0.7:10912");
  EXPECT_THAT(said.body.filter_server_list, ElementsAre("10.0.0.7:30000"));
}

TEST_F(NameServersTest, hear_nothing_from_two_plugins_that_say_the_same_thing) {
  SomeNameServer server;
  Part one({.broker_id = 3, .ha_address = {}, .filter_servers = {}});
  Part two({.broker_id = 4, .ha_address = {}, .filter_servers = {}});
  registrations = {{&ha, &one}, {&other, &two}};
  try {
    begin({server.address()});
    FAIL() << "it began";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "plugins ha and other both say what this broker's id is; enable one of them");
  }
}

TEST_F(NameServersTest, that_refuse_are_named_once_and_tried_again) {
  SomeNameServer server, well;
  server.refusing = true;
  begin({server.address(), well.address()}, 5ms);
  ASSERT_TRUE(server.heard(3));
  const auto line = log.wait_for("a name server does not take this broker's registration; it is tried again");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->field("name_server"), server.address());
  EXPECT_THAT(line->field("reason"), HasSubstr("it answered 1: not today"));
  EXPECT_EQ(log.count(line->message), 1U);
  server.refusing = false;
  EXPECT_TRUE(eventually([&] { return log.count("registered") == 2; }));
}

TEST_F(NameServersTest, that_are_not_there_keep_nobody_waiting) {
  SomeNameServer well;
  begin({"127.0.0.1:1", well.address()}, 5ms);
  EXPECT_TRUE(well.heard(3));
  const auto line = log.wait_for("a name server does not take this broker's registration; it is tried again");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->field("name_server"), "127.0.0.1:1");
  EXPECT_THAT(line->field("reason"), HasSubstr("cannot connect"));
}

TEST_F(NameServersTest, that_do_not_answer_keep_nobody_waiting) {
  SomeNameServer silent, well;
  silent.fall_silent();
  begin({silent.address(), well.address()}, 5ms);
  EXPECT_TRUE(well.heard(3));
}

TEST_F(NameServersTest, hear_that_the_broker_is_gone_and_nothing_after_that) {
  SomeNameServer one, two;
  begin({one.address(), two.address()}, 5ms);
  ASSERT_TRUE(one.heard(1) && two.heard(1));
  told->take_leave();
  for (const SomeNameServer* server : {&one, &two}) {
    const auto said = server->all_said().back();
    EXPECT_EQ(said.code, RequestCode::unregister_broker);
    EXPECT_EQ(said.broker + " " + said.address, "broker-a 10.0.0.7:10911");
    EXPECT_EQ(said.id, 0);
  }
  add("late");
  EXPECT_EQ(one.all_said().back().code, RequestCode::unregister_broker);
}

TEST_F(NameServersTest, that_never_knew_the_broker_need_not_hear_that_it_is_gone) {
  SomeNameServer server;
  server.refusing = true;
  begin({server.address(), "127.0.0.1:1"});
  ASSERT_TRUE(eventually([&] {
    return log.count("a name server does not take this broker's registration; it is tried again") == 2;
  }));
  told->take_leave();
  EXPECT_EQ(server.all_said().size(), 1U);
}

}  // namespace
}  // namespace gantry::kernel
