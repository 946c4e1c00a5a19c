// The training loop.
#include <hinge/optim/trainer.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>

namespace hinge::inline HINGE_ABI {

namespace {

template <typename Scalar>
bool all_finite(MatrixView<const Scalar> values) {
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (std::size_t c = 0; c < values.cols; ++c) {
      if (!std::isfinite(values(r, c))) return false;
    }
  }
  return true;
}

// The first place, in the order of the forward pass, that holds a non-finite value: 0 for the batch, i for layer i,
// one more than the number of layers when only the loss itself overflowed.
template <typename Scalar>
std::size_t first_non_finite_place(const Network<Scalar>& network, MatrixView<const Scalar> x) {
  if (!all_finite(x)) return 0;
  for (std::size_t i = 0; i < network.size(); ++i) {
    if (!all_finite(network.layer(i).output())) return i + 1;
  }
  return network.size() + 1;
}

std::string describe_place(std::size_t place, std::size_t layers) {
  if (place == 0) return "the batch itself holds a value that is not finite: check the data";
  const std::string advice = ": try a smaller learning_rate, or scale the inputs";
  if (place > layers) return "all outputs are finite, but the loss of them overflows" + advice;
  return "the first values that are not finite are in layer " + std::to_string(place) + advice;
}

std::string describe_step(std::size_t epoch, std::size_t step) {
  return "training stopped at step " + std::to_string(step) +
         (epoch > 0 ? " (epoch " + std::to_string(epoch) + ")" : std::string());
}

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

template <typename Scalar>
void check_weights(std::span<const Scalar> weights) {
  for (const Scalar w : weights) {
    if (w >= 0 && std::isfinite(w)) continue;
    throw DataError("a sample has the weight " + to_text(static_cast<double>(w)) + ", must be a finite number >= 0");
  }
}

// Asks all observers, by index as there may be more of them in the end. Does one of them want to stop?
template <typename Observer, typename Report>
bool notify(const std::deque<Observer>& observers, const Report& report) {
  bool stop = false;
  for (std::size_t i = 0; i < observers.size(); ++i) {
    if (observers[i](report) == Control::stop) stop = true;
  }
  return stop;
}

template <typename Scalar>
void check_source(const Network<Scalar>& network, const BatchSource<Scalar>& source) {
  if (source.features() != network.inputs()) {
    throw ShapeError("the network takes " + std::to_string(network.inputs()) + " features, but the data has " +
                     std::to_string(source.features()));
  }
  if (source.size() == 0) throw DataError("the data has no samples");
}

}  // namespace

template <typename Scalar>
struct Trainer<Scalar>::Pass {
  MatrixView<const Scalar> output;
  LossSums sums;
};

template <typename Scalar>
Trainer<Scalar>::Trainer(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer)
    : network_(&network), loss_(loss->build<Scalar>()), optimizer_(optimizer->build<Scalar>()) {
  optimizer_->attach(network.parameters());
}

template <typename Scalar>
typename Trainer<Scalar>::Pass Trainer<Scalar>::run_step(MatrixView<const Scalar> x, const Targets<Scalar>& targets,
                                                         std::span<const Scalar> weights) {
  if (x.cols == 0) throw DataError("the batch has no samples");
  const MatrixView<const Scalar> output = network_->forward(x);
  if (dz_buffer_.cols() < x.cols) dz_buffer_ = Matrix<Scalar>(network_->outputs(), x.cols);
  const MatrixView<Scalar> dz = dz_buffer_.view().columns(0, x.cols);
  check_weights(weights);
  const double weight = loss_->weight_sum(targets, weights);
  const double scale = weight > 0 ? loss_->scale(weight) : 0;
  const LossSums sums = loss_->evaluate(output, targets, weights, scale, dz);
  check_loss(weight > 0 ? sums.loss * scale : sums.loss, x);
  if (weight == 0) return {output, sums};  // nobody asks for a change; momentum alone should not move anything
  network_->zero_gradients();
  network_->backward(dz);
  optimizer_->step(network_->parameters());
  return {output, sums};
}

template <typename Scalar>
LossSums Trainer<Scalar>::step(MatrixView<const Scalar> x, const Targets<Scalar>& targets,
                               std::span<const Scalar> weights) {
  return run_step(x, targets, weights).sums;
}

template <typename Scalar>
void Trainer<Scalar>::check_loss(double loss, MatrixView<const Scalar> x) const {
  if (std::isfinite(loss)) return;
  const std::size_t step = optimizer_->steps() + 1;
  const std::size_t place = first_non_finite_place(*network_, x);
  throw NonFiniteError(
      describe_step(epoch_, step) + ": the loss is " + to_text(loss) + "; " + describe_place(place, network_->size()),
      epoch_, step, place);
}

// The last update of an epoch has no next loss that would show what it broke.
template <typename Scalar>
void Trainer<Scalar>::check_parameters() const {
  for (std::size_t i = 0; i < network_->size(); ++i) {
    for (const Parameter<Scalar>& p : network_->layer(i).parameters()) {
      if (all_finite<Scalar>(p.value())) continue;
      throw NonFiniteError(describe_step(epoch_, optimizer_->steps()) + ": the update made " + p.name() +
                               " not finite: try a smaller learning_rate, or scale the inputs",
                           epoch_, optimizer_->steps(), i + 1);
    }
  }
}

// A seeded choice of training samples, in an order of its own. A source that cannot shuffle gives its first ones.
template <typename Scalar>
std::optional<HealthProbe<Scalar>> Trainer<Scalar>::make_probe(BatchSource<Scalar>& train,
                                                               const FitOptions<Scalar>& options) const {
  if (options.probe_samples == 0) return std::nullopt;
  const std::size_t wanted = std::min(options.probe_samples, train.size());
  Batch<Scalar> batch = train.make_batch(wanted);
  train.start_epoch(RandomStream(network_->seed(), Purpose::probe));
  train.next(batch);
  return HealthProbe<Scalar>(matrix_of(batch.inputs()), options.batch_size);
}

template <typename Scalar>
std::optional<EpochReport> Trainer<Scalar>::train_epoch(BatchSource<Scalar>& train, Batch<Scalar>& batch,
                                                        EvaluationSums<Scalar>& sums,
                                                        const FitOptions<Scalar>& options) {
  const Clock::time_point start = Clock::now();
  sums.reset();
  if (options.shuffle) {
    train.start_epoch(RandomStream(network_->seed(), Purpose::shuffle, 0, epoch_));
  } else {
    train.start_epoch(std::nullopt);
  }
  StepReport progress{.epoch = epoch_};
  while (train.next(batch) > 0) {
    const Pass pass = run_step(batch.inputs(), std::as_const(batch).targets(), batch.weights());
    sums.add(pass.output, std::as_const(batch).targets(), pass.sums);
    ++progress.step;
    if (notify(step_observers_, progress)) return std::nullopt;
  }
  check_parameters();

  EpochReport report{.epoch = epoch_, .steps = optimizer_->steps(), .train = sums.result()};
  report.learning_rate = optimizer_->learning_rate();
  report.seconds = seconds_since(start);
  report.samples_per_second = static_cast<double>(report.train.samples) / std::max(report.seconds, 1e-9);
  return report;
}

template <typename Scalar>
FitResult Trainer<Scalar>::fit(BatchSource<Scalar>& train, const FitOptions<Scalar>& options) {
  if (options.batch_size == 0) throw ConfigError("batch_size = 0, must be >= 1");
  check_source(*network_, train);
  const std::size_t batch_size = std::min(options.batch_size, train.size());
  Batch<Scalar> batch = train.make_batch(batch_size);
  network_->reserve(batch_size);
  EvaluationSums<Scalar> sums(*loss_, network_->outputs());
  const std::optional<HealthProbe<Scalar>> probe = make_probe(train, options);

  const PassScope<Scalar> scope(*network_);
  FitResult result;
  result.start = {.samples = train.size(), .steps_per_epoch = (train.size() + batch_size - 1) / batch_size};
  if (probe) result.start.health = probe->measure(*network_);
  for (std::size_t i = 0; i < start_observers_.size(); ++i) start_observers_[i](result.start);
  for (std::size_t i = 0; i < options.epochs && !result.stopped; ++i) {
    ++epoch_;
    std::optional<EpochReport> report = train_epoch(train, batch, sums, options);
    if (!report) {
      result.stopped = true;
      break;
    }
    if (probe) report->health = probe->measure(*network_);
    if (options.validation != nullptr) report->validation = evaluate(*options.validation);
    result.stopped = notify(epoch_observers_, *report);
    result.epochs.push_back(std::move(*report));
  }
  return result;
}

template <typename Scalar>
FitResult Trainer<Scalar>::fit(const Dataset<Scalar>& train, const FitOptions<Scalar>& options) {
  DatasetBatches<Scalar> source(train);
  return fit(source, options);
}

template <typename Scalar>
Evaluation evaluate(const Network<Scalar>& network, const Loss<Scalar>& loss, BatchSource<Scalar>& source,
                    std::size_t batch_size) {
  check_source(network, source);
  batch_size = std::clamp<std::size_t>(batch_size, 1, source.size());
  Batch<Scalar> batch = source.make_batch(batch_size);
  Workspace<Scalar> workspace(network, batch_size);
  EvaluationSums<Scalar> sums(loss, network.outputs());
  source.start_epoch(std::nullopt);
  while (source.next(batch) > 0) {
    const MatrixView<const Scalar> output = network.predict(batch.inputs(), workspace);
    const Targets<Scalar> targets = std::as_const(batch).targets();
    sums.add(output, targets, loss.evaluate(output, targets, batch.weights(), 1, {}));
  }
  const Evaluation result = sums.result();
  if (!std::isfinite(result.loss)) {
    throw NonFiniteError("evaluate: the loss is " + to_text(result.loss) + "; the outputs are too large", 0, 0,
                         network.size() + 1);
  }
  return result;
}

template HINGE_API Evaluation evaluate<float>(const Network<float>&, const Loss<float>&, BatchSource<float>&,
                                              std::size_t);
template HINGE_API Evaluation evaluate<double>(const Network<double>&, const Loss<double>&, BatchSource<double>&,
                                               std::size_t);

template <typename Scalar>
Evaluation Trainer<Scalar>::evaluate(BatchSource<Scalar>& source, std::size_t batch_size) const {
  return hinge::evaluate(*network_, *loss_, source, batch_size);
}

template <typename Scalar>
Evaluation Trainer<Scalar>::evaluate(const Dataset<Scalar>& data, std::size_t batch_size) const {
  DatasetBatches<Scalar> source(data);
  return evaluate(source, batch_size);
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace hinge::inline HINGE_ABI
