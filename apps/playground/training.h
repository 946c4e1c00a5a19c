// A training that is taken step by step, and that can go on from a snapshot.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <hinge/core/batch.h>
#include <hinge/data/batch_source.h>
#include <hinge/layers/network.h>
#include <hinge/optim/health/watch.h>
#include <hinge/optim/metrics/evaluation.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_record.h>
#include <hinge/optim/step.h>
#include <hinge/optim/trainer.h>

namespace hinge_playground {

/// A config with its data and its first weights.
struct Setup {
  /// Throws what hinge::Run throws, and ConfigError for what the playground cannot do: more than two features, more than
  /// 100,000 parameters, an averaging of weights, early stopping, recycling.
  explicit Setup(hinge::LoadedConfig config, std::shared_ptr<Setup> first_setup = nullptr);

  hinge::LoadedConfig loaded;
  hinge::Run run;                ///< it never trains; it holds the data and scores weights that it is given
  std::shared_ptr<Setup> first;  ///< of a changed config: the one at the start, whose loss the watch refers to
};

/// All that decides how a training goes on.
struct Snapshot {
  std::shared_ptr<Setup> setup;
  std::size_t steps = 0;
  std::size_t batches = 0;  ///< of the present epoch that are done; 0 between two epochs
  hinge::TrainingState<float> state = {};
  std::optional<double> learning_rate = {};  ///< none: that of the config
  hinge::HealthWatch<float> watch = {};
  hinge::RunRecord record = {};
};

/// Trains as hinge::Trainer::fit does, to the same bits, but one step at a time. In the epoch of a snapshot from its middle the
/// figures of training are those of the batches after it. One that stands before its first step looks at its units anew, as
/// they may have been changed by hand. One thread.
class Training {
 public:
  explicit Training(std::shared_ptr<Setup> setup);
  explicit Training(const Snapshot& snapshot);
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;
  ~Training() = default;

  /// One update of the weights. At the end of an epoch its report. Throws NonFiniteError; the object is of no use then.
  std::optional<hinge::EpochReport> step();
  Snapshot snapshot() const;
  /// Writes one element of a parameter.
  void set_value(std::size_t parameter, std::size_t row, std::size_t col, float value);

  Setup& setup() const { return *setup_; }
  std::shared_ptr<Setup> shared_setup() const { return setup_; }
  std::size_t steps() const { return steps_; }
  std::size_t epochs() const { return step_.epoch() - (batches_ > 0 ? 1 : 0); }
  std::size_t batches() const { return batches_; }
  std::size_t batches_per_epoch() const { return batches_per_epoch_; }
  std::size_t steps_per_epoch() const;
  double learning_rate() const { return step_.optimizer().learning_rate(); }
  const hinge::Network<float>& network() const { return network_; }
  /// Whether the gradients of the network are those of the last step.
  bool has_gradients() const { return has_gradients_; }
  const hinge::HealthLedger& ledger() const { return watch_.ledger(); }
  const hinge::RevivalFacts& revival_facts() const { return watch_.revival_facts(); }
  hinge::RunRecord& record() { return record_; }

  /// Of the weights as they are. Throws NonFiniteError.
  hinge::Evaluation evaluate(const hinge::Dataset<float>& part) const;
  /// The health of the units as they are; the ledger stays as it is.
  hinge::HealthReport look();
  /// A copy of the network, for passes that must not disturb training: their layers show them until the next call.
  hinge::Network<float>& mirror();

 private:
  void start_watch();
  void start_epoch();
  void run_batch();
  void update(bool is_metered);
  hinge::EpochReport end_epoch(bool is_due);

  std::shared_ptr<Setup> setup_;
  hinge::Network<float> network_;
  hinge::Network<float> mirror_;
  hinge::TrainingStep<float> step_;
  hinge::DatasetBatches<float> source_;
  hinge::Batch<float> batch_;
  hinge::EvaluationSums<float> sums_;
  hinge::HealthWatch<float> watch_;
  hinge::RunRecord record_;
  std::size_t batches_per_epoch_;
  std::size_t steps_ = 0;
  std::size_t batches_ = 0;
  bool has_gradients_ = false;
};

}  // namespace hinge_playground
