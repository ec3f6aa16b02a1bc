// What becomes of an offset that a client commits. Why so: docs/decisions/0011-when-an-offset-goes-back.md.
//
// It goes forward, up to the queue's end. It goes back in two cases only, and then it is a reset: to where
// this broker itself has sent consumers of the group, and when a tool wants it while nobody of the group is
// there. A consumer that is late with what it commits changes nothing.
//
// Thread: any. Nothing here waits.
#pragma once

#include "kernel/api/clock.h"
#include "kernel/api/names.h"
#include "kernel/api/offsets.h"
#include "kernel/api/positions.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

namespace gantry::kernel {

class OffsetCommits {
 public:
  struct Settings {
    // A consumer that is sent somewhere commits that place ten seconds later.
    std::chrono::milliseconds patience = std::chrono::seconds(60);
    std::size_t most_sent = 65'536;  // past this, consumers that are sent back stay where they are
  };
  // Both outlive it.
  OffsetCommits(api::Offsets& offsets, const api::Clock& clock, Settings settings)
      : offsets_(offsets), clock_(clock), settings_(settings) {}

  struct Commit {
    const api::GroupName& group;
    const api::TopicName& topic;
    api::QueueId queue;
    api::QueueOffset next;  // not negative
    api::QueueOffset end;   // of the queue as it is now; 0 for one that is not there
  };
  enum class By : std::uint8_t { consumer, tool };
  enum class Outcome : std::uint8_t {
    taken,         // the group stands there now, whether it did before or not
    taken_back,    // the same, by a reset
    behind,        // not taken: the group has come further
    past_the_end,  // not taken: nobody can have consumed what is not there
  };
  Outcome commit(const Commit& commit, By by);

  // Consumers of the group are told to go on from there: by PULL_OFFSET_MOVED with an offset below the one
  // they asked for, or by RESET_CONSUMER_CLIENT_OFFSET. They will commit it.
  void sent_to(std::string_view group, std::string_view topic, api::QueueId queue, api::QueueOffset where);

 private:
  using Key = std::tuple<std::string, std::string, api::QueueId>;  // group, topic
  struct Sent {
    api::QueueOffset where;
    std::chrono::steady_clock::time_point until;
  };

  bool was_sent_there(const Commit& commit);
  void forget_old(std::chrono::steady_clock::time_point now);

  api::Offsets& offsets_;
  const api::Clock& clock_;
  const Settings settings_;
  std::mutex mutex_;  // guards what follows
  std::map<Key, Sent> sent_;
  std::chrono::steady_clock::time_point look_again_{};  // for those whose time is over
};

}  // namespace gantry::kernel
