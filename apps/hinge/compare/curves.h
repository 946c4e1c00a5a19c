// Curves of runs and studies on top of each other.
#pragma once

#include <string>
#include <vector>

#include "compare/contender.h"
#include "drawing/chart.h"

namespace hinge_command {

/// A figure of metrics.jsonl over the epochs: a line for each run, of a study thin lines for its first 100 runs and their
/// median. Epochs that less than half of a study's runs have reached have no median.
Chart overlaid_chart(const std::vector<Contender>& contenders, const std::string& key);

/// Loss and metrics as HTML; "" where there are none.
std::string curves_section(const std::vector<Contender>& contenders);

}  // namespace hinge_command
