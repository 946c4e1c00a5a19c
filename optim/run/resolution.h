// What a config leaves to the data: the outputs of the network, and class weights by name or by a rule.
#pragma once

#include <cstddef>
#include <string>

#include <hinge/core/export.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/loss.h>
#include <hinge/optim/run/config.h>

namespace hinge {

/// How many outputs the last layer must have for this data, and why.
struct WantedOutputs {
  std::size_t count = 0;
  std::string reason = {};
};

HINGE_API WantedOutputs wanted_outputs(const Dataset<float>& train, const Loss<float>& loss);

/// The config with numbers for what it leaves to the training samples:
///   - `"units": "auto"` of the last layer becomes the outputs that data and loss want;
///   - class weights by name become a list in the order of the classes, where a class without a weight counts 1;
///   - `balanced` class weights become n / (C·n_c), for n samples of C classes, n_c of them of class c, each counted by its
///     weight. A class without samples counts 1.
/// Throws ConfigError whose pointer names the value.
HINGE_API RunConfig resolve_by_data(RunConfig config, const Dataset<float>& train);

}  // namespace hinge
