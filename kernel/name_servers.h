// The name servers that this broker registers with. Each is told by itself, at the start, every `interval`,
// and as soon as topics change; when the broker stops, that it is gone. One that does not answer keeps nobody
// waiting, and is told again at the next turn.
//
// Name servers close the connection of a frame that is too large, with the broker's routes. So a registration
// of many topics is compressed, as Apache's broker does it when asked to; what that leaves out are the sys
// flags and the order flags of topics. One that would not fit even so is not sent, and said to be so once.
#pragma once

#include "kernel/api/identity.h"
#include "kernel/api/topics.h"
#include "kernel/background.h"
#include "kernel/extension_registry.h"
#include "logging/logger.h"
#include "remoting/byte_size.h"
#include "remoting/client.h"
#include "remoting/io_thread.h"

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

// Thread: begin(), take_leave() and the destructor the one that owns it, all else runs on `jobs`.
class NameServers {
 public:
  struct Settings {
    std::vector<std::string> addresses;  // "host:port"
    std::chrono::milliseconds interval = std::chrono::seconds(30);
    std::chrono::milliseconds timeout = std::chrono::seconds(6);  // for one answer
    ByteSize largest_plain = ByteSize::mib(4);                    // a larger body is compressed
    // What name servers take at most is 16 MiB for a frame, Apache's and ours; the header needs some of it.
    ByteSize largest_body{(16 << 20) - (64 << 10)};
  };
  // All of them outlive it; the I/O threads run until after its destructor, the jobs are closed before that.
  struct Parts {
    remoting::IoThreads& threads;
    PluginJobs& jobs;
    const api::BrokerIdentity& identity;
    api::Topics& topics;
    std::span<const Installed<api::Registration>> registrations;
    logging::Logger& log;
  };
  NameServers(const Parts& parts, Settings settings);
  ~NameServers();
  NameServers(const NameServers&) = delete;
  NameServers& operator=(const NameServers&) = delete;

  // Throws std::runtime_error with a sentence when two plugins want to say the same thing about the broker.
  // The future is ready once each of them has answered, or has failed to.
  std::future<void> begin();

  // Those that know the broker are told that it is gone. Returns when they have answered, or after the
  // timeout.
  void take_leave();

 private:
  enum class Standing : std::uint8_t { not_told, knows_us, fails };
  struct Server {
    std::string address;
    Standing standing = Standing::not_told;
    bool in_flight = false;
    bool outdated = false;  // something changed since that request was made
  };
  struct Said;  // in one registration
  struct Farewell;

  Said what_to_say(bool strict) const;
  void add_body(Said& said) const;
  bool fits(const Said& said);
  void tell_all();
  void tell(Server& server, const Said& said);
  void none_told();
  void end_begin_once_all_are_told();
  void answered(std::size_t which, const std::string& why_not);
  void say_goodbye(const std::shared_ptr<Farewell>& farewell);

  const Parts parts_;
  const Settings settings_;
  remoting::NoRequests no_requests_;
  std::unique_ptr<remoting::Client> client_;
  std::vector<Server> servers_;
  std::unique_ptr<api::Timer> timer_;
  std::shared_ptr<void> topic_watch_;
  std::optional<std::promise<void>> all_told_;  // until each has been told once
  bool leaving_ = false;
  bool said_too_large_ = false;  // until one fits again
};

}  // namespace gantry::kernel
