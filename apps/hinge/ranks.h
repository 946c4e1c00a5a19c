// The processes that work on one command together.
#pragma once

#include <hinge/core/communicator.h>

namespace hinge_command {

/// This process and those that a launcher started with it; it alone without HINGE_MPI or a launcher. Only the first one speaks.
hinge::Communicator& ranks();

}  // namespace hinge_command
