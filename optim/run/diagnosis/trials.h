// The trainings of a diagnosis: changes of a config, trained in memory on the same samples.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/export.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/diagnosis/judge.h>
#include <hinge/optim/run/run_folder.h>

namespace hinge {

/// Changes of the config, as `--set` takes them.
using Overrides = std::vector<std::string>;

/// What a training came to.
struct Outcome {
  std::vector<double> gains = {};  ///< of the judging samples (Judge)
  double training_score = 0;       ///< the same figure over the training samples
  std::string failure = {};        ///< why it did not train to its end; its gains are then those of a constant answer
  std::optional<HealthVerdict> health = {};  ///< of the user's own config alone
  std::vector<double> losses = {};           ///< of the epochs
};

struct TrialOptions {
  std::size_t jobs = 1;  ///< trainings at a time; nothing depends on it
  double budget = 0;     ///< work that all trainings together may take: samples × weights × epochs
  double multiple = 0;   ///< the same in trainings of the config itself; the larger one counts
  std::function<bool()> is_interrupted = {};  ///< asked after every step
  /// Called before each training, by any thread, with the number of trainings that have begun.
  std::function<void(std::size_t)> observe = {};
};

/// Trains changes of a config and remembers what they came to: the same change is trained once. Everything is in memory:
/// samples are read once, and prepared again only for changes of the section `data`.
///
/// Trainings begin in the order in which they are asked for, as long as the budget lasts. Work is counted, not measured, so
/// the outcomes are the same on every machine and for any number of jobs. For one thread; `run` starts others.
class HINGE_API Trials {
 public:
  /// Throws what loading the data and building the run throw.
  Trials(const LoadedConfig& loaded, const Registries& registries, TrialOptions options);

  const LoadedConfig& base() const { return base_; }
  /// The user's own parts.
  const DataParts& parts() const { return *parts_; }
  const Judge& judge() const { return *judge_; }
  /// From here on plain accuracy judges, the outcomes so far too.
  void judge_by_accuracy();
  /// From here on the training samples judge. Forgets all outcomes.
  void judge_by_training() {
    judge_->judge_by_training();
    outcomes_.clear();
  }

  /// The base config with changes. Throws ConfigError where these do not suit it.
  LoadedConfig changed(const Overrides& overrides) const;

  /// Trains each of the changes with each of the repetitions, unless it is known, as far as the budget reaches.
  void run(const std::vector<Overrides>& changes, const std::vector<std::size_t>& repetitions);
  /// What was trained; null if it was not, or the config refuses the changes.
  const Outcome* find(const Overrides& overrides, std::size_t repetition) const;
  /// The gains of so many repetitions, which must be known.
  std::vector<std::vector<double>> gains(const Overrides& overrides, std::size_t repetitions) const;
  /// How many repetitions of a change are known, from 0 on.
  std::size_t known(const Overrides& overrides) const;

  /// Trains on the user's own parts with the user's own seed, as `hinge train` does, and returns the judge's metric on the
  /// test part; without one on the validation part, else on the training part. Nothing where it fails or is interrupted.
  /// `start`: trains its weights for the epochs that it leaves; nothing where they do not fit the changes, or none is left.
  std::optional<double> train_really(const Overrides& overrides, const TrainingState<float>* start = nullptr) const;
  /// The same figure of weights as they are.
  std::optional<double> score_of_start(const TrainingState<float>& start) const;
  /// `test/accuracy`: what train_really measures.
  std::string real_metric() const;

  std::size_t trainings() const { return trainings_; }
  /// Whether a training was left out for lack of budget, or for an interrupt.
  bool is_exhausted() const { return exhausted_; }
  bool is_interrupted() const { return interrupted_; }

 private:
  struct Task {
    std::string key = {};
    LoadedConfig config = {};
    std::size_t repetition = 0;
    std::size_t epochs = 0;
    double work = 0;
    std::shared_ptr<const DataParts> parts = {};
  };

  std::shared_ptr<const DataParts> parts_for(const LoadedConfig& loaded);
  double work(const LoadedConfig& loaded, const DataParts& parts) const;
  void run(const std::vector<Task>& tasks);
  std::optional<Task> task(const Overrides& overrides, std::size_t repetition);
  std::optional<Outcome> train(const Task& task) const;
  std::unique_ptr<Run> real_run(const LoadedConfig& config, const TrainingState<float>* start) const;
  std::optional<double> real_score(const Run& run) const;

  LoadedConfig base_;
  const Registries& registries_;
  TrialOptions options_;
  std::shared_ptr<const DataParts> parts_;
  std::map<std::string, std::shared_ptr<const DataParts>> prepared_;  // by what the samples depend on
  std::unique_ptr<Judge> judge_;
  std::map<std::string, std::optional<Outcome>> outcomes_;
  double spent_ = 0;
  std::size_t trainings_ = 0;
  bool exhausted_ = false;
  bool interrupted_ = false;
};

}  // namespace hinge
