#include "arguments/start_argument.h"

#include <algorithm>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>

#include "arguments/model_argument.h"

namespace hinge_command {

StartArgument start_argument(const std::string& what) {
  const bool is_model = what.ends_with(".safetensors");
  if (!is_model && !hinge::is_folder(what)) return {what, what, false};
  const std::string config = hinge::join_path(is_model ? hinge::folder_of(what) : what, "config.json");
  if (hinge::file_exists(config)) return {what, config, true};
  throw hinge::ConfigError(hinge::printable(what) +
                           ": there is no config.json beside the model, which says what its samples, "
                           "loss and optimiser are; give a config, or the folder of a run");
}

void load_trained(const StartArgument& start, const hinge::Run& run, hinge::Network<double>& network) {
  if (!start.is_trained) return;
  if (!hinge::file_exists(model_path(start.what))) {
    throw hinge::ModelError(hinge::printable(model_path(start.what)) +
                            ": there is no model; train it, or give the config to see it untrained");
  }
  const auto stored = load_model_argument(start.what);
  if (stored.model.network().summary() != run.network().summary()) {
    throw hinge::ModelError(hinge::printable(start.what) +
                            ": the model has other layers than the config beside it, as --set changes it");
  }
  const auto values = stored.model.network().values();
  std::copy(values.begin(), values.end(), network.values().begin());
}

}  // namespace hinge_command
