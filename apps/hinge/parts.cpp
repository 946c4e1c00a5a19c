#include "parts.h"

#include <hinge/optim/run/run.h>

namespace hinge_command {

hinge::Registries known_parts() { return hinge::standard_registries(); }

}  // namespace hinge_command
