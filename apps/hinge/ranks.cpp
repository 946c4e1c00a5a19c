// The ranks of this command.
#include "ranks.h"

#include <memory>

namespace hinge_command {

namespace {

std::unique_ptr<hinge::Communicator> joined;

}  // namespace

void join_ranks() { joined = hinge::mpi_communicator(); }

hinge::Communicator& ranks() { return joined ? *joined : hinge::single_process(); }

}  // namespace hinge_command
