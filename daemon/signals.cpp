#include "daemon/signals.h"

#include <pthread.h>

namespace gantry::daemon {

Signals::Signals(Reloads reloads) {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&waited_for_);
  sigaddset(&waited_for_, SIGTERM);
  sigaddset(&waited_for_, SIGINT);
  if (reloads == Reloads::yes) sigaddset(&waited_for_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &waited_for_, nullptr);
}

Told Signals::wait() {
  sigwait(&waited_for_, &last_);
  if (last_ == SIGHUP) return Told::reload;
  pthread_sigmask(SIG_UNBLOCK, &waited_for_, nullptr);
  return Told::end;
}

std::string_view Signals::name() const {
  switch (last_) {
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    case SIGHUP:
      return "SIGHUP";
    default:
      return "none";
  }
}

}  // namespace gantry::daemon
