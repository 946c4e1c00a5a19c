// What a run came to, and its figures by name: the lines of metrics.jsonl, and summary.json.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/export.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/health/verdict.h>
#include <hinge/optim/metrics/prediction_report.h>
#include <hinge/optim/run/verdict.h>
#include <hinge/optim/trainer.h>

namespace hinge {

/// The single figures of a report, as far as they are finite: `test/balanced_accuracy`, `test/top3_accuracy`. The most
/// probable 3 and 5 are counted where there are more classes.
HINGE_API std::vector<Figure> figures(const PredictionReport& report, const std::string& prefix);

/// The figures of an epoch: a line of `metrics.jsonl`.
HINGE_API std::vector<Figure> figures(const EpochReport& report);

/// Adds the figures to a JSON object, whole numbers without an exponent.
HINGE_API void append(JsonValue& json, std::span<const Figure> figures);

/// The scores of every class as `test/classes`, and for at most 1,000 classes the confusion matrix as `test/confusion`:
/// a list for each class, with a count for each prediction. Requires a name for every class.
HINGE_API JsonValue json_of(const ConfusionMatrix& confusion, const std::vector<std::string>& names,
                            const std::string& prefix);

/// What a run came to. Mean errors are in the units of the raw targets.
struct HINGE_API RunSummary {
  std::string status = {};               ///< `finished`, `stopped` by an observer, `interrupted` or `failed`
  std::string error = {};                ///< why it failed
  std::size_t epochs = 0;                ///< that were trained to their end
  std::size_t parameters = 0;            ///< of the network
  std::string from_checksum = {};        ///< of the model that `model.from` names; "" where the weights were new
  RowReport rows = {};                   ///< of a table: which rows were used, and what was filled
  std::optional<EpochReport> last = {};  ///< the last epoch
  std::optional<EpochReport> best =
      {};                         ///< the epoch whose weights the model has, where early stopping brought them back
  std::vector<Figure> test = {};  ///< of the test part, where there is one and the run has a folder
  std::optional<HealthVerdict> health = {};  ///< on the weights that the model has, or on why training failed
  std::optional<RunVerdict> verdict = {};    ///< whether it learned, where the run has a folder and was not interrupted
  std::optional<SharedWork> shared = {};     ///< how several ranks shared the training, since it was last started
  double seconds = 0;                        ///< of the training

  /// Whether the run came to its own end.
  bool is_complete() const { return status == "finished" || status == "stopped"; }
  /// What a study compares: `test/…`, and of the last epoch `val/…`, `train/…`, `dead/…`; `epochs` and `seconds`. No
  /// counts of samples. None where the run failed.
  HINGE_API std::vector<Figure> figures() const;
};

/// RunSummary::figures of the run whose summary.json that is.
HINGE_API std::vector<Figure> study_figures_from(const JsonValue& summary);

/// The contents of `summary.json`: the summary, and the version and instruction set that computed it.
HINGE_API JsonValue json_of(const RunSummary& summary);

}  // namespace hinge
