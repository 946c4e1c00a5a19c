// A model as the command line names it: a file, or the folder of a run.
#pragma once

#include <string>

#include <hinge/layers/model_file.h>

namespace hinge_command {

/// The model file of a run's folder, or the path itself.
std::string model_path(const std::string& argument);

/// Loads it, in single precision as it was trained.
hinge::StoredModel<float> load_model_argument(const std::string& argument);

}  // namespace hinge_command
