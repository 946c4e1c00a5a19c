// The trainer: a network, a loss and an optimiser, and the loop over epochs and batches.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/error.h>
#include <hinge/core/threads.h>
#include <hinge/data/batch_source.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/health/probe.h>
#include <hinge/optim/health/update_meter.h>
#include <hinge/optim/metrics/metrics.h>
#include <hinge/optim/optimizers/optimizer.h>
#include <hinge/optim/schedule.h>
#include <hinge/optim/thread_choice.h>
#include <hinge/optim/weight_average.h>

namespace hinge {

/// What surrounds every step of the optimiser.
struct StepOptions {
  /// Of the learning rate, from the optimiser's. One that counts epochs moves in `fit` only.
  ScheduleSpec schedule = ConstantRate{};
  /// The gradient of all trainable parameters, taken as one vector, is shortened to this norm where it is longer; 0:
  /// never. Steep places then cost a small step, not the run. [Pascanu, Mikolov & Bengio, ICML 2013]
  double clip_norm = 0;
  /// Every element of the gradient is kept within ± this, before clip_norm; 0: never.
  double clip_value = 0;
  /// Decay β of the running mean of the weights after each step, ā ← β·ā + (1 − β)·θ, divided by 1 − βᵏ after k steps
  /// since it starts at 0; 0: none. With it, evaluations are those of the mean, and `fit` ends with it in the network.
  /// [Polyak & Juditsky 1992; as an exponential mean: Kingma & Ba, ICLR 2015, section 7.2]
  double averaging = 0;
  /// How many share each step: this thread, and others that the trainer starts. 0: as many as make it fastest on this
  /// machine, found by trial (optim/thread_choice.h). The bits are the same with any number.
  std::size_t threads = 1;
};

/// Ends training when the validation loss has not improved for `patience` epochs.
struct EarlyStopping {
  std::size_t patience = 0;  ///< 0: never stop
  double min_delta = 0;      ///< a loss improves on the best when it is below it by more than this
  bool restore_best = true;  ///< `fit` ends with the weights of the best epoch
};

/// How to fit. Every field has a default that is usual for small networks.
template <typename Scalar>
struct FitOptions {
  std::size_t epochs = 10;
  std::size_t batch_size = 32;                  ///< the last batch of an epoch may be shorter; it is used
  std::size_t accumulate = 1;                   ///< batches whose gradients make up a step; at the end fewer
  bool shuffle = true;                          ///< a new order for every epoch
  const Dataset<Scalar>* validation = nullptr;  ///< evaluated after every epoch; must stay alive during `fit`
  EarlyStopping early_stopping = {};            ///< needs `validation`
  std::size_t probe_samples = 2048;  ///< largest number of training samples in the neuron-health probe; 0: no report
  std::size_t health_every = 0;      ///< epochs from one health measurement to the next; 0: by itself, see Cadence
  std::size_t report_every = 0;      ///< epochs from one report in FitResult to the next; 0: by itself
};

/// What an epoch came to.
struct EpochReport {
  std::size_t epoch = 0;  ///< counted from 1 over all calls of `fit`
  std::size_t steps = 0;  ///< optimiser steps so far
  Evaluation train = {};  ///< of the outputs as they were while the weights changed
  std::optional<Evaluation> validation = {};
  std::optional<HealthReport> health = {};  ///< at the end of the epoch; none without a probe
  double learning_rate = 0;
  double seconds = 0;  ///< the training part of the epoch, without validation and health
  double samples_per_second = 0;
};

/// What is known before the first step.
struct StartReport {
  std::size_t samples = 0;                  ///< of an epoch
  std::size_t steps_per_epoch = 0;          ///< batches
  std::optional<HealthReport> health = {};  ///< of the untrained network; none without a probe
};

struct FitResult {
  StartReport start = {};
  std::vector<EpochReport> epochs = {};
  // The epochs' health is without its units: the trainer's ledger has them.
  bool stopped = false;        ///< by an observer
  bool stopped_early = false;  ///< by early stopping
  /// The epoch of the smallest validation loss. Only where early stopping looked for it (patience > 0).
  std::optional<EpochReport> best = {};
  std::optional<HealthReport> health = {};  ///< the last measurement, with its units; none without a probe
};

/// Where an epoch stands.
struct StepReport {
  std::size_t epoch = 0;  ///< counted from 1
  std::size_t step = 0;   ///< batches of the epoch so far
};

/// Where training stands between two epochs: all that decides how it goes on. Early stopping counts anew in every `fit`.
template <typename Scalar>
struct TrainingState {
  std::size_t epoch = 0;
  std::uint64_t passes = 0;  ///< of the network in training: they number the masks of dropout
  std::uint64_t steps = 0;
  std::vector<Scalar> values = {};               ///< the network's parameters
  std::vector<std::vector<Scalar>> memory = {};  ///< the optimiser's
  std::vector<double> losses = {};               ///< what the schedule observed, of each epoch
  std::size_t averaged = 0;                      ///< steps that the mean of the weights holds
  std::vector<Scalar> average = {};              ///< its sums; empty without averaging
};

/// An observer's answer.
enum class Control { proceed, stop };

/// Trains a network. Refers to it: the network must outlive the trainer, and nobody else may change it meanwhile.
///
/// The network's seed decides the order of the samples too, so the same network, data and options give the same bits.
/// One thread at a time. A step allocates nothing once the buffers have grown to the largest batch.
template <typename Scalar>
class HINGE_API Trainer {
 public:
  /// Throws ConfigError for step options out of range, and std::system_error where the system has no more threads.
  Trainer(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
          const StepOptions& options = {});

  using StartObserver = std::function<void(const StartReport&)>;
  using StepObserver = std::function<Control(const StepReport&)>;
  using EpochObserver = std::function<Control(const EpochReport&)>;
  using EpochChange = std::function<void(const EpochReport&)>;
  using DivergenceObserver = std::function<void(const EpochReport&, const NonFiniteError&)>;

  /// Called before the first step of a `fit`. What an observer throws passes through `fit`; the network is usable
  /// afterwards.
  void on_start(StartObserver observer) { start_observers_.push_back(std::move(observer)); }
  /// Called after every step of a `fit`, for progress and interrupts: keep it short. When one answers `Control::stop`
  /// training ends within the epoch, which then has no report; gradients that wait for more batches are dropped.
  void on_step(StepObserver observer) { step_observers_.push_back(std::move(observer)); }
  /// Called after every epoch, in the order of registration. Training ends when one answers `Control::stop`.
  void on_epoch(EpochObserver observer) { epoch_observers_.push_back(std::move(observer)); }
  /// Called between two epochs of a `fit`, when all that concerns the first is done: whoever changes the network, as
  /// recycling does, does it here. So reports, saved states and the best epoch are of the weights that were measured.
  /// With `every`, only after each epoch that is a multiple of it; the report of such an epoch has its health.
  void between_epochs(EpochChange change, std::size_t every = 1) {
    epoch_changes_.push_back({std::move(change), every});
  }
  /// Called when a `fit` fails with a NonFiniteError, before the best weights come back and the error is thrown on. The
  /// report is of the epoch that failed: its sums hold the batches before, its health is of the network as it failed.
  void on_divergence(DivergenceObserver observer) { divergence_observers_.push_back(std::move(observer)); }

  /// Trains for `options.epochs` epochs. A second call goes on where the first ended. Afterwards the layers show no pass.
  /// Throws NonFiniteError, before the update, when a loss is not finite, and at the end of the epoch when a parameter
  /// is not; DataError or ShapeError when the data does not fit the network or the loss; ConfigError for options.
  /// With averaging or a restored best epoch the network ends with other weights than the last step left, and a second
  /// call goes on from those. The best epoch's weights come back, too, when NonFiniteError is thrown.
  FitResult fit(BatchSource<Scalar>& train, const FitOptions<Scalar>& options);
  FitResult fit(const Dataset<Scalar>& train, const FitOptions<Scalar>& options);

  /// One step for callers that own the loop: forward, loss, backward, update. Returns the sums of the batch's loss,
  /// taken before the update. x is features × batch; `weights` is empty or has one element ≥ 0 a sample. A batch whose
  /// weights are all 0 moves nothing and counts no step. The layers show this pass as long as x and the targets live.
  /// Throws as `fit` does.
  LossSums step(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                std::span<const Scalar> weights = {});

  /// A step in parts, for gradients of more samples than fit into one batch: `accumulate` adds those of a batch, `apply`
  /// makes the step of all that came since the last. Together they do what `step` does with all samples at once, up to
  /// rounding. `apply` does nothing where nothing came that weighs anything.
  LossSums accumulate(MatrixView<const Scalar> x, const Targets<Scalar>& targets, std::span<const Scalar> weights = {});
  void apply();

  /// Puts the mean of the weights into the network and starts a new one; for callers that own the loop. Does nothing
  /// without averaging, or before the first step.
  void adopt_average();

  /// Loss and metrics in prediction, with averaging those of the mean of the weights. Throws NonFiniteError when the loss is not finite.
  Evaluation evaluate(const Dataset<Scalar>& data, std::size_t batch_size = 256) const;
  Evaluation evaluate(BatchSource<Scalar>& source, std::size_t batch_size = 256) const;

  TrainingState<Scalar> state() const;
  /// Goes on from a state of the same network and optimiser. Throws ShapeError when it is not. The rest may differ: a
  /// schedule takes up the losses, a mean of the weights that the state does not have starts anew. The ledger of neuron
  /// health is no part of a state.
  void restore(const TrainingState<Scalar>& state);

  const Loss<Scalar>& loss() const { return *loss_; }
  /// What became of every unit since the first `fit` with a probe.
  const HealthLedger& ledger() const { return ledger_; }
  /// Whether the ledger's dead units of layer 1 can come back.
  const RevivalFacts& revival_facts() const { return revival_facts_; }
  Optimizer<Scalar>& optimizer() { return *optimizer_; }
  /// The pool that shared the last step; null: this thread took it alone.
  ThreadPool* threads() const { return threads_; }

 private:
  struct Pass;  // what a step leaves for the metrics

  enum class StepPart { whole, one_of_several };

  Pass add_gradients(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets, std::span<const Scalar> weights,
                     StepPart part);
  Pass run_batch(const Batch<Scalar>& batch, const FitOptions<Scalar>& options);
  ThreadPool* threads_for(std::size_t samples);
  void update();
  void observe(double loss);
  Evaluation validate(const Dataset<Scalar>& data) const;
  EpochReport finish_epoch(EpochReport report, const HealthProbe<Scalar>* probe, const FitOptions<Scalar>& options);
  void drop_parts();
  void clip_gradients();
  std::optional<EpochReport> train_epoch(BatchSource<Scalar>& train, Batch<Scalar>& batch, EvaluationSums<Scalar>& sums,
                                         const FitOptions<Scalar>& options);
  std::vector<Scalar> evaluated_values() const;
  void check_loss(double loss, const MatrixView<const Scalar>& x) const;
  void check_parameters() const;
  void start_health(const HealthProbe<Scalar>& probe, const BatchSource<Scalar>& train, StartReport& start);
  HealthReport measure_health(const HealthProbe<Scalar>& probe);
  std::optional<HealthProbe<Scalar>> make_probe(BatchSource<Scalar>& train, const FitOptions<Scalar>& options) const;

  Network<Scalar>* network_;
  std::unique_ptr<Loss<Scalar>> loss_;
  std::unique_ptr<Optimizer<Scalar>> optimizer_;
  std::unique_ptr<Schedule> schedule_;  // null: whoever sets the optimiser's rate
  double base_rate_ = 0;                // of the schedule
  std::vector<double> losses_;          // that the schedule observed
  StepOptions options_;
  std::unique_ptr<ThreadPool> pool_;  // of a given number of threads; null: of one, or none given
  std::optional<ThreadChoice> choice_;
  ThreadPool* threads_ = nullptr;  // of the present step
  Matrix<Scalar> dz_buffer_;       // ∂L/∂output
  std::size_t epoch_ = 0;
  std::uint64_t passes_ = 0;   // forward passes in training, which number the masks of dropout
  std::size_t parts_ = 0;      // batches whose gradients wait for `apply`
  double pending_weight_ = 0;  // Σ wᵢ of them
  WeightAverage<Scalar> average_;
  std::optional<UpdateMeter<Scalar>> meter_;  // while a fit with a probe goes on
  bool is_metered_ = false;                   // the current step
  HealthLedger ledger_;
  RevivalFacts revival_facts_;
  // Deques, because an observer may register another while they are being called.
  std::deque<StartObserver> start_observers_;
  std::deque<StepObserver> step_observers_;
  std::deque<EpochObserver> epoch_observers_;
  std::deque<std::pair<EpochChange, std::size_t>> epoch_changes_;
  std::deque<DivergenceObserver> divergence_observers_;
};

/// Loss and metrics of a network in prediction; throws as `Trainer::evaluate` does.
template <typename Scalar>
HINGE_API Evaluation evaluate(const Network<Scalar>& network, const Loss<Scalar>& loss, BatchSource<Scalar>& source,
                              std::size_t batch_size = 256);

extern template HINGE_API Evaluation evaluate<float>(const Network<float>&, const Loss<float>&, BatchSource<float>&,
                                                     std::size_t);
extern template HINGE_API Evaluation evaluate<double>(const Network<double>&, const Loss<double>&, BatchSource<double>&,
                                                      std::size_t);
extern template class HINGE_API Trainer<float>;
extern template class HINGE_API Trainer<double>;

}  // namespace hinge
