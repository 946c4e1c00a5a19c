// The processes that work on one command together.
#pragma once

#include <hinge/core/communicator.h>

namespace hinge_command {

/// From here on `ranks` are this process and those that a launcher started with it. MPI can be joined once in a launch.
void join_ranks();

/// Before that, without HINGE_MPI and without a launcher, it is this process alone.
hinge::Communicator& ranks();

}  // namespace hinge_command
