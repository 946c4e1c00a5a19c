// The verdict on a run: whether it learned, judged by figures that training leaves anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/export.h>
#include <hinge/core/fwd.h>
#include <hinge/data/dataset.h>
#include <hinge/optim/health/verdict.h>
#include <hinge/optim/metrics/prediction_report.h>
#include <hinge/optim/run/finding.h>
#include <hinge/optim/trainer.h>

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

/// The figures of an epoch that the verdict needs.
struct EpochFigures {
  std::size_t epoch = 0;
  double loss = 0;                   ///< of training
  std::optional<double> score = {};  ///< of training, by the metric of PartScore
};

/// A hidden layer in the course of a training.
struct LayerRecord {
  LayerHealth now = {};          ///< at the last look, without its units
  double max_update_ratio = 0;   ///< the largest ‖Δθ‖ / ‖θ‖ of a step
  double travel = 0;             ///< a bound of Σ ‖Δθ‖ / ‖θ‖ over all steps
  double first_weight_norm = 0;  ///< mean ‖w‖ of the units before the first step
  double weight_norm = 0;        ///< and at the last look
};

/// What is kept of a training: a few numbers for each epoch and layer. An epoch that no Cadence is due for is left out.
struct RunRecord {
  std::size_t samples = 0;  ///< of the training part
  std::uint64_t steps = 0;
  std::optional<double> first_loss = {};  ///< of the probe, before the first step
  std::vector<EpochFigures> epochs = {};
  std::vector<LayerRecord> layers = {};
  double largest_input = 0;  ///< max |x|, as the network sees it
  double target_size = 0;    ///< the largest root mean square of a target row, as the network sees it; 0 for classes
  double clip_norm = 0;
  double decay = 0;  ///< weight_decay or l1 of the optimiser, the larger
  bool stopped_early = false;
  std::optional<HealthVerdict> health = {};  ///< on the weights that the model has
  std::string error = {};                    ///< of a training that diverged
  std::optional<PartScore> train = {};       ///< of at most 2,048 training samples
  std::optional<PartScore> judged = {};      ///< of the test part, or else of the validation part
};

/// Lists what a record holds of a training that is interrupted.
HINGE_API void list_state(StateArchive& state, RunRecord& record);

/// Registers what fills the record while `run` trains. Both must outlive the training.
HINGE_API void record_training(Run& run, RunRecord& record);
/// Adds what is known at the end. Measures at most 2,048 training samples, and the validation part where there is no test
/// part. `test`: what was measured of the test part. Throws what measuring throws.
HINGE_API void record_end(const Run& run, const FitResult& result, const std::optional<PartMeasures>& test,
                          RunRecord& record);

/// What the record shows to be wrong: symptoms first, the worst first; if there are any, then what may be behind them
/// (docs/health.md lists the names). Empty for a sound run. No cure is named that was not tried.
HINGE_API std::vector<Finding> run_findings(const RunRecord& record);

/// Whether a run learned.
struct RunVerdict {
  /// `pass`; `warn`: it learned, but something is wrong; `fail`: it learned nothing, or diverged.
  std::string status = "pass";
  std::string reason = {};           ///< the first cause in a sentence; empty for a pass
  std::string note = {};             ///< dead units of a run that passes all the same
  std::vector<Finding> causes = {};  ///< `run_findings`
};

HINGE_API RunVerdict verdict_of(const RunRecord& record);

/// `verdict` in summary.json: `status`, `reason`, `note`, and `causes` with `name`, `key`, `evidence` and `set`.
HINGE_API JsonValue json_of(const RunVerdict& verdict);

}  // namespace hinge
