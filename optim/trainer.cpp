// The loop over epochs.
#include <hinge/optim/trainer.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <string>
#include <utility>

#include <hinge/core/clock.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>
#include <hinge/optim/cadence.h>
#include <hinge/optim/health/health_state.h>
#include <hinge/optim/health/watch.h>
#include <hinge/optim/step.h>

namespace hinge {

namespace {

constexpr std::size_t evaluation_batch = 256;

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
void check_fit_options(const FitOptions<Scalar>& options) {
  if (options.batch_size == 0) throw ConfigError("batch_size = 0, must be >= 1");
  if (options.accumulate == 0) throw ConfigError("accumulate = 0, must be >= 1");
  if (options.early_stopping.patience > 0 && options.validation == nullptr) {
    throw ConfigError("early stopping needs a validation part");
  }
  const double min_delta = options.early_stopping.min_delta;
  if (!(min_delta >= 0) || !std::isfinite(min_delta)) {
    throw ConfigError("early stopping: min_delta = " + to_text(min_delta) + ", must be a finite number >= 0");
  }
}

// The best epoch by the rule of EarlyStopping, and its network: weights and the layers' state.
template <typename Scalar>
class BestEpoch {
 public:
  BestEpoch(const EarlyStopping& options, const std::vector<MetricSpec>& metrics)
      : options_(options), sign_(larger_is_better(options.metric, metrics) ? -1 : 1) {}

  bool is_sought() const { return options_.patience > 0; }
  // NaN is never an improvement.
  bool improves(const Evaluation& validation) {
    ++age_;
    const std::optional<double> value = value_of(validation, options_.metric);
    if (!value) {
      throw ConfigError("early stopping: this loss and these targets have no " + options_.metric + "; use loss");
    }
    if (!(sign_ * *value < smallest_ - options_.min_delta)) return false;
    smallest_ = sign_ * *value;
    age_ = 0;
    return true;
  }
  bool is_long_ago() const { return age_ > options_.patience; }

  void keep(std::vector<Scalar> values, std::span<const Scalar> state) {
    values_ = std::move(values);
    state_.assign(state.begin(), state.end());
  }
  void restore(Network<Scalar>& network) const {
    if (!options_.restore_best || values_.empty()) return;
    std::copy(values_.begin(), values_.end(), network.values().begin());
    std::copy(state_.begin(), state_.end(), network.state_values().begin());
  }
  void list_state(StateArchive& state) {
    state.add("smallest", smallest_);
    state.add("age", age_);
    state.add("values", values_);
    state.add("state", state_);
  }

 private:
  EarlyStopping options_;
  double sign_;  // turns the better value into the smaller one
  double smallest_ = std::numeric_limits<double>::infinity();
  std::size_t age_ = 0;  // epochs since
  std::vector<Scalar> values_;
  std::vector<Scalar> state_;
};

// Reports stay in memory, and there may be many units.
void drop_units(EpochReport& report) {
  if (!report.health) return;
  for (LayerHealth& layer : report.health->layers) layer.each = {};
}

void list_report(StateArchive& state, EpochReport& report) {
  state.add("epoch", report.epoch);
  state.add("steps", report.steps);
  state.part("train", [&] { list_state(state, report.train); });
  state.part("validation", report.validation, [&](Evaluation& validation) { list_state(state, validation); });
  state.part("health", report.health, [&](HealthReport& health) { list_state(state, health); });
  state.add("is_best", report.is_best);
  state.add("learning_rate", report.learning_rate);
  state.add("seconds", report.seconds);
  state.add("samples_per_second", report.samples_per_second);
}

// Of the epochs only the last: files hold the others.
void list_result(StateArchive& state, FitResult& result) {
  std::optional<EpochReport> last;
  if (!result.epochs.empty()) last = result.epochs.back();
  state.part("start", result.start.health, [&](HealthReport& health) { list_state(state, health); });
  state.part("last", last, [&](EpochReport& report) { list_report(state, report); });
  state.part("best", result.best, [&](EpochReport& report) { list_report(state, report); });
  state.part("health", result.health, [&](HealthReport& health) { list_state(state, health); });
  if (state.is_reading() && last) result.epochs = {*last};
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
struct Trainer<Scalar>::State {
  Network<Scalar>& network;
  TrainingStep<Scalar> step;
  HealthWatch<Scalar> watch = {};
  // Deques, because an observer may register another while they are being called.
  std::deque<StartObserver> start_observers = {};
  std::deque<StepObserver> step_observers = {};
  std::deque<EpochObserver> epoch_observers = {};
  std::deque<std::pair<EpochChange, std::size_t>> changes = {};
  std::deque<PauseObserver> pause_observers = {};
  std::deque<DivergenceObserver> divergence_observers = {};
  Fit* fit = nullptr;  // that is at work

  void require_none_pending() const {
    if (step.pending() > 0) throw ConfigError("step: gradients of earlier batches wait; call apply first");
  }
};

// What one call of `fit` needs; at its end, also by an exception, nothing of its batches is left.
template <typename Scalar>
class Trainer<Scalar>::Fit {
 public:
  Fit(Trainer& trainer, BatchSource<Scalar>& train, const FitOptions<Scalar>& options);
  Fit(const Fit&) = delete;
  Fit& operator=(const Fit&) = delete;
  ~Fit();

  FitResult run();
  bool list_state(StateArchive& state);

 private:
  void start();
  void watch_health();
  void run_epoch();
  void begin_epoch();
  bool train_epoch(bool is_metered);
  void start_batches();
  void run_batch(bool is_metered);
  void update(bool is_metered);
  void evaluate_epoch();
  void end_epoch(bool ends_early);
  bool is_last() const { return epochs_ + 1 >= options_.epochs; }
  bool is_health_due() const;
  void change_network();
  void keep_report();
  void measure_end();
  void restore_best();
  void report_divergence(const NonFiniteError& error);

  Trainer& trainer_;
  State& state_;
  Network<Scalar>& network_;
  TrainingStep<Scalar>& step_;
  HealthWatch<Scalar>& watch_;
  BatchSource<Scalar>& train_;
  const FitOptions<Scalar>& options_;
  Batch<Scalar> batch_;
  // What `list_state` lists, beside the step and the watch.
  std::size_t epochs_ = 0;   // that are done
  std::size_t batches_ = 0;  // of the present epoch that are done; 0 between two epochs
  EvaluationSums<Scalar> sums_;
  BestEpoch<Scalar> best_;
  EpochReport report_;  // of the present epoch
  FitResult result_;
  Clock::time_point epoch_start_;  // earlier by what an interrupted epoch took before
};

template <typename Scalar>
Trainer<Scalar>::Fit::Fit(Trainer& trainer, BatchSource<Scalar>& train, const FitOptions<Scalar>& options)
    : trainer_(trainer),
      state_(*trainer.state_),
      network_(state_.network),
      step_(state_.step),
      watch_(state_.watch),
      train_(train),
      options_(options),
      batch_(train.make_batch(std::min(options.batch_size, train.size()))),
      sums_(step_.loss(), network_.outputs(), options.metrics),
      best_(options.early_stopping, options.metrics) {
  network_.reserve(batch_.capacity());
  step_.drop_gradient();
  state_.fit = this;
}

template <typename Scalar>
Trainer<Scalar>::Fit::~Fit() {
  state_.fit = nullptr;
  watch_.stop();
  step_.drop_gradient();  // of the batches before an observer stopped
  network_.forget();
}

template <typename Scalar>
FitResult Trainer<Scalar>::Fit::run() {
  start();
  try {
    // An epoch that was interrupted ends first, whatever `epochs` says now.
    while ((batches_ > 0 || epochs_ < options_.epochs) && !result_.stopped && !result_.stopped_early) run_epoch();
  } catch (const NonFiniteError& error) {
    report_divergence(error);
    best_.restore(network_);
    throw;
  }
  measure_end();
  step_.adopt_average();
  restore_best();
  return std::move(result_);
}

template <typename Scalar>
void Trainer<Scalar>::Fit::start() {
  if (options_.probe_samples > 0) watch_health();
  if (options_.resume != nullptr) list_state(*options_.resume);
  result_.start.samples = train_.size();
  result_.start.steps_per_epoch = (train_.size() + batch_.capacity() - 1) / batch_.capacity();
  if (options_.resume != nullptr) result_.start.resumed_epoch = step_.epoch() + (batches_ == 0 ? 1 : 0);
  for (std::size_t i = 0; i < state_.start_observers.size(); ++i) state_.start_observers[i](result_.start);
}

template <typename Scalar>
void Trainer<Scalar>::Fit::watch_health() {
  const bool stationary = step_.optimizer().stationary_at_zero_gradient() && !step_.is_averaging();
  if (options_.resume != nullptr) {
    watch_.resume(network_, train_, step_.loss(), options_.probe_samples, options_.batch_size, stationary);
  } else {
    result_.start.health =
        watch_.start(network_, train_, step_.loss(), options_.probe_samples, options_.batch_size, stationary);
  }
}

template <typename Scalar>
bool Trainer<Scalar>::Fit::list_state(StateArchive& state) {
  bool is_whole = true;
  state.add("epochs", epochs_);
  state.add("batches", batches_);
  state.part("step", [&] { step_.list_state(state); });
  if (watch_.is_on()) state.part("watch", [&] { watch_.list_state(state); });
  state.part("best", [&] { best_.list_state(state); });
  state.part("result", [&] { list_result(state, result_); });
  if (batches_ > 0) {
    if (!state.is_reading()) report_.seconds = seconds_since(epoch_start_);
    state.part("report", [&] { list_report(state, report_); });
    state.part("sums", [&] { is_whole = sums_.list_state(state); });
  }
  return is_whole;
}

template <typename Scalar>
void Trainer<Scalar>::Fit::run_epoch() {
  if (batches_ == 0) begin_epoch();
  const bool is_due = is_health_due();
  if (watch_.is_on() && !is_due)
    watch_.forget_updates();  // of an epoch that was to be the last when it was interrupted
  result_.stopped = !train_epoch(is_due);
  if (result_.stopped) return;
  evaluate_epoch();
  report_.is_best = best_.is_sought() && best_.improves(*report_.validation);
  if (report_.is_best) best_.keep(step_.evaluated_values(), network_.state_values());
  const bool ends_early = best_.is_sought() && best_.is_long_ago();
  if (is_due || (ends_early && watch_.is_on())) report_.health = watch_.measure(network_, report_.epoch);
  if (report_.is_best) result_.best = report_;
  end_epoch(ends_early);
}

template <typename Scalar>
void Trainer<Scalar>::Fit::begin_epoch() {
  step_.begin_epoch();
  report_ = {.epoch = step_.epoch()};
  sums_.reset();
}

template <typename Scalar>
void Trainer<Scalar>::Fit::end_epoch(bool ends_early) {
  result_.stopped = notify(state_.epoch_observers, report_);
  result_.stopped_early = ends_early && !result_.stopped;
  const bool goes_on = !is_last() && !result_.stopped && !result_.stopped_early;
  if (goes_on) change_network();
  keep_report();
  batches_ = 0;
  ++epochs_;
  if (!goes_on) return;
  for (std::size_t i = 0; i < state_.pause_observers.size(); ++i) {
    if (state_.pause_observers[i]() == Control::stop) result_.stopped = true;
  }
}

template <typename Scalar>
bool Trainer<Scalar>::Fit::is_health_due() const {
  if (!watch_.is_on()) return false;
  const auto is_changed = [this](const auto& change) { return report_.epoch % change.second == 0; };
  return is_last() || Cadence(options_.health_every).is_due(report_.epoch) ||
         std::any_of(state_.changes.begin(), state_.changes.end(), is_changed);
}

// Of an epoch that was interrupted, goes over the batches that are done.
template <typename Scalar>
void Trainer<Scalar>::Fit::start_batches() {
  std::vector<RandomStream> orders;
  for (std::size_t s = 0; options_.shuffle && s < step_.shards(); ++s) {
    orders.emplace_back(network_.seed(), Purpose::shuffle, static_cast<std::uint32_t>(s), report_.epoch);
  }
  train_.start_sharded_epoch(step_.shards(), orders);
  for (std::size_t i = 0; i < batches_; ++i) train_.next(batch_);
}

// False when an observer stopped it.
template <typename Scalar>
bool Trainer<Scalar>::Fit::train_epoch(bool is_metered) {
  epoch_start_ = Clock::now() - duration_of(report_.seconds);
  start_batches();
  bool is_edge = true;
  while (train_.next(batch_) > 0) {
    // The first and the last step of an epoch speak for all: metering every one would cost a tenth of the time.
    is_edge = batches_ < options_.accumulate || batches_ + options_.accumulate >= result_.start.steps_per_epoch;
    run_batch(is_metered && is_edge);
    ++batches_;
    const StepReport progress{report_.epoch, batches_, step_.pending() == 0};
    if (notify(state_.step_observers, progress)) return false;
  }
  update(is_metered && is_edge);  // what is left of a step of several batches
  step_.check_finite();
  report_.steps = step_.optimizer().steps();
  report_.train = sums_.result();
  report_.learning_rate = step_.optimizer().learning_rate();
  report_.seconds = seconds_since(epoch_start_);
  report_.samples_per_second = static_cast<double>(report_.train.samples) / std::max(report_.seconds, 1e-9);
  return true;
}

template <typename Scalar>
void Trainer<Scalar>::Fit::run_batch(bool is_metered) {
  const Targets<Scalar> targets = std::as_const(batch_).targets();
  const StepBatch batch = options_.accumulate == 1 ? StepBatch::whole : StepBatch::one_of_several;
  const StepPass<Scalar> pass =
      step_.run_pass(batch_.inputs(), targets, batch_.weights(), batch, batches_ * batch_.capacity());
  sums_.add(pass.output, targets, pass.sums, batch_.weights());
  if (step_.pending() == options_.accumulate) update(is_metered);
}

template <typename Scalar>
void Trainer<Scalar>::Fit::update(bool is_metered) {
  if (step_.pending() == 0) return;
  step_.finish_gradient();
  if (is_metered) watch_.before_update(network_);
  step_.update();
  if (is_metered) watch_.after_update(network_);
}

template <typename Scalar>
void Trainer<Scalar>::Fit::evaluate_epoch() {
  if (options_.validation != nullptr) {
    try {
      report_.validation = trainer_.evaluate(*options_.validation, evaluation_batch, options_.metrics);
    } catch (const NonFiniteError& error) {
      step_.fail(std::string("validation: ") + error.what(), report_.steps, error.layer());
    }
  }
  step_.end_epoch(report_.validation ? report_.validation->loss : report_.train.loss);
}

template <typename Scalar>
void Trainer<Scalar>::Fit::change_network() {
  for (std::size_t i = 0; i < state_.changes.size(); ++i) {
    const auto& [change, every] = state_.changes[i];
    if (report_.epoch % every == 0) change(report_);
  }
}

// The last epoch always stays, until there is a later one.
template <typename Scalar>
void Trainer<Scalar>::Fit::keep_report() {
  if (report_.health) result_.health = report_.health;
  drop_units(report_);
  const Cadence cadence(options_.report_every);
  if (!result_.epochs.empty() && !cadence.is_due(result_.epochs.back().epoch)) result_.epochs.pop_back();
  result_.epochs.push_back(report_);
}

// An observer may stop where no measurement was due.
template <typename Scalar>
void Trainer<Scalar>::Fit::measure_end() {
  if (!watch_.is_on() || result_.epochs.empty() || result_.epochs.back().health) return;
  result_.health = watch_.measure(network_, report_.epoch);
  if (result_.epochs.back().epoch != report_.epoch) return;  // stopped within the epoch after
  result_.epochs.back().health = result_.health;
  drop_units(result_.epochs.back());
}

template <typename Scalar>
void Trainer<Scalar>::Fit::restore_best() {
  best_.restore(network_);
  const bool is_measured = !result_.best || result_.best->health || !options_.early_stopping.restore_best;
  if (watch_.is_on() && !is_measured) result_.best->health = watch_.look(network_);
}

template <typename Scalar>
void Trainer<Scalar>::Fit::report_divergence(const NonFiniteError& error) {
  report_.steps = step_.optimizer().steps();
  report_.learning_rate = step_.optimizer().learning_rate();
  report_.train = sums_.has_result() ? sums_.result() : Evaluation{.loss = std::numeric_limits<double>::quiet_NaN()};
  if (watch_.is_on()) report_.health = watch_.measure(network_, report_.epoch);
  for (std::size_t i = 0; i < state_.divergence_observers.size(); ++i) {
    state_.divergence_observers[i](report_, error);
  }
}

template <typename Scalar>
Trainer<Scalar>::Trainer(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                         const StepOptions& options)
    : Trainer(network, loss, optimizer, options, single_process()) {}

template <typename Scalar>
Trainer<Scalar>::Trainer(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                         const StepOptions& options, Communicator& ranks)
    : state_(new State{network, {network, loss, optimizer, options, ranks}}) {}

template <typename Scalar>
Trainer<Scalar>::~Trainer() = default;

template <typename Scalar>
void Trainer<Scalar>::on_start(StartObserver observer) {
  state_->start_observers.push_back(std::move(observer));
}

template <typename Scalar>
void Trainer<Scalar>::on_step(StepObserver observer) {
  state_->step_observers.push_back(std::move(observer));
}

template <typename Scalar>
void Trainer<Scalar>::on_epoch(EpochObserver observer) {
  state_->epoch_observers.push_back(std::move(observer));
}

template <typename Scalar>
void Trainer<Scalar>::between_epochs(EpochChange change, std::size_t every) {
  state_->changes.emplace_back(std::move(change), every);
}

template <typename Scalar>
void Trainer<Scalar>::on_pause(PauseObserver observer) {
  state_->pause_observers.push_back(std::move(observer));
}

template <typename Scalar>
void Trainer<Scalar>::on_divergence(DivergenceObserver observer) {
  state_->divergence_observers.push_back(std::move(observer));
}

template <typename Scalar>
void Trainer<Scalar>::adopt_average() {
  state_->step.adopt_average();
}

template <typename Scalar>
TrainingState<Scalar> Trainer<Scalar>::state() const {
  return state_->step.state();
}

template <typename Scalar>
void Trainer<Scalar>::restore(const TrainingState<Scalar>& state) {
  state_->step.restore(state);
}

template <typename Scalar>
bool Trainer<Scalar>::list_state(StateArchive& state) {
  if (state_->fit == nullptr) throw ConfigError("trainer: list_state is for observers of a fit");
  return state_->fit->list_state(state);
}

template <typename Scalar>
bool Trainer<Scalar>::any_rank(bool mine) {
  return state_->step.any_rank(mine);
}

template <typename Scalar>
SharedWork Trainer<Scalar>::shared_work() const {
  return state_->step.shared_work();
}

template <typename Scalar>
const Loss<Scalar>& Trainer<Scalar>::loss() const {
  return state_->step.loss();
}

template <typename Scalar>
Optimizer<Scalar>& Trainer<Scalar>::optimizer() {
  return state_->step.optimizer();
}

template <typename Scalar>
ThreadPool* Trainer<Scalar>::threads() const {
  return state_->step.threads();
}

template <typename Scalar>
const HealthLedger& Trainer<Scalar>::ledger() const {
  return state_->watch.ledger();
}

template <typename Scalar>
const RevivalFacts& Trainer<Scalar>::revival_facts() const {
  return state_->watch.revival_facts();
}

template <typename Scalar>
LossSums Trainer<Scalar>::step(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                               std::span<const Scalar> weights) {
  state_->require_none_pending();
  const LossSums sums = state_->step.run_pass(x, targets, weights, StepBatch::whole).sums;
  state_->step.update();
  return sums;
}

template <typename Scalar>
void Trainer<Scalar>::step_by_gradient(const MatrixView<const Scalar>& x, const OutputGradient<Scalar>& write_dz) {
  state_->require_none_pending();
  state_->step.run_pass(x, write_dz);
  state_->step.update();
}

template <typename Scalar>
LossSums Trainer<Scalar>::accumulate(MatrixView<const Scalar> x, const Targets<Scalar>& targets,
                                     std::span<const Scalar> weights) {
  return state_->step.run_pass(x, targets, weights, StepBatch::one_of_several).sums;
}

template <typename Scalar>
void Trainer<Scalar>::apply() {
  state_->step.finish_gradient();
  state_->step.update();
}

template <typename Scalar>
FitResult Trainer<Scalar>::fit(BatchSource<Scalar>& train, const FitOptions<Scalar>& options) {
  check_fit_options(options);
  check_source(state_->network, train);
  const std::string error =
      short_batch_error(state_->network, train.size(), std::min(options.batch_size, train.size()));
  if (!error.empty()) throw ConfigError(error);
  if (options.validation != nullptr) check_source(state_->network, DatasetBatches<Scalar>(*options.validation));
  return Fit(*this, train, options).run();
}

template <typename Scalar>
FitResult Trainer<Scalar>::fit(const Dataset<Scalar>& train, const FitOptions<Scalar>& options) {
  DatasetBatches<Scalar> source(train);
  return fit(source, options);
}

template <typename Scalar>
Evaluation evaluate(const Network<Scalar>& network, const Loss<Scalar>& loss, BatchSource<Scalar>& source,
                    std::size_t batch_size, const std::vector<MetricSpec>& metrics) {
  check_source(network, source);
  batch_size = std::clamp<std::size_t>(batch_size, 1, source.size());
  Batch<Scalar> batch = source.make_batch(batch_size);
  Workspace<Scalar> workspace(network, batch_size);
  EvaluationSums<Scalar> sums(loss, network.outputs(), metrics);
  source.start_epoch(std::nullopt);
  while (source.next(batch) > 0) {
    const MatrixView<const Scalar> output = network.predict(batch.inputs(), workspace);
    const Targets<Scalar> targets = std::as_const(batch).targets();
    sums.add(output, targets, loss.evaluate(output, targets, batch.weights(), 1, {}), batch.weights());
  }
  Evaluation result = sums.result();
  if (!std::isfinite(result.loss)) {
    throw NonFiniteError("evaluate: the loss is " + to_text(result.loss) + "; the outputs are too large", 0, 0,
                         network.size() + 1);
  }
  return result;
}

template <typename Scalar>
Evaluation Trainer<Scalar>::evaluate(BatchSource<Scalar>& source, std::size_t batch_size,
                                     const std::vector<MetricSpec>& metrics) const {
  if (!state_->step.has_average()) return hinge::evaluate(state_->network, loss(), source, batch_size, metrics);
  Network<Scalar> averaged(state_->network);
  const std::vector<Scalar> values = state_->step.evaluated_values();
  std::copy(values.begin(), values.end(), averaged.values().begin());
  return hinge::evaluate(averaged, loss(), source, batch_size, metrics);
}

template <typename Scalar>
Evaluation Trainer<Scalar>::evaluate(const Dataset<Scalar>& data, std::size_t batch_size,
                                     const std::vector<MetricSpec>& metrics) const {
  DatasetBatches<Scalar> source(data);
  return evaluate(source, batch_size, metrics);
}

template HINGE_API Evaluation evaluate<float>(const Network<float>&, const Loss<float>&, BatchSource<float>&,
                                              std::size_t, const std::vector<MetricSpec>&);
template HINGE_API Evaluation evaluate<double>(const Network<double>&, const Loss<double>&, BatchSource<double>&,
                                               std::size_t, const std::vector<MetricSpec>&);
template class Trainer<float>;
template class Trainer<double>;

}  // namespace hinge
