// The trainer: a network, a loss and an optimiser, and the loop over epochs and batches.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/data/batch_source.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>
#include <hinge/optim/health.h>
#include <hinge/optim/metrics.h>
#include <hinge/optim/optimizer.h>

namespace hinge::inline HINGE_ABI {

/// How to fit. Every field has a default that is usual for small networks.
template <typename Scalar>
struct FitOptions {
  std::size_t epochs = 10;
  std::size_t batch_size = 32;                  ///< the last batch of an epoch may be shorter; it is used
  bool shuffle = true;                          ///< a new order for every epoch
  const Dataset<Scalar>* validation = nullptr;  ///< evaluated after every epoch; must stay alive during `fit`
  std::size_t probe_samples = 2048;  ///< largest number of training samples in the neuron-health probe; 0: no report
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
  std::size_t samples = 0;  ///< of an epoch
  std::size_t steps_per_epoch = 0;
  std::optional<HealthReport> health = {};  ///< of the untrained network; none without a probe
};

struct FitResult {
  StartReport start = {};
  std::vector<EpochReport> epochs = {};
  bool stopped = false;  ///< by an observer
};

/// Where an epoch stands.
struct StepReport {
  std::size_t epoch = 0;  ///< counted from 1
  std::size_t step = 0;   ///< within the epoch, counted from 1
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
  Trainer(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer);

  using StartObserver = std::function<void(const StartReport&)>;
  using StepObserver = std::function<Control(const StepReport&)>;
  using EpochObserver = std::function<Control(const EpochReport&)>;

  /// Called before the first step of a `fit`. What an observer throws passes through `fit`; the network is usable
  /// afterwards.
  void on_start(StartObserver observer) { start_observers_.push_back(std::move(observer)); }
  /// Called after every step of a `fit`, for progress and interrupts: keep it short. When one answers `Control::stop`
  /// training ends within the epoch, which then has no report; the weights are those of the last step.
  void on_step(StepObserver observer) { step_observers_.push_back(std::move(observer)); }
  /// Called after every epoch, in the order of registration. Training ends when one answers `Control::stop`.
  void on_epoch(EpochObserver observer) { epoch_observers_.push_back(std::move(observer)); }

  /// Trains for `options.epochs` epochs. A second call goes on where the first ended. Afterwards the layers show no pass.
  /// Throws NonFiniteError, before the update, when a loss is not finite, and at the end of the epoch when a parameter
  /// is not; DataError or ShapeError when the data does not fit the network or the loss; ConfigError for options.
  FitResult fit(BatchSource<Scalar>& train, const FitOptions<Scalar>& options);
  FitResult fit(const Dataset<Scalar>& train, const FitOptions<Scalar>& options);

  /// One step for callers that own the loop: forward, loss, backward, update. Returns the sums of the batch's loss,
  /// taken before the update. x is features × batch; `weights` is empty or has one element ≥ 0 a sample. A batch whose
  /// weights are all 0 moves nothing and counts no step. The layers show this pass as long as x and the targets live.
  /// Throws as `fit` does.
  LossSums step(MatrixView<const Scalar> x, const Targets<Scalar>& targets, std::span<const Scalar> weights = {});

  /// Loss and metrics in prediction. Throws NonFiniteError when the loss is not finite.
  Evaluation evaluate(const Dataset<Scalar>& data, std::size_t batch_size = 256) const;
  Evaluation evaluate(BatchSource<Scalar>& source, std::size_t batch_size = 256) const;

  const Loss<Scalar>& loss() const { return *loss_; }
  Optimizer<Scalar>& optimizer() { return *optimizer_; }

 private:
  struct Pass;  // what a step leaves for the metrics

  Pass run_step(MatrixView<const Scalar> x, const Targets<Scalar>& targets, std::span<const Scalar> weights);
  std::optional<EpochReport> train_epoch(BatchSource<Scalar>& train, Batch<Scalar>& batch, EvaluationSums<Scalar>& sums,
                                         const FitOptions<Scalar>& options);
  void check_loss(double loss, MatrixView<const Scalar> x) const;
  void check_parameters() const;
  std::optional<HealthProbe<Scalar>> make_probe(BatchSource<Scalar>& train, const FitOptions<Scalar>& options) const;

  Network<Scalar>* network_;
  std::unique_ptr<Loss<Scalar>> loss_;
  std::unique_ptr<Optimizer<Scalar>> optimizer_;
  Matrix<Scalar> dz_buffer_;  // ∂L/∂output
  std::size_t epoch_ = 0;
  // Deques, because an observer may register another while they are being called.
  std::deque<StartObserver> start_observers_;
  std::deque<StepObserver> step_observers_;
  std::deque<EpochObserver> epoch_observers_;
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

}  // namespace hinge::inline HINGE_ABI
