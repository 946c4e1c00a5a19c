// Ctrl-C and a polite kill: noticed after the current step, so that what was learned can be saved.
#pragma once

namespace hinge_command {

/// From here on the first SIGINT, SIGTERM or SIGHUP is remembered, and a second one ends the program at once.
void watch_interrupts();

/// The signal that came, 0 if none.
int interrupt_signal();

}  // namespace hinge_command
