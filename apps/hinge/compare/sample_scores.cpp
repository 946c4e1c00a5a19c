// Computes the scores of samples.
#include "compare/sample_scores.h"

#include <cmath>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/result_folder.h>
#include <hinge/optim/run/run.h>

#include "compare/interval.h"
#include "parts.h"

namespace hinge_command {

namespace {

using Samples = hinge::Dataset<float>;
using Outputs = hinge::Matrix<float>;

bool is_right(const Samples& part, const Outputs& outputs, std::size_t i) {
  std::size_t answer = outputs.rows() == 1 && outputs(0, i) > 0 ? 1 : 0;
  for (std::size_t k = 0; k < outputs.rows(); ++k) {
    if (std::isnan(outputs(k, i))) return false;
    if (outputs.rows() > 1 && outputs(k, i) > outputs(answer, i)) answer = k;
  }
  return answer == static_cast<std::size_t>(part.classes()[i]);
}

std::vector<double> right_answers(const Samples& part, const Outputs& outputs) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < part.size(); ++i) scores.push_back(is_right(part, outputs, i) ? 1 : 0);
  return scores;
}

std::vector<double> explained_shares(const Samples& part, const Outputs& outputs) {
  std::vector<double> scores(part.size(), 1.0);
  for (std::size_t k = 0; k < outputs.rows(); ++k) {
    std::vector<double> values;
    for (std::size_t i = 0; i < part.size(); ++i) values.push_back(static_cast<double>(part.values()(k, i)));
    const double mean = mean_of(values);
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    for (std::size_t i = 0; i < part.size(); ++i) {
      const double error = static_cast<double>(outputs(k, i)) - values[i];
      scores[i] -= error * error * static_cast<double>(part.size()) / (squares * static_cast<double>(outputs.rows()));
    }
  }
  return scores;
}

std::optional<SampleScores> scores_of(const hinge::Run& run, const hinge::Network<float>& network) {
  const hinge::DataParts& data = run.data();
  const Samples& part = data.test ? *data.test : data.validation ? *data.validation : data.train;
  const std::string metric(run.trainer().loss().metric());
  SampleScores scores{.figure = (data.test ? "test/" : data.validation ? "val/" : "train/") + metric};
  const Outputs outputs = network.predict(part.inputs());
  if (metric == "accuracy" && part.target_rows() == 0) {
    scores.scores = right_answers(part, outputs);
    scores.targets.assign(part.classes().begin(), part.classes().end());
  } else if (metric == "r2" && part.target_rows() == outputs.rows()) {
    scores.scores = explained_shares(part, outputs);
    for (std::size_t i = 0; i < part.size(); ++i) {
      for (std::size_t k = 0; k < part.target_rows(); ++k) scores.targets.push_back(part.values()(k, i));
    }
  } else {
    return {};
  }
  return scores;
}

}  // namespace

std::optional<SampleScores> sample_scores(const std::string& folder, double wanted) {
  constexpr double rounding = 1e-5;  // outputs are floats
  try {
    const hinge::Run run(hinge::load_config(hinge::join_path(folder, hinge::run_files::config), {}, known_parts()));
    const auto stored = hinge::load_model<float>(hinge::join_path(folder, hinge::run_files::model), known_parts());
    std::optional<SampleScores> scores = scores_of(run, stored.model.network());
    if (scores && !(std::abs(mean_of(scores->scores) - wanted) <= rounding)) return {};
    return scores;
  } catch (const hinge::Error&) {  // what cannot be read is not compared sample by sample, as the comparison says
    return {};
  }
}

}  // namespace hinge_command
