// The figures of runs over their epochs, as charts: of hinge plot, of reports and of comparisons.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "drawing/chart.h"
#include "drawing/state_map.h"
#include "report/run_files.h"

namespace hinge_command {

/// The keys of metrics.jsonl in their order, such as `train/loss`, without `epoch`.
std::vector<std::string> figure_keys(const RunFiles& run);

/// The figure of a key over the epochs that have it. NaN where it was not finite.
std::vector<Point> points_of(const RunFiles& run, const std::string& key);
bool has_values(const std::vector<Point>& points);

/// The last parts of the folders' paths, or all of each path where two of these are equal.
std::vector<std::string> names_of(const std::vector<std::string>& folders);

/// The curves whose key has `what` before or behind its `/`: `loss` shows `train/loss` and `val/loss`, `dead` shows
/// `dead/layer1` and so on. Of several runs each curve is named after its run; of one, the epoch whose weights the model has
/// and an early end are marked. Throws ConfigError if a run has no such figure.
Chart chart_of(const std::vector<RunFiles>& runs, const std::string& what);

/// Makes the y axis logarithmic where values lie more than a factor of 20 apart: else the end of a good training is a flat
/// line.
void make_logarithmic_if_wide(Chart& chart);

/// Adds a curve for each layer that health.jsonl watches: `figure` of its part of each look, NaN for none. At most 12 layers.
void add_layers(const RunFiles& run, const std::function<double(const hinge::JsonValue& layer)>& figure, Chart& chart);

/// When the units of a layer were dead.
struct DeathMap {
  double layer = 0;
  bool has_deaths = false;
  StateMap map = {};  ///< without title and description
};

/// A map for each layer, from health.jsonl: its units in their order, or at most StateMap::max_rows of them, evenly chosen
/// and sorted by their first death.
std::vector<DeathMap> death_maps(const RunFiles& run, bool sorted_by_death);

}  // namespace hinge_command
