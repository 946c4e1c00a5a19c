// The state of a training run as a file, to go on from.
#pragma once

#include <string>

#include <hinge/optim/trainer.h>

namespace hinge {

/// Writes a safetensors file with the whole state, whole or not at all. Throws WriteError, and ModelError when a number is
/// not finite.
HINGE_API void save_state(const std::string& path, const TrainingState<float>& state);

/// Throws FileError, and ModelError for what is no such file.
HINGE_API TrainingState<float> load_state(const std::string& path);

}  // namespace hinge
