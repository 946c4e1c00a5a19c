// The ranks of this command, which MPI connects from the first question to the end of the program.
#include "ranks.h"

namespace hinge_command {

hinge::Communicator& ranks() {
  static const std::unique_ptr<hinge::Communicator> mpi = hinge::mpi_communicator();
  return mpi ? *mpi : hinge::single_process();
}

}  // namespace hinge_command
