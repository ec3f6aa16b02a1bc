// The signals that a server is told things by: SIGTERM and SIGINT to end, SIGHUP to read its configuration
// again.
//
//   const Signals signals;                    // before there are threads
//   ...
//   while (signals.wait() == Told::reload) server.reload();
#pragma once

#include <csignal>
#include <cstdint>
#include <string_view>

namespace gantry::daemon {

enum class Told : std::uint8_t { end, reload };

// Thread: the program's first one. One object in a process.
class Signals {
 public:
  // Blocks them, in this thread and those it starts. SIGPIPE is ignored: a log reader that went away must not
  // end the server. Without `reloads` SIGHUP stays what it was.
  enum class Reloads : std::uint8_t { no, yes };
  explicit Signals(Reloads reloads);

  // Returns with the next one. After one that ends, a second, while answers still owed are written, ends the
  // process at once.
  Told wait();

  // Of the last one: "SIGTERM".
  std::string_view name() const;

 private:
  sigset_t waited_for_;
  int last_ = 0;
};

}  // namespace gantry::daemon
