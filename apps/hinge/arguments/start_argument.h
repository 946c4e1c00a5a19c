// Where explain and gradcheck start: a config's network as it begins, or that of a run as it was trained.
#pragma once

#include <string>

#include <hinge/layers/network.h>
#include <hinge/optim/run/run.h>

namespace hinge_command {

/// The file of the config, and whether the weights beside it are wanted.
struct StartArgument {
  std::string what;
  std::string config;
  bool is_trained;
};

/// `what` is a config, the folder of a run, or the model in it. Throws ConfigError where a model has no config beside it.
StartArgument start_argument(const std::string& what);

/// Replaces the weights of `network` by those of the trained model, if there is one to start from. Throws ModelError for a
/// run without a model, and for one with other layers than the config, as --set may change it.
void load_trained(const StartArgument& start, const hinge::Run& run, hinge::Network<double>& network);

}  // namespace hinge_command
