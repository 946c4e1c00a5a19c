// The trainer: the loop over epochs around the training step.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/error.h>
#include <hinge/core/fwd.h>
#include <hinge/data/batch_source.h>
#include <hinge/optim/health/probe.h>
#include <hinge/optim/metrics/evaluation.h>
#include <hinge/optim/optimizers/optimizer.h>
#include <hinge/optim/schedule.h>

namespace hinge {

class HealthLedger;
struct RevivalFacts;

/// What surrounds every update of the optimiser.
struct StepOptions {
  /// Changes the learning rate, starting from the optimiser's. A schedule that counts epochs acts in `fit` only.
  ScheduleSpec schedule = ConstantRate{};
  /// Largest norm of the gradient of all trainable parameters, taken as one vector; a longer one is scaled down to it.
  /// 0: no limit. [Pascanu, Mikolov & Bengio, ICML 2013]
  double clip_norm = 0;
  /// Largest size of each element of the gradient, applied before clip_norm. 0: no limit.
  double clip_value = 0;
  /// Decay β in [0, 1) of the running mean of the weights. 0: none. With it, evaluations use
  /// the mean, and `fit` ends with the mean in the network. Parameters are averaged, the layers' state is not: the running
  /// statistics of batch_norm stay those of the last step.
  /// [Polyak & Juditsky 1992; as an exponential mean: Kingma & Ba, ICLR 2015, section 7.2]
  double averaging = 0;
  /// Into how many shards, a power of 2, the samples of an epoch and of each batch are divided (BatchSource::start_sharded_epoch). The
  /// gradient of each is one sum over its samples, and these are added in a binary tree. Another number of shards is another
  /// training, as with another seed: another order of the samples and other masks of dropout. How many ranks and threads share the
  /// shards changes nothing. Layers that mix the samples of a batch, such as batch_norm, are refused with more than 1.
  std::size_t shards = 1;
  /// Threads that share each step, the caller's included. 0: as many as are fastest, found by trial
  /// (optim/thread_choice.h). The bits are the same with any number.
  std::size_t threads = 1;
};

/// What decides how training goes on from one `fit` to the next. Early stopping is not part of it: it starts anew in every
/// `fit`. To go on within a `fit` see Trainer::list_state.
template <typename Scalar>
struct TrainingState {
  std::size_t epoch = 0;     ///< epochs begun
  std::uint64_t passes = 0;  ///< training passes of the network; they number the masks of dropout
  std::uint64_t steps = 0;
  std::vector<Scalar> values = {};  ///< the network's parameters
  std::vector<std::vector<Scalar>> optimizer_state = {};
  std::vector<double> losses = {};       ///< what the schedule observed, one an epoch
  std::uint64_t averaged = 0;            ///< steps in the mean of the weights
  std::vector<double> average = {};      ///< that mean; empty without averaging
  std::vector<Scalar> layer_state = {};  ///< what the layers keep besides parameters: running means
};

/// Ends training when a figure of the validation stops improving: `patience` epochs in a row without improvement are borne,
/// the next one ends it.
struct EarlyStopping {
  std::size_t patience = 0;     ///< 0: never stop, and no best epoch is looked for
  double min_delta = 0;         ///< a value improves on the best when it is better by more than this
  bool restore_best = true;     ///< `fit` ends with the weights of the best epoch; without effect where patience is 0
  std::string metric = "loss";  ///< or accuracy, r2, d2, mae, rmse, or one of the fit's metrics
};

/// How to fit.
template <typename Scalar>
struct FitOptions {
  std::size_t epochs = 10;
  std::size_t batch_size = 32;                  ///< the last batch of an epoch may be shorter; it is used
  std::size_t accumulate = 1;                   ///< batches whose gradients make up a step; at the end fewer
  bool shuffle = true;                          ///< a new order for every epoch
  const Dataset<Scalar>* validation = nullptr;  ///< evaluated after every epoch; must stay alive during `fit`
  std::vector<MetricSpec> metrics = {};         ///< measured in every epoch, beside those of every Evaluation
  EarlyStopping early_stopping = {};            ///< needs `validation`
  std::size_t probe_samples = 2048;  ///< largest number of training samples in the health probe; 0: no health
  std::size_t health_every = 0;      ///< epochs from one health measurement to the next; 0: by itself (optim/cadence.h)
  std::size_t report_every = 0;      ///< epochs from one report in FitResult to the next; 0: by itself
  /// A `fit` that was interrupted, to go on with: what Trainer::list_state wrote there. Data, network and options must be the
  /// same, but for `epochs` and the rules of early stopping. Read when `fit` begins.
  StateArchive* resume = nullptr;
};

/// What an epoch came to.
struct EpochReport {
  std::size_t epoch = 0;    ///< counted from 1 over all calls of `fit`
  std::uint64_t steps = 0;  ///< optimiser steps so far
  Evaluation train = {};    ///< of the outputs as they were while the weights changed
  std::optional<Evaluation> validation = {};
  std::optional<HealthReport> health = {};  ///< at the end of the epoch; none without a probe, or where it is not due
  bool is_best = false;                     ///< whether early stopping found no better validation so far
  double learning_rate = 0;
  double seconds = 0;  ///< the training part of the epoch, without validation and health
  double samples_per_second = 0;
};

/// What is known before the first step.
struct StartReport {
  std::size_t samples = 0;                  ///< of an epoch
  std::size_t steps_per_epoch = 0;          ///< batches
  std::size_t resumed_epoch = 0;            ///< the epoch, whole or not, at which an interrupted `fit` goes on; 0: none
  std::optional<HealthReport> health = {};  ///< of the untrained network; none without a probe
};

struct FitResult {
  StartReport start = {};
  /// The epochs that `report_every` keeps and the last whole one; of a `fit` that was interrupted, from the last whole one
  /// before the interruption on. Their health is without its units: see `health`, and
  /// the trainer's ledger.
  std::vector<EpochReport> epochs = {};
  bool stopped = false;        ///< by an observer
  bool stopped_early = false;  ///< by early stopping
  /// The epoch of the best validation, by the rule of EarlyStopping. Only where early stopping looked for it
  /// (patience > 0); with restore_best the network ends with its weights, and its health is known wherever there is a
  /// probe. With its units.
  std::optional<EpochReport> best = {};
  /// The last measurement, with its units, of the weights as the last step left them; its epoch is that of the trainer's
  /// ledger. Where an observer stopped training and none was due, it was taken then. None without a whole epoch.
  std::optional<HealthReport> health = {};
};

/// Where an epoch stands.
struct StepReport {
  std::size_t epoch = 0;  ///< counted from 1
  std::size_t step = 0;   ///< batches of the epoch so far
  bool is_whole = true;   ///< whether no gradient waits for more batches, so that Trainer::list_state may be called
};

/// How the ranks of a trainer shared its steps, as this rank saw it. Seconds are of all steps.
struct SharedWork {
  std::size_t ranks = 1;
  std::size_t shards = 1;       ///< of all ranks
  std::uint64_t steps = 0;      ///< of this trainer, without those before an interruption
  double bytes_per_step = 0;    ///< that this rank sent: gradients, outputs, and what `any_rank` asks
  double shard_seconds = 0;     ///< forward, loss and backward of its own shards; 0 where there is only one
  double exchange_seconds = 0;  ///< sending, receiving, and waiting for others
};

/// An observer's answer.
enum class Control { proceed, stop };

/// Writes ∂L/∂output of a batch into dz, given the raw outputs; both are outputs × batch, and dz is 0 before.
template <typename Scalar>
using OutputGradient = std::function<void(const MatrixView<const Scalar>& output, const MatrixView<Scalar>& dz)>;

/// Trains a network. Refers to it: the network must outlive the trainer and keep its address, and nobody else may change
/// it meanwhile. So a trainer cannot be copied or moved, and an object that holds both does not move either; keep it by
/// std::unique_ptr where it has to.
///
/// The network's seed decides the order of the samples too, so the same network, data and options give the same bits.
/// One thread at a time. A step allocates nothing once the buffers have grown to the largest batch.
template <typename Scalar>
class HINGE_API Trainer {
 public:
  /// Throws ConfigError for step options out of range, and std::system_error where the system has no more threads.
  Trainer(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
          const StepOptions& options = {});
  /// The same on several ranks (core/communicator.h), whose number divides `options.shards`. Each makes the same network and
  /// trainer, calls the same functions with the same data, and answers alike as an observer (`any_rank`). It computes its part of
  /// the shards, and has the weights and reports of a trainer that is alone, as all others have. What one of them throws leaves the
  /// others waiting: call Communicator::fail. Throws ConfigError where the ranks cannot share the shards evenly.
  Trainer(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer, const StepOptions& options,
          Communicator& ranks);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  ~Trainer();

  using StartObserver = std::function<void(const StartReport&)>;
  using StepObserver = std::function<Control(const StepReport&)>;
  using EpochObserver = std::function<Control(const EpochReport&)>;
  using EpochChange = std::function<void(const EpochReport&)>;
  using PauseObserver = std::function<Control()>;
  using DivergenceObserver = std::function<void(const EpochReport&, const NonFiniteError&)>;

  /// Called before the first step of a `fit`. An exception from an observer passes through `fit`; the network is usable
  /// afterwards.
  void on_start(StartObserver observer);
  /// Called after every batch of a `fit`, for progress and interrupts: keep it short. When one answers `Control::stop`
  /// training ends within the epoch, which then has no report; gradients that wait for more batches are dropped.
  void on_step(StepObserver observer);
  /// Called after every epoch, in the order of registration. Training ends when one answers `Control::stop`.
  void on_epoch(EpochObserver observer);
  /// Called between two epochs of a `fit`, after each one whose number is a multiple of `every` ≥ 1: the place to change
  /// the network, as recycling does. Reports, saved states and the best epoch are then of the weights that were
  /// measured. With a probe the report has its health, whatever `health_every` says.
  void between_epochs(EpochChange change, std::size_t every = 1);
  /// Called between two epochs of a `fit`, when nothing of the one is left to do and nothing of the other has begun: like a
  /// whole step, a place for `list_state`. Training ends when one answers `Control::stop`.
  void on_pause(PauseObserver observer);
  /// Called when a `fit` fails with a NonFiniteError, before the best weights come back and the error is thrown on. The
  /// report is of the epoch that failed: `train` of the batches before the failure (0 samples and a loss of NaN where
  /// there were none), `health` of the network as it failed.
  void on_divergence(DivergenceObserver observer);

  /// Trains for `options.epochs` epochs. A second call goes on where the first ended. Afterwards the layers show no pass.
  /// Throws NonFiniteError, before the update, when a loss is not finite, and at the end of the epoch when a parameter
  /// is not; DataError or ShapeError when the data does not fit the network or the loss; ConfigError for options.
  /// With averaging or a restored best epoch the network ends with other weights than the last step left, and a second
  /// call goes on from those. The best epoch's weights also come back when NonFiniteError is thrown.
  FitResult fit(BatchSource<Scalar>& train, const FitOptions<Scalar>& options);
  FitResult fit(const Dataset<Scalar>& train, const FitOptions<Scalar>& options);

  /// One step for callers that own the loop: forward, loss, backward, update. Returns the sums of the batch's loss,
  /// taken before the update. x is features × batch; `weights` is empty or has one element ≥ 0 a sample. A batch whose
  /// weights are all 0 moves nothing and counts no step. The layers show this pass as long as x and the targets live.
  /// Throws as `fit` does; the next step is then as if this one had not been tried.
  LossSums step(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                std::span<const Scalar> weights = {});
  /// The same for a loss of one's own, such as those of reinforcement learning: `write_dz` writes ∂L/∂output, which is
  /// taken as it is; what it throws passes through. Throws NonFiniteError if an output or a number it wrote is not finite.
  template <std::invocable<const MatrixView<const Scalar>&, const MatrixView<Scalar>&> Function>
  void step(const MatrixView<const Scalar>& x, const Function& write_dz) {
    step_by_gradient(x, std::cref(write_dz));  // a reference, for which std::function allocates nothing
  }

  /// A step in parts, for gradients of more samples than fit into one batch: `accumulate` adds those of a batch, `apply`
  /// makes the step of all that came since the last. Together they do what `step` does with all samples at once, up to
  /// rounding. `apply` does nothing where no batch with a weight came.
  LossSums accumulate(MatrixView<const Scalar> x, const Targets<Scalar>& targets, std::span<const Scalar> weights = {});
  void apply();

  /// Puts the mean of the weights into the network and starts a new one; for callers that own the loop. Does nothing
  /// without averaging, or before the first step.
  void adopt_average();

  /// Loss and metrics in prediction; with averaging those of the mean of the weights, in a copy of the network. Safe from
  /// several threads while nobody trains. Throws NonFiniteError when the loss is not finite.
  Evaluation evaluate(const Dataset<Scalar>& data, std::size_t batch_size = 256,
                      const std::vector<MetricSpec>& metrics = {}) const;
  Evaluation evaluate(BatchSource<Scalar>& source, std::size_t batch_size = 256,
                      const std::vector<MetricSpec>& metrics = {}) const;

  TrainingState<Scalar> state() const;
  /// Goes on from a state of the same network and optimiser. Throws ShapeError when it is not. The rest may differ: a
  /// schedule takes up the losses, a mean of the weights that the state does not have starts anew. The ledger of neuron
  /// health is no part of a state.
  void restore(const TrainingState<Scalar>& state);

  /// Lists all that decides how the present `fit` goes on: the state above, the place in the data, early stopping and its
  /// best weights, the ledger, the reports. Only for observers of `on_step`, where StepReport::is_whole, and of `on_pause`.
  /// With FitOptions::resume a `fit` of another process then ends with the same bits. Returns false, and the archive is of
  /// no use, where a metric of an application cannot be interrupted within an epoch (Metric::list_state).
  /// Throws ConfigError outside of a `fit`.
  bool list_state(StateArchive& state);

  /// Whether `mine` is true on any of the ranks. All of them must call it; one that is alone gets its own answer.
  bool any_rank(bool mine);
  SharedWork shared_work() const;

  const Loss<Scalar>& loss() const;
  /// What became of every unit since the first `fit` with a probe.
  const HealthLedger& ledger() const;
  /// Whether the ledger's dead units of layer 1 can come back.
  const RevivalFacts& revival_facts() const;
  Optimizer<Scalar>& optimizer();
  /// The pool that shared the last step; null: this thread took it alone.
  ThreadPool* threads() const;

 private:
  void step_by_gradient(const MatrixView<const Scalar>& x, const OutputGradient<Scalar>& write_dz);

  struct State;
  class Fit;

  std::unique_ptr<State> state_;
};

/// Loss and metrics of a network in prediction; throws as `Trainer::evaluate` does.
template <typename Scalar>
HINGE_API Evaluation evaluate(const Network<Scalar>& network, const Loss<Scalar>& loss, BatchSource<Scalar>& source,
                              std::size_t batch_size = 256, const std::vector<MetricSpec>& metrics = {});

extern template class HINGE_API Trainer<float>;
extern template class HINGE_API Trainer<double>;

}  // namespace hinge
