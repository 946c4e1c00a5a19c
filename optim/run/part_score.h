// How well a model predicts a part of its data, beside the best constant.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <hinge/core/export.h>
#include <hinge/data/dataset.h>
#include <hinge/optim/metrics/evaluation.h>
#include <hinge/optim/metrics/prediction_report.h>

namespace hinge {

class Run;

/// What is measured of a part when training has ended.
struct PartMeasures {
  Evaluation evaluation = {};  ///< with the metrics that the config asks for
  PredictionReport report = {};
};

/// Throws what evaluating throws.
HINGE_API PartMeasures measure(const Run& run, const Dataset<float>& part);

/// How well a model predicts a part, beside the best constant: its largest class, or the mean of its targets.
struct PartScore {
  std::string part = {};    ///< `training`, `validation`, `test`
  std::string metric = {};  ///< `accuracy`, `r2` or `d2`: 1 is perfect
  std::size_t samples = 0;
  double value = 0;     ///< of the model
  double constant = 0;  ///< of the best constant, below 1
  double error = 0;     ///< standard error of `value`, since other samples would give another; 0 on the training part
  double noise = 0;     ///< the same for a model that is a constant
  double loss = 0;
  // Of classes.
  std::optional<double> log_loss_ratio = {};  ///< log loss of the model / log loss of the class shares
  std::optional<double> balanced_accuracy = {};
  double balanced_error = 0;  ///< its standard error
  std::size_t classes = 0;    ///< that the part has samples of

  /// (value − constant) / (1 − constant): 0 for a constant, 1 for a perfect model.
  double skill() const { return (value - constant) / (1 - constant); }
};

/// The score of the part `name`; nothing where nothing but the loss measures, a constant is perfect, or samples are few.
HINGE_API std::optional<PartScore> score_of(const Run& run, const Dataset<float>& part, const char* name,
                                            const PartMeasures& measures);
/// Measures only what the score needs: a loss of an application may not have a report. Throws what evaluating throws.
HINGE_API std::optional<PartScore> measured_score(const Run& run, const Dataset<float>& part, const char* name);

/// The accuracy, d² or r² of an evaluation, whichever it has first.
HINGE_API std::optional<double> score_in(const Evaluation& evaluation);

}  // namespace hinge
