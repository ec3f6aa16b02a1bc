#include "cli/up.h"

#include "kernel/real_clock.h"
#include "logging/capturing_logger.h"
#include "remoting/client.h"
#include "remoting/headers/name_server.h"
#include "tests/unit/kernel/temporary_folder.h"

#include <future>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

struct UpTest : testing::Test {
  UpSetup setup(std::vector<options::FlagValue> flags = {}) const {
    flags.insert(flags.begin(), {{"listen", "127.0.0.1:0"},
                                 {"namesrv_listen", "127.0.0.1:0"},
                                 {"data_dir", (folder.path() / "data").string()}});
    auto read = read_up_setup(std::nullopt, flags);
    EXPECT_EQ(read.report.str(), "");
    return read;
  }

  // What the start throws; empty: nothing.
  std::string why_not(std::vector<options::FlagValue> flags) {
    Up other(setup(std::move(flags)), "0.1.0", clock, log);
    try {
      other.start();
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  const kernel::TemporaryFolder folder;
  const kernel::RealClock clock;
  logging::CapturingLogger log;
};

std::string address_of(const boost::asio::ip::tcp::endpoint& where) {
  return where.address().to_string() + ":" + std::to_string(where.port());
}

TEST_F(UpTest, once_it_has_started_the_name_server_knows_the_broker) {
  Up up(setup(), "0.1.0", clock, log);
  up.start();
  remoting::IoThreads threads(1);
  threads.start();
  remoting::NoRequests no_requests;
  {
    remoting::Client client(threads, no_requests, {}, log);
    std::promise<std::string> answered;
    client.request(address_of(up.name_server().endpoints().front()),
                   {.code = remoting::RequestCode::get_broker_cluster_info}, 20s,
                   [&](const boost::system::result<remoting::Response>& response) {
                     answered.set_value(response ? std::string(response->body) : response.error().message());
                   });
    EXPECT_THAT(answered.get_future().get(), HasSubstr(up.broker().identity().address));
  }
  threads.stop();
}

TEST_F(UpTest, shows_its_addresses_and_what_its_durability_is) {
  Up up(setup(), "0.1.0", clock, log);
  up.start();
  const auto screen = up.screen();
  EXPECT_THAT(screen, StartsWith("gantry 0.1.0 is up"));
  EXPECT_THAT(screen, HasSubstr("namesrvAddr=" + address_of(up.name_server().endpoints().front()) + "\n"));
  EXPECT_THAT(screen,
              HasSubstr("  broker            " + address_of(up.broker().endpoints().front()) + ", and "));
  EXPECT_THAT(screen, HasSubstr((folder.path() / "data").string()));
  EXPECT_THAT(screen, HasSubstr("acknowledged once it is on the disk"));
  EXPECT_THAT(screen, HasSubstr("can cost no message that was acknowledged"));
}

TEST_F(UpTest, stops_the_broker_while_the_name_server_still_hears_that_it_leaves) {
  Up up(setup(), "0.1.0", clock, log);
  up.start();
  up.stop();
  EXPECT_EQ(log.count("not all name servers know that this broker is gone; they notice after a while"), 0u);
  EXPECT_TRUE(log.wait_for([](const auto& line) { return line.message == "broker gone"; }))
      << "as the name server sees it";
  Up again(setup(), "0.1.0", clock, log);
  again.start();
}

TEST_F(UpTest, names_the_flag_when_an_address_is_in_use_and_lets_go_of_everything) {
  Up up(setup(), "0.1.0", clock, log);
  up.start();
  const auto other = (folder.path() / "other").string();
  const auto taken_by_name_server = address_of(up.name_server().endpoints().front());
  EXPECT_THAT(why_not({{"data_dir", other}, {"namesrv_listen", taken_by_name_server}}),
              testing::AllOf(StartsWith("name server: cannot listen on " + taken_by_name_server + ": "),
                             HasSubstr("(--namesrv-listen)")));
  const auto taken_by_broker = address_of(up.broker().endpoints().front());
  EXPECT_THAT(why_not({{"data_dir", other}, {"listen", taken_by_broker}}),
              testing::AllOf(StartsWith("broker: cannot listen on " + taken_by_broker + ": "),
                             HasSubstr("(--listen)")));
  EXPECT_EQ(why_not({{"data_dir", other}}), "");
}

TEST_F(UpTest, refuses_a_data_directory_that_is_in_use) {
  Up up(setup(), "0.1.0", clock, log);
  up.start();
  EXPECT_THAT(why_not({}), HasSubstr("is in use by another"));
}

}  // namespace
}  // namespace gantry::cli
