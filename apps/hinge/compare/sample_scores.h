// What a model is worth on each sample, so that two models can be compared sample by sample.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hinge_command {

/// Scores whose mean is a figure: for `accuracy` 1 for a right answer and 0 for a wrong one; for `r2`, of K outputs,
/// 1 − n/K · Σₖ (oₖ − yₖ)² / Σᵢ (yₖᵢ − ȳₖ)².
struct SampleScores {
  std::string figure = {};          ///< `test/accuracy`, of the part that judges the model
  std::vector<double> scores = {};  ///< of each sample
  std::vector<float> targets = {};  ///< as the network sees them: they tell whether two models saw the same samples
};

/// Predicts with the model in a run's folder, on the data that its config names. None for other losses, where the data or
/// the model cannot be read, or where the mean is not `wanted`, the figure of summary.json: then they have changed.
std::optional<SampleScores> sample_scores(const std::string& folder, double wanted);

}  // namespace hinge_command
