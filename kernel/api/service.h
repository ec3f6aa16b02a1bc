// Extension point: run beside the broker: a listener, a timer, a thread of its own.
//
// It is an object of its own, a member of the plugin perhaps, and not the plugin itself: that has a start(),
// a drain() and a stop() too, which are called at other times.
#pragma once

#include <string_view>

namespace gantry::api {

// Thread: the one that starts and stops the broker.
class Service {
 public:
  virtual ~Service() = default;

  // For the log: "http".
  virtual std::string_view name() const = 0;

  // After the start of every plugin, when the broker can serve. An exception stops the broker with its
  // reason.
  virtual void start() = 0;

  // Takes nothing new and finishes what it has begun, within the broker's drain_timeout.
  virtual void drain() {}

  // Afterwards nothing of it runs. Also called after a start() that threw.
  virtual void stop() = 0;
};

}  // namespace gantry::api
