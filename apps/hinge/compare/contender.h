// What is compared: runs and studies, as their folders tell it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/optim/metrics/evaluation.h>

#include "report/run_files.h"

namespace hinge_command {

/// A run, by itself or one of a study.
struct ContenderRun {
  std::string folder = {};
  std::string status = {};  ///< "" of one that goes on, or was killed
  std::string error = {};   ///< why it failed
  std::string seed = {};
  std::string fold = {};  ///< "" without folds
  /// Of summary.json: `test/…`; `val/…`, `train/…` and `dead/…` of the epoch whose weights the model has; `epochs`,
  /// `parameters`, `seconds`. None of a run that failed.
  std::vector<hinge::Figure> figures = {};
  RunFiles files = {};  ///< without health

  /// The value of a figure; NaN for none.
  double figure(const std::string& name) const;
};

/// A run, or a study: all runs of one config.
struct Contender {
  std::string path = {};  ///< as it was given
  std::string name = {};  ///< short, other than those beside it
  bool is_study = false;
  double folds = 0;              ///< of a cross-validation; 0: none
  hinge::JsonValue config = {};  ///< every option, its paths from the current folder; of a study without seed and fold
  std::vector<ContenderRun> runs = {};

  /// Of the runs that have it, in their order.
  std::vector<double> values(const std::string& figure) const;
  /// How much the training parts of its runs overlap: see mean_interval.
  double overlap() const { return folds > 1 ? 1 / (folds - 1) : 0; }
};

/// Reads what the folders hold. Throws ConfigError where one holds neither a run nor a study that has ended, or stands there
/// twice, and for files that are no JSON; FileError.
std::vector<Contender> read_contenders(const std::vector<std::string>& folders);

/// An option that is not the same in all configs.
struct ConfigDifference {
  std::string key = {};                  ///< `model.layers[0].units`
  std::vector<std::string> values = {};  ///< of each contender; "" where it has no such option
};

/// The options in which the configs differ, key by key in their order.
std::vector<ConfigDifference> config_differences(const std::vector<Contender>& contenders);

/// Whether the samples of that part (`test/`, `val/`, `train/`) are the same, as far as the configs say: other scaling of the
/// same samples is no difference.
bool have_same_samples(const Contender& a, const Contender& b, const std::string& part);

}  // namespace hinge_command
