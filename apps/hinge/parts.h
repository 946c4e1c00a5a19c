// The parts that configs, model files and the command line may name.
#pragma once

#include <hinge/core/config/spec.h>

namespace hinge_command {

/// Hinge's own. A command with more parts is the same sources with another parts.cpp.
hinge::Registries known_parts();

}  // namespace hinge_command
