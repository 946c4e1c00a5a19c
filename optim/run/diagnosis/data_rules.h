// What the samples alone say against a training, before any of it: docs/diagnosis.md, "Before training".
#pragma once

#include <vector>

#include <hinge/core/export.h>
#include <hinge/optim/run/diagnosis/config_values.h>
#include <hinge/optim/run/finding.h>

namespace hinge {

/// Looks at the samples as the network sees them, filled and scaled, and at their raw values, which `parts.inputs` gives
/// back: columns that are constant, far out, ids, leaks or unscaled; targets that are far out, unscaled, classes or
/// unrelated to the inputs; parts that differ. Finds at most one thing of each name (but each of
/// `part_warnings` is one), the certain ones first. `config` is one
/// that a Run accepts, `parts` what `load_data` gives for it.
/// Of more than 5,000 samples (fewer if they are wide) it looks at a sample of the rows, drawn with a fixed seed: the same
/// data give the same findings. Takes some 10 ms. Safe from any number of threads.
HINGE_API std::vector<Finding> data_findings(const ResolvedConfig& config, const DataParts& parts);

}  // namespace hinge
