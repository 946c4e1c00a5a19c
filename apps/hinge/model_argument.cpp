#include "model_argument.h"

#include <hinge/core/file.h>

namespace hinge_command {

std::string model_path(const std::string& argument) {
  return hinge::is_folder(argument) ? hinge::join_path(argument, "model.safetensors") : argument;
}

hinge::StoredModel<float> load_model_argument(const std::string& argument) {
  return hinge::load_model<float>(model_path(argument), hinge::standard_model_registries());
}

}  // namespace hinge_command
