#include "bench/loadgen/registration.h"

#include "bench/loadgen/frame.h"
#include "tests/unit/bench/loadgen/scripted_peer.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::bench {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

struct Request {
  std::int32_t code;
  std::string fields;
  std::string body;
};

// Read by the test only after the answers have come.
class NameServer {
 public:
  explicit NameServer(std::string changed)
      : peer_([this, changed](const ReceivedFrame& request) {
          requests.push_back({request.code, std::string(request.fields), std::string(request.body)});
          std::string out;
          Frame::build({.code = 0, .flag = 1, .fields = {{"changed", changed}}, .body = {}}, Encoding::json)
              .append_to(out, static_cast<std::uint32_t>(request.opaque));
          return out;
        }) {}

  RegistrationPlan plan() const {
    return {.server = peer_.endpoint(), .brokers = 2, .topics = 3, .queues = 4};
  }

  std::vector<Request> requests;

 private:
  ScriptedPeer peer_;
};

TEST(BrokerRegistration, registers_every_topic_on_every_broker) {
  NameServer name_server("false");
  const Registration registration(name_server.plan());
  ASSERT_THAT(name_server.requests, SizeIs(2));
  for (const Request& request : name_server.requests) {
    EXPECT_EQ(request.code, 103);
    for (const char* topic : {"bench-topic-00000000", "bench-topic-00000001", "bench-topic-00000002"})
      EXPECT_THAT(request.body, HasSubstr(topic));
    EXPECT_THAT(request.body, HasSubstr("\"readQueueNums\":4"));
  }
  EXPECT_NE(name_server.requests[0].fields, name_server.requests[1].fields);
}

TEST(BrokerRegistration, keeps_alive_with_the_data_version_that_it_registered) {
  NameServer name_server("false");
  Registration registration(name_server.plan());
  registration.keep_alive();
  ASSERT_THAT(name_server.requests, SizeIs(4));
  EXPECT_EQ(name_server.requests[3].code, 322);
  EXPECT_THAT(name_server.requests[0].body, HasSubstr(name_server.requests[3].body));
}

TEST(BrokerRegistration, notices_that_the_name_server_has_lost_a_broker) {
  NameServer name_server("true");
  Registration registration(name_server.plan());
  EXPECT_THROW(registration.keep_alive(), std::runtime_error);
}

}  // namespace
}  // namespace gantry::bench
