#include "interrupt.h"

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace hinge_command {

namespace {

std::atomic<int> received = 0;  // of several runs, every thread reads it
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not wait");

void remember(int signal) {
  received = signal;
  std::signal(signal, SIG_DFL);  // NOLINT(bugprone-signal-handler,cert-sig30-c): POSIX allows signal() in a handler
}

// nohup and shells start programs with signals that are to be ignored.
bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void watch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) std::signal(signal, remember);
  }
}

int interrupt_signal() { return received; }

}  // namespace hinge_command
