#include "interrupt.h"

#include <csignal>
#include <initializer_list>

namespace hinge_command {

namespace {

volatile std::sig_atomic_t received = 0;

void remember(int signal) {
  received = signal;
  std::signal(signal, SIG_DFL);  // NOLINT(bugprone-signal-handler,cert-sig30-c): POSIX allows signal() in a handler
}

}  // namespace

void watch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, remember);
}

int interrupt_signal() { return received; }

}  // namespace hinge_command
