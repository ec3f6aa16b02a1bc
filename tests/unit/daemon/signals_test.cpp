#include "daemon/signals.h"

#include <csignal>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace gantry::daemon {
namespace {

// Signals change the whole process: each story is told in one of its own.
template <class Story>
int told(Story story) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(story());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(Signals, that_end_and_that_reload_are_told_apart_and_named) {
  EXPECT_EQ(told([] {
              Signals signals(Signals::Reloads::yes);
              ::raise(SIGHUP);
              if (signals.wait() != Told::reload || signals.name() != "SIGHUP") return 1;
              ::raise(SIGTERM);
              return signals.wait() == Told::end && signals.name() == "SIGTERM" ? 0 : 2;
            }),
            0);
}

TEST(Signals, to_end_that_come_again_end_the_process) {
  EXPECT_EQ(told([] {
              Signals signals(Signals::Reloads::no);
              ::raise(SIGINT);
              signals.wait();
              ::raise(SIGTERM);
              return 0;
            }),
            -SIGTERM);
}

TEST(Signals, without_reloads_leave_hanging_up_what_it_was) {
  EXPECT_EQ(told([] {
              std::signal(SIGHUP, SIG_DFL);  // whatever started this test may have it ignored
              const Signals signals(Signals::Reloads::no);
              ::raise(SIGHUP);
              return 0;
            }),
            -SIGHUP);
  EXPECT_EQ(told([] {
              std::signal(SIGHUP, SIG_IGN);  // as nohup does
              const Signals signals(Signals::Reloads::no);
              ::raise(SIGHUP);
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace gantry::daemon
