// A study: one config trained many times, with other seeds or on other folds, and what the runs come to together.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/core/config/json.h>
#include <hinge/core/config/spec.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/result_folder.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/summary.h>

namespace hinge {

class RunFolder;
class RunSource;

/// The most seeds of a study.
inline constexpr std::size_t max_seeds = 10'000;

/// The seeds that a text names: whole numbers and ranges with both ends, `1..10`, `1,2,5`, `1..3,7`.
/// Throws ConfigError for other text, a range that falls, a seed that occurs twice, and more than `max_seeds`.
HINGE_API std::vector<std::size_t> parse_seeds(std::string_view text);

/// What is repeated. With seeds and folds, every fold is trained with every seed.
struct StudyPlan {
  std::vector<std::size_t> seeds = {};  ///< values of `train.seed`; empty: the config's own, once
  std::size_t folds = 0;                ///< K of a K-fold cross-validation; 0: the test part that the config has
};

/// One run of a study. Fold f, counted from 0, tests on the part `{"folds": K, "fold": f}`.
struct HINGE_API StudyRun {
  std::optional<std::size_t> seed = {};
  std::optional<std::size_t> fold = {};

  /// `seed-3/fold-1`, from the folder of the study.
  std::string folder() const;
  /// `seed 3, fold 1`
  std::string label() const;
};

/// How a run of a study ended.
struct StudyRecord {
  StudyRun run = {};
  RunSummary summary = {};
  std::vector<Figure> figures = {};  ///< `summary.figures()`; in a mean where the run is complete
};

/// Mean and sample standard deviation of some values: s² = Σ(v − mean)² / (n − 1).
struct Spread {
  std::size_t count = 0;
  double mean = 0;
  std::optional<double> deviation = {};  ///< none of a single value
};

/// Requires at least one value.
HINGE_API Spread spread_of(std::span<const double> values);

/// One figure over the complete runs of a study.
struct StudyFigure {
  std::string name = {};
  std::vector<double> values = {};  ///< of each run that has it, in the order of the runs
  Spread spread = {};               ///< of these values
  /// With seeds and folds: for each seed of which every fold is complete, the mean over its folds. Folds differ by their
  /// samples too, so the deviation over seeds is the smaller one, and says how much a cross-validation depends on chance.
  std::vector<double> fold_means = {};
  std::optional<Spread> over_seeds = {};  ///< of the fold means, where there is one
};

/// Every figure of the complete runs, in the order in which the runs name them.
HINGE_API std::vector<StudyFigure> figures_of(const StudyPlan& plan, std::span<const StudyRecord> records);

/// What the runs of a study came to.
struct StudyResult {
  std::string status = {};  ///< `finished`, `failed` when a run failed, `interrupted` when runs are missing
  std::vector<StudyRecord> records = {};
  double seconds = 0;
  std::string folder = {};  ///< where they are: the one that was asked for, or `unfinished` inside
};

/// Trains a config once for each seed and fold. Each run is an ordinary one: its config differs from that of the study in
/// `train.seed` and `data.test` alone, it has the bits that it would have by itself, and it leaves the folder that it
/// would leave (optim/run/run_folder.h), whose `config.json` repeats it.
///
/// Folds divide the samples that the source gives for training, by class and at random unless the `test` of the config, which
/// they replace, says otherwise in `by`, `column` and `seed`. A `validation` part
/// is taken from what the fold leaves, scaling is fitted on the rest, and the names of classes come from all samples. A
/// source with a test part of its own is refused, because folds would judge by other samples than its test part.
/// One thread at a time.
class HINGE_API Study {
 public:
  /// Throws ConfigError when seeds occur twice or are too many, folds = 1, or the source cannot be divided into folds.
  Study(LoadedConfig base, StudyPlan plan, Registries registries);

  const StudyPlan& plan() const { return plan_; }
  std::size_t size() const;
  /// Run `index`, below size(): seed by seed, and for each fold by fold.
  StudyRun run(std::size_t index) const;
  LoadedConfig config(std::size_t index) const;

  /// Loads the data and builds the network as the runs will, so that what cannot work is refused before anything is
  /// written. Throws as the constructor of Run does, and DataError for more folds than samples. Without folds, the samples
  /// are kept for the runs, each of which copies them. `look` gets the first run as it will train.
  void check(const std::function<void(const Run&)>& look = {}) const;

  /// `on_ready` and `on_end` are never called two at a time, though by the threads of several runs. What `on_ready`
  /// registers on a trainer is called by the thread of that run, while others train. `is_interrupted` is asked by all of
  /// them at any time, after every step: it must be quick.
  struct Observers {
    std::function<void(const ResultFolder&)> on_start = {};    ///< before the first run
    std::function<void(const StudyRun&, Run&)> on_ready = {};  ///< before a run trains: register on its trainer()
    std::function<void(const StudyRecord&)> on_end = {};       ///< after it
    /// The first error of writing in a run that goes on all the same (RunFolder::on_write_error).
    std::function<void(const StudyRun&, const std::string&)> on_write_error = {};
    std::function<bool()> is_interrupted = {};  ///< true: stop the runs at work, begin no further one
  };

  /// Trains every run into a folder seed-…/fold-…/ of `path`, and writes summary.json there. `jobs` runs train at a time, each with data
  /// of its own and, where they are more than one, on one thread whatever `train.threads` says; they begin in the order of the
  /// plan. Nothing but the seconds depends on `jobs`.
  ///
  /// A run that diverges or cannot be written is recorded as failed, and the others go on. Throws ConfigError for 0 jobs, and
  /// as `check` and RunFolder do: no further run begins then, and those at work are interrupted; `resume` goes on with them.
  /// `replace` as in ResultFolder: a study takes the place of older results when all its runs have finished; one that is
  /// interrupted or fails stays in `unfinished`.
  ///
  /// With several ranks, which must reach the same folder, each calls this with the same study and trains `jobs` runs at a time;
  /// rank 0 hands out the runs. `path` and `replace` count on rank 0, whose files are those of one process; in its result the
  /// records of other ranks' runs have status, error, verdict, health and figures. The others' result is empty. `on_start` is called
  /// on rank 0, `on_end` there for all runs, the rest by the rank that trains the run. Throws on rank 0 ConfigError where another
  /// rank has another build, config or samples, and RankError. What throws on one rank leaves the others at work or waiting: call
  /// Communicator::fail.
  StudyResult train(const std::string& path, bool replace, const Observers& observers, std::size_t jobs = 1,
                    Communicator& ranks = single_process()) const;

  /// The study in `path` (resumable_folder), as its `study.json` says. Throws FileError, ConfigError where that is damaged.
  static Study in_folder(const std::string& path, Registries registries);
  /// Goes on with it: runs that have finished stay as they are and are not reported to observers, others go on from their
  /// checkpoints, those that are missing are trained. Its result is that of a study that was never interrupted, but for the
  /// seconds. Throws as `train` does, and ConfigError where the data give other samples than before.
  StudyResult resume(const std::string& path, const Observers& observers, std::size_t jobs = 1,
                     Communicator& ranks = single_process()) const;
  /// Whether `path` holds this study, not finished: the same seeds, folds, config and samples.
  bool is_unfinished_in(const std::string& path) const;

 private:
  void prepare(std::size_t jobs, Communicator& ranks) const;
  StudyResult finish(ResultFolder& place, const Observers& observers, std::size_t jobs, Communicator& ranks) const;
  StudyResult help(const Observers& observers, std::size_t jobs, Communicator& ranks) const;
  std::vector<StudyRecord> train_runs(const std::string& path, const Observers& observers, std::size_t jobs,
                                      Communicator& ranks) const;
  void work(RunSource& runs, const std::string& path, const Observers& observers, std::size_t jobs,
            std::mutex& mutex) const;
  JsonValue identity() const;
  void check_last_fold() const;
  JsonValue description(const std::string& folder) const;
  Run ready_run(const LoadedConfig& loaded) const;
  StudyRecord train_one(std::size_t index, const std::string& path, const Observers& observers, bool has_processors,
                        std::mutex& mutex) const;
  RunSummary train_into(RunFolder& folder, Run& run, const StudyRun& member, const Observers& observers,
                        std::mutex& mutex) const;

  LoadedConfig base_;
  StudyPlan plan_;
  Registries registries_;
  mutable std::optional<DataParts>
      parts_;  // the samples of every run, where there are no folds; read when first needed
};

/// The `summary.json` of a study: `status`, `seeds`, `folds`, each run with its figures, and the figures over all runs.
HINGE_API JsonValue json_of(const StudyPlan& plan, const StudyResult& result);

}  // namespace hinge
