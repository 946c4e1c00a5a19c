// Diagnosis: why a training is worse than its data allow, found by training changes of its config.
//
//   1. Par. A few sound recipes are trained beside the user's config, on the same samples, and judged by samples that none
//      of them trained on (judge.h). The best of them is par: what these data give.
//   2. Alarm. The config is behind par when the gap is at least 0.05, at least 15 % of what the config leaves to a perfect
//      answer, and larger than twice its standard error, over samples and over repetitions.
//   3. Single changes of the config (changes.h) are trained, and the share of the gap that each closes is measured. Of those
//      that close it alike, the cause is the one that names itself in the config.
//   4. Where one change is not enough, a second one is looked for on top of the best. Where that is not enough, par is
//      undone line by line: what it cannot do without are the causes.
//   5. The cure is the smallest set of changes that closes most of the gap. It is trained on the user's own parts with
//      their own seed, and measured on their test part, which nothing before has seen.
//
// Work is counted in samples × weights and its order is fixed, so a diagnosis is the same on every machine and for any
// number of jobs. docs/diagnosis.md explains it, with its figures.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/config/spec.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/finding.h>
#include <hinge/optim/trainer.h>

namespace hinge {

struct DiagnosisOptions {
  std::size_t jobs = 1;  ///< trainings at a time; nothing depends on it. At least 1
  /// Work that all trainings may take, as a multiple of what the config's own training takes; small ones have a floor.
  double budget = 10;
  std::function<bool()> is_interrupted = {};  ///< asked after every step; true ends the diagnosis with what it knows
  /// The state of the run when its units died: cures are trained from its weights too, to see whether they come back.
  std::optional<TrainingState<float>> alarm = {};
  /// Called before each training, by any thread, with a text for people.
  std::function<void(const std::string&)> observe = {};
};

/// What a cure brings to the weights of an alarm, in the epochs that were left then.
struct AlarmStart {
  std::size_t epoch = 0;                     ///< of the alarm
  std::optional<double> metric_before = {};  ///< the real metric of these weights
  double metric_after = 0;
};

/// Why the training is behind, with what was measured.
struct Cause {
  Finding finding = {};              ///< `set` was trained here
  std::optional<double> share = {};  ///< of the gap to par that the change closes by itself; 1: all of it
  double share_low = 0;              ///< its 95 % interval
  double share_high = 0;
  std::optional<double> metric_after = {};  ///< the real metric with `set`
  std::optional<AlarmStart> from_alarm = {};
};

struct Diagnosis {
  /// `pass`: as good as these data give; `behind`: a sound recipe does better; `nothing to learn`: nothing does better than
  /// a constant answer; `interrupted`: stopped before it was known.
  std::string verdict = {};
  std::string metric = {};         ///< what judges: `accuracy`, `balanced_accuracy`, `r2`
  std::string judged_by = {};      ///< which samples, in words
  double constant = 0;             ///< of the best constant answer
  double user = 0;                 ///< of the config
  double par = 0;                  ///< of the best recipe
  double gap_error = 0;            ///< standard error of par − user
  std::string recipe = {};         ///< the name of the best recipe
  std::vector<Cause> causes = {};  ///< the most important first
  std::string real_metric = {};    ///< `test/accuracy`: of metric_before and metric_after
  std::optional<double> metric_before = {};
  std::vector<std::string> notes = {};      ///< for people
  std::vector<std::string> not_tried = {};  ///< names of changes for which the budget or the time did not do
  std::size_t trainings = 0;
  std::string digest = {};  ///< of what it depends on: digest_for_diagnosis
};

/// Diagnoses a config. Throws what loading its data and building its run throw, ConfigError for options out of range.
HINGE_API Diagnosis diagnose(const LoadedConfig& loaded, const Registries& registries, const DiagnosisOptions& options);

/// What a diagnosis depends on: the config, its samples, the version. Loads the data.
HINGE_API std::string digest_for_diagnosis(const LoadedConfig& loaded);

/// For `--json` and for `diagnosis.json`.
HINGE_API JsonValue json_of(const Diagnosis& diagnosis);

/// The config with the cure of the first cause, as the text of a file in `folder`, with comments that say why.
/// Without a cause it is the config. `diagnosis` is what `json_of` gives.
HINGE_API std::string mended_config(const LoadedConfig& loaded, const Registries& registries,
                                    const JsonValue& diagnosis, const std::string& folder);

}  // namespace hinge
