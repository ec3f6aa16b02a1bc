#include "namesrv/name_server.h"

#include "logging/capturing_logger.h"
#include "remoting/client.h"
#include "remoting/headers/name_server.h"
#include "tests/unit/namesrv/served.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::namesrv {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using remoting::RequestCode;
using remoting::ResponseCode;
using testing::HasSubstr;

class NameServerTest : public testing::Test {
 protected:
  NameServerTest() {
    std::string pattern = (fs::temp_directory_path() / "gantry-namesrv-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
    config.listen = {"127.0.0.1", 0};
    config.io_threads = 2;
    config.data_dir = directory;
    client_threads.start();
  }
  ~NameServerTest() override {
    client_threads.stop();
    fs::remove_all(directory);
  }

  NameServer& start() {
    server.emplace(config, options::Origins(), policy, log);
    server->start();
    return *server;
  }

  std::string why_it_cannot_start() {
    try {
      start();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "it started";
  }

  // Each client has a connection of its own.
  struct Asker {
    explicit Asker(NameServerTest& test)
        : client(test.client_threads, nothing, {}, test.log),
          address("127.0.0.1:" + std::to_string(test.server->endpoints().front().port())) {}

    // "<code> <body>", or the error.
    std::string ask(RequestCode code, remoting::HeaderRef header, const std::string& body = {}) {
      std::promise<std::string> answered;
      const remoting::Slice slice{body, nullptr};
      remoting::OutgoingRequest request{code, header, {}, {}};
      if (!body.empty()) request.body = std::span(&slice, 1);
      client.request(address, request, 20s, [&](boost::system::result<remoting::Response> response) {
        answered.set_value(response
                               ? std::to_string(response->command.code) + " " + std::string(response->body)
                               : response.error().message());
      });
      return answered.get_future().get();
    }
    std::string route(std::string_view topic) {
      return ask(RequestCode::get_routeinfo_by_topic, remoting::GetRouteInfoRequestHeader{topic});
    }
    std::string registers(const SomeBroker& broker) {
      const remoting::RegisterBrokerRequestHeader header{
          broker.name, broker.address, broker.cluster, broker.ha_address, broker.id_, false, 0};
      return ask(RequestCode::register_broker, header, Served::body_of(broker));
    }

    remoting::NoRequests nothing;
    remoting::Client client;
    std::string address;
  };

  fs::path directory;
  NamesrvConfig config;
  access::AllowAll policy;
  logging::CapturingLogger log;
  remoting::IoThreads client_threads{2};
  std::optional<NameServer> server;
};

TEST_F(NameServerTest, serves_brokers_and_clients_until_it_is_stopped) {
  start();
  Asker broker(*this);
  Asker client(*this);
  EXPECT_EQ(client.route("orders"), "17 ");
  EXPECT_EQ(broker.registers(a_broker("broker-a").serving("orders")), "0 ");
  EXPECT_THAT(client.route("orders"), HasSubstr("10.0.0.1:10911"));
  server->stop();
  EXPECT_THAT(client.route("orders"), testing::Not(HasSubstr("broker-a")));
}

TEST_F(NameServerTest, routes_are_asked_on_several_connections_while_brokers_register_and_go) {
  start();
  Asker stays(*this);
  stays.registers(a_broker("stays").at("s:1").serving("orders"));
  std::atomic<bool> over{false};
  std::atomic<int> missing{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      Asker client(*this);
      do {
        if (client.route("orders").find("s:1") == std::string::npos) ++missing;
      } while (!over);
    });
  }
  for (int round = 0; round < 20; ++round) {
    Asker passing(*this);
    EXPECT_EQ(passing.registers(a_broker("passing").at("p:1").serving("orders")), "0 ");
  }
  over = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(missing, 0);
}

TEST_F(NameServerTest, a_silent_broker_s_connection_is_closed_and_its_routes_are_gone) {
  config.broker_expiry = 1ms;
  config.scan_interval = 100ms;
  start();
  Asker broker(*this);
  broker.registers(a_broker("broker-a").serving("orders"));
  ASSERT_TRUE(log.wait_for("broker silent, removed"));
  EXPECT_EQ(Asker(*this).route("orders"), "17 ");
}

TEST_F(NameServerTest, a_change_by_request_reaches_the_listener_the_timers_and_who_runs_the_server) {
  config.scan_interval = 1h;
  std::promise<logging::Level> told;
  server.emplace(config, options::Origins(), policy, log);
  server->at_config_change([&](const NamesrvConfig& changed) { told.set_value(changed.log_level); });
  server->start();
  Asker broker(*this);
  broker.registers(a_broker("broker-a").serving("orders"));
  EXPECT_EQ(broker.ask(RequestCode::update_namesrv_config, {},
                       "broker_expiry=1s\nscan_interval=100ms\nlog_level=debug\n"),
            "0 ");
  EXPECT_EQ(told.get_future().get(), logging::Level::debug);
  EXPECT_TRUE(log.wait_for("broker silent, removed"));
}

TEST_F(NameServerTest, logs_the_kv_config_now_and_then) {
  config.kv_log_interval = 10ms;
  std::ofstream(directory / "kvConfig.json") << R"({"configTable":{"ns":{"k":"v"}}})";
  start();
  const auto line = log.wait_for("KV entry");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->field("key"), "k");
}

TEST_F(NameServerTest, says_in_a_sentence_why_it_cannot_start) {
  config.listen = {"no.such.host.invalid", 1};
  EXPECT_THAT(why_it_cannot_start(), testing::StartsWith("listen is no.such.host.invalid:1, but"));
  config.listen = {"127.0.0.1", 0};
  std::ofstream(directory / "kvConfig.json") << "{";
  EXPECT_THAT(why_it_cannot_start(), HasSubstr("kvConfig.json is damaged"));
  config.data_dir = directory / "kvConfig.json";
  EXPECT_THAT(why_it_cannot_start(), testing::StartsWith("the data directory "));
  config.tls_mode = remoting::TlsMode::enforcing;
  config.tls_certificate = "missing.pem";
  EXPECT_THAT(why_it_cannot_start(), HasSubstr("missing.pem"));
}

}  // namespace
}  // namespace gantry::namesrv
