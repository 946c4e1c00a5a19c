// The training loop.
#include <hinge/optim/trainer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <hinge/core/clock.h>
#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>

namespace hinge {

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
double sum_of_squares(std::span<const Scalar> values) {
  double sum = 0;
  for (const Scalar v : values) sum += static_cast<double>(v) * static_cast<double>(v);
  return sum;
}

void check_step_options(const StepOptions& options) {
  const auto check = [](std::string_view name, double value, double bound) {
    if (value >= 0 && value < bound && std::isfinite(value)) return;
    throw ConfigError("trainer: " + std::string(name) + " = " + to_text(value) + ", must be " +
                      (std::isfinite(bound) ? "in [0, " + to_text(bound) + ")" : "a finite number >= 0"));
  };
  constexpr double unbounded = std::numeric_limits<double>::infinity();
  check("clip_norm", options.clip_norm, unbounded);
  check("clip_value", options.clip_value, unbounded);
  check("averaging", options.averaging, 1);
}

template <typename Scalar>
void check_fit_options(const FitOptions<Scalar>& options) {
  if (options.batch_size == 0) throw ConfigError("batch_size = 0, must be >= 1");
  if (options.accumulate == 0) throw ConfigError("accumulate = 0, must be >= 1");
  if (options.early_stopping.patience > 0 && options.validation == nullptr) {
    throw ConfigError("early stopping needs a validation part");
  }
  const double min_delta = options.early_stopping.min_delta;
  if (min_delta >= 0 && std::isfinite(min_delta)) return;
  throw ConfigError("early stopping: min_delta = " + to_text(min_delta) + ", must be a finite number >= 0");
}

// The epoch of the smallest validation loss so far, and its weights.
template <typename Scalar>
class BestEpoch {
 public:
  explicit BestEpoch(const EarlyStopping& options) : options_(options) {}

  // NaN is never an improvement.
  bool improves(const EpochReport& report) {
    ++age_;
    if (!(report.validation->loss < loss_ - options_.min_delta)) return false;
    loss_ = report.validation->loss;
    epoch_ = report.epoch;
    age_ = 0;
    return true;
  }

  void keep(std::span<const Scalar> values) { values_.assign(values.begin(), values.end()); }
  void restore(std::span<Scalar> values) const {
    if (options_.restore_best && !values_.empty()) std::copy(values_.begin(), values_.end(), values.begin());
  }

  bool is_long_ago() const { return age_ >= options_.patience; }
  std::size_t epoch() const { return epoch_; }

 private:
  EarlyStopping options_;
  double loss_ = std::numeric_limits<double>::infinity();
  std::size_t epoch_ = 0;
  std::size_t age_ = 0;  // epochs since
  std::vector<Scalar> values_;
};

// The reports of all epochs stay in memory, and there may be many units.
void drop_units(HealthReport& report) {
  for (LayerHealth& layer : report.layers) layer.each = {};
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
Trainer<Scalar>::Trainer(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                         const StepOptions& options)
    : network_(&network), loss_(loss->build<Scalar>()), optimizer_(optimizer->build<Scalar>()), options_(options) {
  check_step_options(options);
  optimizer_->attach(network.parameters());
  if (options.schedule.type() != ConstantRate::type) {
    base_rate_ = optimizer_->learning_rate();
    schedule_ = options.schedule->build(base_rate_);
  }
  if (options.threads > 1) pool_ = std::make_unique<ThreadPool>(options.threads);
  if (options.threads == 0) choice_.emplace(hardware_threads());
  if (options.averaging > 0) average_ = WeightAverage<Scalar>(options.averaging, network.values().size());
}

// The choice looks at the clock now and then, and no layer shares as little as this.
template <typename Scalar>
ThreadPool* Trainer<Scalar>::threads_for(std::size_t samples) {
  constexpr std::size_t least = 1 << 18;
  if (!choice_) return pool_.get();
  return network_->values().size() * samples < least ? nullptr : choice_->next_step();
}

// A whole step knows its Σ wᵢ before the backward pass; of one of several the sum comes later, in `apply`.
template <typename Scalar>
typename Trainer<Scalar>::Pass Trainer<Scalar>::add_gradients(const MatrixView<const Scalar>& x,
                                                              const Targets<Scalar>& targets,
                                                              std::span<const Scalar> weights, StepPart part) {
  if (x.cols == 0) throw DataError("the batch has no samples");
  if (parts_ == 0) threads_ = threads_for(x.cols);
  const MatrixView<const Scalar> output =
      network_->forward(x, {.training = true, .number = passes_++, .threads = threads_});
  if (dz_buffer_.cols() < x.cols) dz_buffer_ = Matrix<Scalar>(network_->outputs(), x.cols);
  const MatrixView<Scalar> dz = dz_buffer_.view().columns(0, x.cols);
  check_weights(weights);
  const double weight = loss_->weight_sum(targets, weights);
  const double mean_scale = loss_->step_scale(weight);
  const double scale = part == StepPart::whole ? mean_scale : 1;
  const LossSums sums = loss_->evaluate(output, targets, weights, scale, dz);
  check_loss(weight > 0 ? sums.loss * mean_scale : sums.loss, x);
  if (weight == 0) return {output, sums};  // nobody asks for a change; momentum alone should not move anything
  network_->backward(dz, InputGradient::skip, parts_ == 0 ? Gradients::replace : Gradients::add, threads_);
  ++parts_;
  pending_weight_ += weight;
  return {output, sums};
}

// The update with the gradients as they are, if anything came.
template <typename Scalar>
void Trainer<Scalar>::update() {
  if (parts_ == 0) return;
  drop_parts();
  if (is_metered_) meter_->before(*network_);
  clip_gradients();
  if (schedule_ && !options_.schedule->per_epoch()) {
    optimizer_->set_learning_rate(schedule_->rate(static_cast<std::size_t>(optimizer_->steps())));
  }
  optimizer_->step(network_->parameters(), threads_);
  if (is_metered_) meter_->after(*network_);
  if (options_.averaging > 0) average_.add(network_->values());
}

template <typename Scalar>
void Trainer<Scalar>::drop_parts() {
  parts_ = 0;
  pending_weight_ = 0;
}

template <typename Scalar>
void Trainer<Scalar>::clip_gradients() {
  const auto limit = static_cast<Scalar>(options_.clip_value);
  if (limit > 0) {
    for (Scalar& g : network_->gradients()) g = g > limit ? limit : g < -limit ? -limit : g;
  }
  if (options_.clip_norm == 0) return;
  const double norm = std::sqrt(sum_of_squares<Scalar>(network_->gradients()));
  if (!(norm > options_.clip_norm)) return;
  const auto factor = static_cast<Scalar>(options_.clip_norm / norm);
  for (Scalar& g : network_->gradients()) g *= factor;
}

template <typename Scalar>
LossSums Trainer<Scalar>::step(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                               std::span<const Scalar> weights) {
  if (parts_ > 0) throw ConfigError("step: gradients of earlier batches wait; call apply first");
  const LossSums sums = add_gradients(x, targets, weights, StepPart::whole).sums;
  update();
  return sums;
}

template <typename Scalar>
LossSums Trainer<Scalar>::accumulate(MatrixView<const Scalar> x, const Targets<Scalar>& targets,
                                     std::span<const Scalar> weights) {
  return add_gradients(x, targets, weights, StepPart::one_of_several).sums;
}

template <typename Scalar>
void Trainer<Scalar>::apply() {
  if (parts_ == 0) return;
  const auto scale = static_cast<Scalar>(loss_->scale(pending_weight_));
  for (Scalar& g : network_->gradients()) g *= scale;
  update();
}

template <typename Scalar>
void Trainer<Scalar>::adopt_average() {
  if (average_.count() == 0) return;
  average_.write(network_->values());
  average_.reset();
}

template <typename Scalar>
TrainingState<Scalar> Trainer<Scalar>::state() const {
  return {.epoch = epoch_,
          .passes = passes_,
          .steps = optimizer_->steps(),
          .values = {network_->values().begin(), network_->values().end()},
          .memory = optimizer_->memory(),
          .losses = losses_,
          .averaged = average_.count(),
          .average = {average_.sums().begin(), average_.sums().end()}};
}

template <typename Scalar>
void Trainer<Scalar>::restore(const TrainingState<Scalar>& state) {
  if (state.values.size() != network_->values().size()) {
    throw ShapeError("trainer: the state has " + std::to_string(state.values.size()) +
                     " parameters, but the network has " + std::to_string(network_->values().size()));
  }
  optimizer_->restore(state.steps, state.memory);
  std::copy(state.values.begin(), state.values.end(), network_->values().begin());
  drop_parts();
  epoch_ = state.epoch;
  passes_ = state.passes;
  average_.reset();
  if (state.average.size() == average_.sums().size()) average_.restore(state.averaged, state.average);
  losses_.clear();
  if (!schedule_) return;
  schedule_ = options_.schedule->build(base_rate_);
  for (const double loss : state.losses) observe(loss);
}

template <typename Scalar>
void Trainer<Scalar>::observe(double loss) {
  if (!schedule_) return;
  schedule_->observe(loss);
  losses_.push_back(loss);
}

template <typename Scalar>
void Trainer<Scalar>::check_loss(double loss, const MatrixView<const Scalar>& x) const {
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
  // Adam and its kin square gradients; where a square is infinite the step is 0, and would stay 0 for ever.
  if (optimizer_->is_finite()) return;
  throw NonFiniteError(describe_step(epoch_, optimizer_->steps()) +
                           ": the squares of the gradients are not finite: scale the inputs and targets",
                       epoch_, optimizer_->steps(), 0);
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
  return HealthProbe<Scalar>(std::move(batch), *loss_, options.batch_size);
}

template <typename Scalar>
void Trainer<Scalar>::start_health(const HealthProbe<Scalar>& probe, const BatchSource<Scalar>& train,
                                   StartReport& start) {
  HealthReport report = probe.measure(*network_);
  if (ledger_.is_started()) {
    ledger_.compare(report);
  } else {
    ledger_.start(report);
  }
  // A slope that is learned may leave 0, without any gradient of z.
  const Layer<Scalar>& first = network_->layer(0);
  const bool slope_is_fixed =
      first.activation() == nullptr || first.activation()->declare_parameters(first.outputs()).empty();
  revival_facts_ = {.stationary_at_zero_gradient =
                        optimizer_->stationary_at_zero_gradient() && options_.averaging == 0 && slope_is_fixed,
                    .probe_is_training_set = probe.size() == train.size(),
                    .inputs_are_fixed = dynamic_cast<const DatasetBatches<Scalar>*>(&train) != nullptr};
  start.health = std::move(report);
  meter_.emplace(*network_);
}

template <typename Scalar>
HealthReport Trainer<Scalar>::measure_health(const HealthProbe<Scalar>& probe) {
  HealthReport report = probe.measure(*network_);
  meter_->write(report);
  ledger_.add(epoch_, report);
  return report;
}

template <typename Scalar>
typename Trainer<Scalar>::Pass Trainer<Scalar>::run_batch(const Batch<Scalar>& batch,
                                                          const FitOptions<Scalar>& options) {
  const bool whole = options.accumulate == 1;
  const Pass pass = add_gradients(batch.inputs(), batch.targets(), batch.weights(),
                                  whole ? StepPart::whole : StepPart::one_of_several);
  if (whole) {
    update();
  } else if (parts_ == options.accumulate) {
    apply();
  }
  return pass;
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
  if (schedule_ && options_.schedule->per_epoch()) optimizer_->set_learning_rate(schedule_->rate(epoch_ - 1));
  StepReport progress{.epoch = epoch_};
  const std::size_t batches = (train.size() + batch.capacity() - 1) / batch.capacity();
  while (train.next(batch) > 0) {
    // The first and the last step of an epoch speak for all: looking at every one would cost a tenth of the time.
    is_metered_ = meter_ && (progress.step < options.accumulate || progress.step + options.accumulate >= batches);
    const Pass pass = run_batch(batch, options);
    sums.add(pass.output, std::as_const(batch).targets(), pass.sums);
    ++progress.step;
    if (notify(step_observers_, progress)) return std::nullopt;
  }
  apply();  // what is left of a step of several batches
  is_metered_ = false;
  check_parameters();

  EpochReport report{.epoch = epoch_, .steps = optimizer_->steps(), .train = sums.result()};
  report.learning_rate = optimizer_->learning_rate();
  report.seconds = seconds_since(start);
  report.samples_per_second = static_cast<double>(report.train.samples) / std::max(report.seconds, 1e-9);
  return report;
}

// What is measured of an epoch once it is trained.
template <typename Scalar>
EpochReport Trainer<Scalar>::finish_epoch(EpochReport report, const HealthProbe<Scalar>* probe,
                                          const FitOptions<Scalar>& options) {
  if (probe != nullptr) report.health = measure_health(*probe);
  if (options.validation != nullptr) report.validation = validate(*options.validation);
  observe(report.validation ? report.validation->loss : report.train.loss);
  return report;
}

template <typename Scalar>
Evaluation Trainer<Scalar>::validate(const Dataset<Scalar>& data) const {
  try {
    return evaluate(data);
  } catch (const NonFiniteError& error) {
    throw NonFiniteError(describe_step(epoch_, optimizer_->steps()) + ": validation: " + error.what(), epoch_,
                         optimizer_->steps(), error.layer());
  }
}

template <typename Scalar>
FitResult Trainer<Scalar>::fit(BatchSource<Scalar>& train, const FitOptions<Scalar>& options) {
  check_fit_options(options);
  check_source(*network_, train);
  if (options.validation != nullptr) check_source(*network_, DatasetBatches<Scalar>(*options.validation));
  const std::size_t batch_size = std::min(options.batch_size, train.size());
  Batch<Scalar> batch = train.make_batch(batch_size);
  network_->reserve(batch_size);
  EvaluationSums<Scalar> sums(*loss_, network_->outputs());
  const std::optional<HealthProbe<Scalar>> probe = make_probe(train, options);

  const PassScope<Scalar> scope(*network_);
  // Also when an observer stops or throws between the batches of a step.
  struct PartsScope {
    Trainer& trainer;
    ~PartsScope() { trainer.drop_parts(); }
  } const parts{*this};
  drop_parts();
  BestEpoch<Scalar> best(options.early_stopping);
  FitResult result;
  result.start = {.samples = train.size(), .steps_per_epoch = (train.size() + batch_size - 1) / batch_size};
  meter_.reset();
  is_metered_ = false;
  if (probe) start_health(*probe, train, result.start);
  for (std::size_t i = 0; i < start_observers_.size(); ++i) start_observers_[i](result.start);
  const auto run_epoch = [&](bool is_last) {
    ++epoch_;
    std::optional<EpochReport> trained = train_epoch(train, batch, sums, options);
    result.stopped = !trained;
    if (result.stopped) return;
    EpochReport report = finish_epoch(std::move(*trained), probe ? &*probe : nullptr, options);
    const bool stops_early = options.early_stopping.patience > 0;
    if (stops_early && best.improves(report)) {
      best.keep(evaluated_values());
      result.best = report;
      if (result.best->health) drop_units(*result.best->health);
    }
    result.stopped = notify(epoch_observers_, report);
    result.stopped_early = stops_early && !result.stopped && best.is_long_ago();
    if (!is_last && !result.stopped && !result.stopped_early) {
      for (std::size_t i = 0; i < epoch_changes_.size(); ++i) {
        if (epoch_ % epoch_changes_[i].second == 0) epoch_changes_[i].first(report);
      }
    }
    if (report.health) {
      result.health = report.health;
      drop_units(*report.health);
    }
    result.epochs.push_back(std::move(report));
  };
  try {
    for (std::size_t i = 1; i <= options.epochs && !result.stopped && !result.stopped_early; ++i) {
      run_epoch(i == options.epochs);
    }
  } catch (const NonFiniteError&) {
    best.restore(network_->values());
    throw;
  }
  adopt_average();
  best.restore(network_->values());
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

// Shows the network with other values, and gives it its own back at the end.
template <typename Scalar>
class BorrowedValues {
 public:
  BorrowedValues(Network<Scalar>& network, std::span<const Scalar> values)
      : network_(network), own_(network.values().begin(), network.values().end()) {
    std::copy(values.begin(), values.end(), network_.values().begin());
  }
  BorrowedValues(const BorrowedValues&) = delete;
  BorrowedValues& operator=(const BorrowedValues&) = delete;
  ~BorrowedValues() { std::copy(own_.begin(), own_.end(), network_.values().begin()); }

 private:
  Network<Scalar>& network_;
  std::vector<Scalar> own_;
};

template <typename Scalar>
std::vector<Scalar> Trainer<Scalar>::evaluated_values() const {
  std::vector<Scalar> values(network_->values().begin(), network_->values().end());
  if (average_.count() > 0) average_.write(values);
  return values;
}

template <typename Scalar>
Evaluation Trainer<Scalar>::evaluate(BatchSource<Scalar>& source, std::size_t batch_size) const {
  if (average_.count() == 0) return hinge::evaluate(*network_, *loss_, source, batch_size);
  const BorrowedValues<Scalar> averaged(*network_, evaluated_values());
  return hinge::evaluate(*network_, *loss_, source, batch_size);
}

template <typename Scalar>
Evaluation Trainer<Scalar>::evaluate(const Dataset<Scalar>& data, std::size_t batch_size) const {
  DatasetBatches<Scalar> source(data);
  return evaluate(source, batch_size);
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace hinge
