// What a config says against its own training, before any of it: docs/diagnosis.md, "Before training".
#pragma once

#include <vector>

#include <hinge/core/export.h>
#include <hinge/optim/run/diagnosis/config_values.h>
#include <hinge/optim/run/finding.h>

namespace hinge {

/// Builds the network as training would, runs one batch forward and backward, and follows the learning rate over all steps:
/// activations that the loss or the targets do not allow, weights that start alike, dead, or out of scale, penalties
/// stronger than the gradient, schedules that end training early, too few updates, and settings that contradict each other.
/// Finds at most one thing of each name, the certain ones first. `config` is one that a Run accepts, `parts` what
/// `load_data` gives for it. Takes as long as building the network and one step of 256 samples; finds nothing
/// in a network of more than 50 million parameters. Safe from any number of
/// threads.
HINGE_API std::vector<Finding> config_findings(const ResolvedConfig& config, const DataParts& parts);

/// `data_findings` and `config_findings`, the certain ones first.
HINGE_API std::vector<Finding> findings_before_training(const RunConfig& config, const DataParts& parts);

}  // namespace hinge
