// One step of training: forward, loss, backward and update.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/core/shards.h>
#include <hinge/core/threads.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>
#include <hinge/optim/gradient_tree.h>
#include <hinge/optim/optimizers/optimizer.h>
#include <hinge/optim/rank_exchange.h>
#include <hinge/optim/schedule.h>
#include <hinge/optim/thread_choice.h>
#include <hinge/optim/trainer.h>
#include <hinge/optim/weight_average.h>

namespace hinge {

/// Results of a pass, for metrics.
template <typename Scalar>
struct StepPass {
  MatrixView<const Scalar> output;  ///< raw outputs, outputs × batch, before the update; valid until the next pass
  LossSums sums;
};

/// How a pass scales its gradients. `whole`: the batch is the whole step, and the mean is taken at once.
/// `one_of_several`: gradients and sample weights are summed, and `finish_gradient` takes the mean.
enum class StepBatch { whole, one_of_several };

/// What is wrong with training `network` on `samples` samples in batches of `batch_size`: an epoch has a batch of fewer
/// samples than a layer needs. Empty if nothing is. Says which batch_size to take.
template <typename Scalar>
HINGE_API std::string short_batch_error(const Network<Scalar>& network, std::size_t samples, std::size_t batch_size);

/// Why `network` cannot train in several shards; empty if it can.
template <typename Scalar>
HINGE_API std::string shards_error(const Network<Scalar>& network);

/// Lists a state of training for both directions (core/io/state_archive.h).
template <typename Scalar>
HINGE_API void list_state(StateArchive& state, TrainingState<Scalar>& of);

/// Makes training steps: call `run_pass` once or more, then `finish_gradient`, then `update`.
///
/// Keeps a pointer to the network, which must outlive it and must not be moved. One thread at a time. Allocates nothing
/// once the buffers have grown to the largest batch.
template <typename Scalar>
class HINGE_API TrainingStep {
 public:
  /// Throws ConfigError for options out of range, and std::system_error where the system has no more threads.
  /// Each of several ranks passes the same batches to its own step, computes its part of the shards, and reaches the same state.
  TrainingStep(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
               const StepOptions& options, Communicator& ranks = single_process());
  TrainingStep(const TrainingStep&) = delete;
  TrainingStep& operator=(const TrainingStep&) = delete;
  ~TrainingStep() = default;

  /// Forward, loss and backward of a batch. The first pass of a step replaces the gradients, later ones add to them. A
  /// batch whose weights are all 0 has no loss and does not change the gradients. x is features × batch; `weights` is
  /// empty or has one finite element ≥ 0 for each sample. Throws NonFiniteError if the loss is not finite, DataError or
  /// ShapeError if the batch does not fit. After an exception the next steps are the same as without the call.
  /// With several shards the batch is a Shards (core/shards.h) that begins at sample `first` of the epoch.
  StepPass<Scalar> run_pass(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                            std::span<const Scalar> weights, StepBatch batch, std::size_t first = 0);
  /// The same for a whole step whose ∂L/∂output comes from `write_dz`; see Trainer::step.
  void run_pass(const MatrixView<const Scalar>& x, const OutputGradient<Scalar>& write_dz);
  /// Number of batches whose gradients `update` has not used yet.
  std::size_t pending() const { return pending_; }
  /// Turns the sum over several batches into the gradient of the step. Call it once per step, before `update`.
  void finish_gradient();
  /// Clips the gradient, updates the parameters, and adds them to their running mean. Does nothing if no batch is
  /// pending.
  void update();
  /// Discards the pending gradients.
  void drop_gradient();

  /// Counts an epoch and sets the learning rate of a schedule that counts epochs.
  void begin_epoch();
  /// Passes the loss of the epoch to the schedule.
  void end_epoch(double loss);
  /// Number of epochs begun.
  std::size_t epoch() const { return epoch_; }

  /// Throws NonFiniteError if a parameter, or the state of the optimiser, is not finite.
  void check_finite() const;
  /// Throws a NonFiniteError that begins with the place: `training stopped at step 7 (epoch 2): …`.
  [[noreturn]] void fail(const std::string& reason, std::uint64_t step, std::size_t layer) const;

  std::size_t shards() const { return options_.shards; }
  SharedWork shared_work() const;
  /// Whether `mine` is true on any of the ranks, all of which call this.
  bool any_rank(bool mine) { return exchange_.smallest(mine ? 0 : 1) == 0; }
  bool is_averaging() const { return options_.averaging > 0; }
  /// Whether there is a mean of the weights to evaluate.
  bool has_average() const { return average_.count() > 0; }
  /// The parameters for evaluation: their running mean if there is one, else the present ones.
  std::vector<Scalar> evaluated_values() const;
  /// Copies the running mean into the network and starts a new one. Does nothing if there is none.
  void adopt_average();

  TrainingState<Scalar> state() const;
  /// Continues from a state of the same network and optimiser. Throws ShapeError for another, and changes nothing.
  void restore(const TrainingState<Scalar>& state);
  /// Lists this state, the learning rate, which parameters are frozen, and what an optimiser of an application keeps.
  void list_state(StateArchive& state);

  const Loss<Scalar>& loss() const { return *loss_; }
  const Optimizer<Scalar>& optimizer() const { return *optimizer_; }
  Optimizer<Scalar>& optimizer() { return *optimizer_; }
  /// The pool that computed the last pass; null if it was the calling thread alone.
  ThreadPool* threads() const { return threads_; }

 private:
  // What comes before and after forward and loss. `start_pass` returns the memory for ∂L/∂output.
  MatrixView<Scalar> start_pass(const MatrixView<const Scalar>& x);
  MatrixView<const Scalar> forward(const MatrixView<const Scalar>& x);
  void finish_pass(const MatrixView<Scalar>& dz, double weight, StepBatch batch);
  StepPass<Scalar> run_shards(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                              std::span<const Scalar> weights, StepBatch batch, const Shards& shards);
  void run_own_shards(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                      std::span<const Scalar> weights, double scale, const Shards& shards,
                      const MatrixView<Scalar>& output, const MatrixView<Scalar>& dz);
  void run_shard(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets, std::span<const Scalar> weights,
                 double scale, std::uint64_t pass, const MatrixView<Scalar>& output, const MatrixView<Scalar>& dz);
  void check_common_loss(double loss);
  void count_pass(double weight, StepBatch batch);
  void add_to_sum();
  ThreadPool* threads_for(std::size_t samples);
  void clip_gradients();
  void check_loss(double loss, const MatrixView<const Scalar>& x) const;
  [[noreturn]] void fail_loss(double loss, std::size_t place) const;

  Network<Scalar>* network_;
  std::unique_ptr<Loss<Scalar>> loss_;
  std::unique_ptr<Optimizer<Scalar>> optimizer_;
  StepOptions options_;
  std::unique_ptr<Schedule> schedule_;  // null: constant rate, which observers may change
  double base_rate_ = 0;                // the learning rate from which the schedule starts
  std::vector<double> losses_;          // observed by the schedule
  WeightAverage<Scalar> average_;
  std::unique_ptr<ThreadPool> pool_;  // if the number of threads is given
  std::optional<ThreadChoice> choice_;
  ThreadPool* threads_ = nullptr;  // of the present step
  Matrix<Scalar> dz_buffer_;       // ∂L/∂output
  // Of several shards.
  Matrix<Scalar> output_buffer_;
  GradientTree<Scalar> tree_;
  Communicator* ranks_;
  RankExchange<Scalar> exchange_;
  std::uint64_t bad_place_ = 0;             // where the shards of this rank are not finite, as a layer
  std::vector<std::size_t> first_of_rank_;  // sample of the batch, and the size of the batch behind them
  std::vector<Scalar> gradient_sum_;        // of the pending batches, where they are one of several
  double shard_seconds_ = 0;
  std::uint64_t updates_ = 0;  // of this object, where the optimiser's steps are also those before an interruption
  std::size_t epoch_ = 0;
  std::uint64_t passes_ = 0;
  std::size_t pending_ = 0;
  double pending_weight_ = 0;  // Σ wᵢ of the pending batches
  bool is_sum_ = false;        // the pending gradients are not yet divided by pending_weight_
};

extern template class HINGE_API TrainingStep<float>;
extern template class HINGE_API TrainingStep<double>;

}  // namespace hinge
