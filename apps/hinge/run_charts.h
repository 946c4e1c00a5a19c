// Charts of what a run's folder tells about its epochs.
#pragma once

#include <string>
#include <vector>

#include "drawing/chart.h"
#include "drawing/state_map.h"

namespace hinge_command {

/// One figure over the epochs, such as `train/loss`. NaN where the run has none, or it was not finite.
struct RunCurve {
  std::string key;
  std::vector<Point> points;
};

struct RunRecord {
  std::string name;              ///< the last part of the folder's path
  std::vector<RunCurve> curves;  ///< by keys of metrics.jsonl, in their order
  std::vector<Mark> marks;       ///< the epoch whose weights the model has, if early stopping chose one, and the stop
};

/// Reads metrics.jsonl, and of a run that has ended summary.json. Throws FileError and ConfigError.
RunRecord read_run(const std::string& folder);

/// The curves whose key has `what` before or behind its `/`: `loss` shows `train/loss` and `val/loss`, `dead` shows
/// `dead/layer1` and so on. Of several runs each curve is named after its run. Throws ConfigError if a run has no such figure.
Chart chart_of(const std::vector<RunRecord>& runs, const std::string& what);

/// When each unit was dead, from health.jsonl: a map for each layer. Throws FileError and DataError.
std::vector<StateMap> unit_maps(const std::string& folder);

}  // namespace hinge_command
