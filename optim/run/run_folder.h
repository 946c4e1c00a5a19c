// What a run leaves behind: a folder with its config, its figures and its model.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <hinge/core/io/file.h>
#include <hinge/optim/metrics/prediction_report.h>
#include <hinge/optim/run/run.h>

namespace hinge {

/// Makes the folder `runs/moons-1`, or that of the first number that is not taken yet, and returns its path. Two processes
/// never get the same. Throws as create_folders does.
HINGE_API std::string next_run_folder(const std::string& parent, const std::string& name);

/// A folder for one run:
///   - `config.json`: every option of the run; running it repeats the run. Its paths start at the folder;
///   - `metrics.jsonl`: a line for each epoch as it ends, with keys such as `train/loss`, `val/accuracy`, `dead/layer1`;
///   - `health.jsonl`: a line for the network before its first step and for each epoch, in the end one with every unit's
///     history (optim/health/health_json.h); none without a probe;
///   - `alarm.safetensors`: the state of training when its health was first an alarm, for a rescue (optim/run/rescue.h);
///   - `model.safetensors`: the model (layers/model_file.h), with the sections `data`, without its paths, and `loss` of the
///     config and the names of the `target_columns` as notes;
///   - `summary.json`: how it ended, the last and best epoch, times, and of the test part an evaluation and a report.
///
/// Where something is already, the run is written into the folder `unfinished` inside, and takes the older run's place when
/// it has finished or been stopped: the older one is whole until then. A run that is interrupted or fails stays there.
/// The folder is locked: a second run in it is refused. For one thread.
class HINGE_API RunFolder {
 public:
  /// Makes the folder. Throws ConfigError when there is something in it already, unless `replace` is set, or another run
  /// is writing there; FileError and WriteError.
  RunFolder(const std::string& path, bool replace);

  /// Where the run is: the folder, or `unfinished` inside.
  const std::string& path() const { return path_; }
  /// On the health of the last report; after `finish` on that of the epoch whose weights the model has. Pass before the
  /// first.
  const HealthVerdict& verdict() const { return verdict_; }

  /// Writes `config.json` and starts `metrics.jsonl`.
  void start(const LoadedConfig& loaded);
  void add(const Run& run, const StartReport& report);
  void add(const Run& run, EpochReport report);
  /// Writes the model and the summary. `status` is `finished`, `stopped` or `interrupted`.
  /// Throws FileError and WriteError, ModelError for a model that is not finite, and what evaluating the test part throws.
  /// The model and the figures so far stay then, and the summary says `failed` and why.
  void finish(const LoadedConfig& loaded, Run& run, const FitResult& result, const std::string& status, double seconds);

  /// Writes a summary that says why training ended without a model: status `failed`, and the error. Throws nothing: where
  /// that cannot be written, the first error is the one to show.
  void fail(const std::string& error) noexcept;
  /// The same for a training that diverged: where early stopping has brought back the weights of the best epoch, the model
  /// is written, too.
  void fail_after_divergence(const LoadedConfig& loaded, const Run& run, const std::string& error) noexcept;

 private:
  std::string file(const std::string& name) const { return join_path(path_, name); }

  void write_summary(const JsonValue& summary) const;
  void write_failure(JsonValue summary, const std::string& error) const noexcept;
  void publish(const LoadedConfig& loaded);
  void add_health(const Run& run, std::size_t epoch, const HealthReport& report);

  std::string folder_;
  std::string path_;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<LineFile> metrics_;
  std::unique_ptr<LineFile> health_;
  HealthVerdict verdict_;                          // the last one
  std::map<std::size_t, HealthVerdict> verdicts_;  // of every epoch
  bool alarmed_ = false;
  std::size_t epochs_ = 0;  // that have a line in metrics.jsonl
};

/// The figures of an epoch as a flat JSON object: a line of `metrics.jsonl`.
HINGE_API JsonValue json_of(const EpochReport& report);

/// Loss and metrics, each key behind `prefix`: `test/loss`, `test/accuracy`.
HINGE_API JsonValue json_of(const Evaluation& evaluation, const std::string& prefix);

/// The single figures of a report, as far as they are finite: `test/balanced_accuracy`, `test/top3_accuracy`. The most
/// probable 3 and 5 are counted where there are more classes.
HINGE_API JsonValue json_of(const PredictionReport& report, const std::string& prefix);

/// The scores of every class as `test/classes`, and for at most 1,000 classes the confusion matrix as `test/confusion`:
/// a list for each class, with a count for each prediction. Requires a name for every class.
HINGE_API JsonValue json_of(const ConfusionMatrix& confusion, const std::vector<std::string>& names,
                            const std::string& prefix);

/// Every option of a run, with the paths in it made right for a file in `folder`.
HINGE_API JsonValue resolved_config(const LoadedConfig& loaded, const std::string& folder);

}  // namespace hinge
