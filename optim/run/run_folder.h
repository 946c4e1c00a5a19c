// What a run leaves behind: a folder with its config, its figures and its model. And training into it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/optim/cadence.h>
#include <hinge/optim/run/checkpoint.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/result_folder.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/summary.h>
#include <hinge/optim/run/verdict.h>

namespace hinge {

/// A folder for one run:
///   - `config.json`: every option of the run; running it repeats the run. Its paths start at the folder;
///   - `metrics.jsonl`: a line for each epoch that `train.log_every` names and the last, with keys such as `train/loss`,
///     `val/accuracy`, `dead/layer1`;
///   - `health.jsonl`: a line for the network before its first step and for each epoch that `health.every` names and the
///     last, in the end every unit's history (optim/health/health_json.h); none without a probe;
///   - `weights.jsonl`: the weights of a small network at a few epochs (optim/run/weight_record.h), for pictures of how it
///     learnt; none of a network of more than 10,000 parameters;
///   - `checkpoint.safetensors`: the state of training a while ago, as `train.checkpoint` says, to go on from after an
///     interruption (optim/run/checkpoint.h); it stays when the run has finished;
///   - `alarm.safetensors`: the state of training when its health was first an alarm (optim/run/state_file.h);
///     `hinge diagnose` tries its cures on these weights, too;
///   - `model.safetensors`: the model (layers/model_file.h), with the sections `data`, without its paths, and `loss` of the
///     config, the names of the `target_columns` and a digest of the `samples` that judge it as notes, of a table its
///     `columns` and `format` too;
///   - `summary.json`: how it ended (optim/run/summary.h);
///   - `report.html`: all of that as a page; `hinge train` writes it, and `hinge report`;
///   - `diagnosis.json`: what `hinge diagnose` found.
///
/// A run takes the place of an older one (ResultFolder) when it has finished or been stopped; one that is interrupted or
/// fails stays in `unfinished`. For one thread.
class HINGE_API RunFolder {
 public:
  /// Makes the folder and writes `config.json`, with `data` as in resolved_config. Throws as ResultFolder does.
  RunFolder(const std::string& path, bool replace, const LoadedConfig& loaded,
            const std::optional<JsonValue>& data = {});
  /// Goes on with the run in `path` (resumable_folder) from its newest checkpoint; without one it begins anew there. What
  /// was written after the checkpoint is cut off. Throws as ResultFolder and read_checkpoint do, and ConfigError where the
  /// run is not that of the checkpoint (CheckpointOrigin::require_same), or has finished and has none.
  RunFolder(const std::string& path, const LoadedConfig& loaded, const Run& run);

  /// Where the run is: the folder, or `unfinished` inside.
  const std::string& path() const { return place_.path(); }
  /// Whether it is in the folder itself.
  bool is_published() const { return place_.is_published(); }
  const std::vector<std::string>& notes() const { return place_.notes(); }
  /// Why an older checkpoint than the newest was taken to go on from; else "".
  const std::string& resume_warning() const { return resume_warning_; }
  /// Why the last checkpoint could not be written; else "".
  const std::string& checkpoint_error() const { return checkpoint_error_; }

  /// Calls `report` with the first error of writing while the run trains, such as a full disk. Training goes on: lines wait
  /// and are tried again with the next one, a checkpoint with the next one that is due.
  void on_write_error(std::function<void(const std::string&)> report) { on_write_error_ = std::move(report); }
  /// What writing checkpoints took so far, in seconds.
  double checkpoint_seconds() const { return clock_.total_cost(); }

  /// The checkpoint to go on from; null for a run that begins.
  StateArchive* resume() { return resume_ ? &*resume_ : nullptr; }
  /// Its file; "" for a run that begins.
  const std::string& resume_file() const { return resume_file_; }
  /// Lists what is written so far, and what `summary` counts.
  void list_state(StateArchive& state, RunSummary& summary);
  /// Whether a checkpoint is due by time; cheap.
  bool is_checkpoint_due() { return clock_.is_due(); }
  /// The same between two epochs, of which `epochs` are done.
  bool is_checkpoint_due(std::size_t epochs) {
    return is_checkpoint_due() || (checkpoint_.epochs > 0 && epochs % checkpoint_.epochs == 0);
  }
  /// Writes a checkpoint, where the trainer can be saved (Trainer::list_state). One that cannot be written is left out, and
  /// `checkpoint_error` says why: training goes on.
  void save_checkpoint(Run& run, RunSummary summary);

  /// Registers on the trainer what writes the lines of the run. The folder must outlive the training.
  void watch(Run& run);
  /// Writes the model, before all else, and the summary, to which it adds the figures of the test part and the verdicts on
  /// the health of the model and on the run. Throws FileError and WriteError, ModelError for a model that is not finite, and
  /// what evaluating the test part throws; the model and the figures so far stay then.
  void finish(Run& run, const FitResult& result, RunSummary& summary);
  /// Writes the summary of a run that failed, with its verdict where training diverged; with `keeps_model` the model, too.
  /// Throws nothing: the first error is the one to show.
  void fail(const Run& run, RunSummary& summary, bool keeps_model) noexcept;

 private:
  // A file of lines, made with its first one, and the lines that it has not taken yet.
  struct Lines {
    std::optional<LineFile> file = {};
    std::string waiting = {};
  };

  std::string file(const char* name) const { return join_path(path(), name); }
  void report(const FileError& error);
  void append(const char* name, Lines& lines, const std::string& line);
  void write_waiting(const char* name, Lines& lines) const;
  void sync_lines();
  void add_line(const Run& run, const EpochReport& report);
  void add_weights(const Run& run, std::size_t epoch);
  void add_health(const Run& run, std::size_t epoch, const HealthReport& report, const HealthVerdict& verdict);
  void finish_health(const Run& run, const FitResult& result, RunSummary& summary);
  void write_summary(const RunSummary& summary) const;
  void write_config() const;
  void list_lines(StateArchive& state, const char* name, Lines& lines) const;
  const CheckpointOrigin& origin(const Run& run);

  ResultFolder place_;
  Cadence log_cadence_;
  Lines metrics_;
  Lines health_;
  Lines weights_;
  std::optional<HealthVerdict> last_verdict_;  // of the last look
  std::optional<HealthVerdict> best_verdict_;  // of the last look when the best epoch ended
  bool alarmed_ = false;
  RunRecord record_;
  std::size_t logged_epoch_ = 0;  // of the last line of metrics.jsonl
  std::size_t looked_epoch_ = 0;  // of the last report in health.jsonl
  CheckpointSection checkpoint_;
  CheckpointClock clock_;
  JsonValue config_;                        // with all options
  std::optional<CheckpointOrigin> origin_;  // once it is needed: a digest of all samples takes a while
  std::optional<StateArchive> resume_;
  std::string resume_file_;
  std::string resume_warning_;
  std::string checkpoint_error_;
  std::function<void(const std::string&)> on_write_error_;
  bool has_reported_ = false;
};

/// Trains a run and says what it came to: the one way in which `hinge train`, studies and diagnoses train. `folder`, where
/// there is one, gets what the run leaves. A run is trained once: what is registered on its trainer here refers to this
/// call. `is_interrupted` is asked after every step and ends training when it is true. The folder then gets a checkpoint,
/// as it does now and then; one that goes on with a run goes on from its checkpoint.
///
/// A run of several ranks is trained by all of them, and only rank 0 has a folder, if any. It goes on from a checkpoint for all, and
/// an interrupt of one is an interrupt of all.
///
/// A training that diverges comes back as a summary of the status `failed` with its reason. What else training, the folder
/// or an observer throws passes through, when the folder says that the run failed and why.
HINGE_API RunSummary train_run(Run& run, RunFolder* folder = nullptr, const std::function<bool()>& is_interrupted = {});

}  // namespace hinge
