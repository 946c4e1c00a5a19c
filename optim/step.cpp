// Forward, loss, backward, update.
#include <hinge/optim/step.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/text.h>
#include <hinge/core/threads.h>

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
// one more than the number of layers if only the loss itself overflowed.
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

template <typename Scalar>
void check_weights(std::span<const Scalar> weights) {
  for (const Scalar w : weights) {
    if (w >= 0 && std::isfinite(w)) continue;
    throw DataError("a sample has the weight " + to_text(static_cast<double>(w)) + ", must be a finite number >= 0");
  }
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

std::size_t smallest_batch(std::size_t samples, std::size_t batch_size) {
  return samples % batch_size == 0 ? batch_size : samples % batch_size;
}

}  // namespace

template <typename Scalar>
std::string short_batch_error(const Network<Scalar>& network, std::size_t samples, std::size_t batch_size) {
  for (std::size_t i = 0; i < network.size(); ++i) {
    const std::size_t least = network.layer(i).min_training_batch();
    const std::size_t smallest = smallest_batch(samples, batch_size);
    if (smallest >= least) continue;
    const std::string needs = "layer " + std::to_string(i + 1) + " needs at least " + std::to_string(least) +
                              " samples in every training batch, but ";
    const std::string has = std::to_string(samples) + " training samples in batches of " + std::to_string(batch_size) +
                            " leave a batch of " + std::to_string(smallest);
    if (samples < least) return needs + "there are " + std::to_string(samples) + " training samples";
    std::size_t better = std::max(batch_size, least);
    while (smallest_batch(samples, better) < least) ++better;
    return needs + has + "; take a batch_size of " + std::to_string(better);
  }
  return "";
}

template <typename Scalar>
TrainingStep<Scalar>::TrainingStep(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
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

// Below this many multiply-adds no layer shares its work, so the trial would read the clock for nothing.
template <typename Scalar>
ThreadPool* TrainingStep<Scalar>::threads_for(std::size_t samples) {
  constexpr std::size_t least = 1 << 18;
  if (!choice_) return pool_.get();
  return network_->values().size() * samples < least ? nullptr : choice_->next_step();
}

template <typename Scalar>
MatrixView<Scalar> TrainingStep<Scalar>::start_pass(const MatrixView<const Scalar>& x) {
  if (x.cols == 0) throw DataError("the batch has no samples");
  if (pending_ == 0) threads_ = threads_for(x.cols);
  if (dz_buffer_.cols() < x.cols) dz_buffer_ = Matrix<Scalar>(network_->outputs(), x.cols);
  return dz_buffer_.view().columns(0, x.cols);
}

template <typename Scalar>
MatrixView<const Scalar> TrainingStep<Scalar>::forward(const MatrixView<const Scalar>& x) {
  return network_->forward(x, {.training = true, .number = passes_, .threads = threads_});
}

template <typename Scalar>
void TrainingStep<Scalar>::finish_pass(const MatrixView<Scalar>& dz, double weight, StepBatch batch) {
  ++passes_;                // only now: a pass that threw must not change later masks
  if (weight == 0) return;  // no update: momentum alone must not move anything
  network_->backward(dz, InputGradient::skip, pending_ == 0 ? Gradients::replace : Gradients::add, threads_);
  ++pending_;
  pending_weight_ += weight;
  is_sum_ = batch == StepBatch::one_of_several;
}

// For a whole step Σ wᵢ is known before the backward pass; for several batches only later, in `finish_gradient`.
template <typename Scalar>
StepPass<Scalar> TrainingStep<Scalar>::run_pass(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                                                std::span<const Scalar> weights, StepBatch batch) {
  check_weights(weights);
  const MatrixView<Scalar> dz = start_pass(x);
  const MatrixView<const Scalar> output = forward(x);
  const double weight = loss_->weight_sum(targets, weights);
  const double mean_scale = loss_->step_scale(weight);
  const LossSums sums = loss_->evaluate(output, targets, weights, batch == StepBatch::whole ? mean_scale : 1, dz);
  check_loss(weight > 0 ? sums.loss * mean_scale : sums.loss, x);
  finish_pass(dz, weight, batch);
  return {output, sums};
}

template <typename Scalar>
void TrainingStep<Scalar>::run_pass(const MatrixView<const Scalar>& x, const OutputGradient<Scalar>& write_dz) {
  const MatrixView<Scalar> dz = start_pass(x);
  const MatrixView<const Scalar> output = forward(x);
  for (std::size_t r = 0; r < dz.rows; ++r) std::fill_n(dz.row(r).data(), dz.cols, Scalar(0));
  write_dz(output, dz);
  if (!all_finite<Scalar>(output) || !all_finite<Scalar>(dz)) {
    const std::size_t place = first_non_finite_place(*network_, x);
    fail(place > network_->size() ? "all outputs are finite, but not the given dL/doutput"
                                  : describe_place(place, network_->size()),
         optimizer_->steps() + 1, place);
  }
  finish_pass(dz, 1, StepBatch::whole);
}

template <typename Scalar>
void TrainingStep<Scalar>::finish_gradient() {
  if (pending_ == 0 || !is_sum_) return;
  const std::span<Scalar> gradients = network_->gradients();
  kernels::of<Scalar>().scale(gradients.data(), gradients.size(), static_cast<Scalar>(loss_->scale(pending_weight_)));
  is_sum_ = false;
}

template <typename Scalar>
void TrainingStep<Scalar>::update() {
  if (pending_ == 0) return;
  drop_gradient();  // first, so that none is pending if a function below throws; the network keeps the values
  clip_gradients();
  if (schedule_ && !options_.schedule->per_epoch()) {
    optimizer_->set_learning_rate(schedule_->rate(optimizer_->steps()));
  }
  optimizer_->step(network_->parameters(), threads_);
  if (options_.averaging > 0) average_.add(network_->values());
}

template <typename Scalar>
void TrainingStep<Scalar>::drop_gradient() {
  pending_ = 0;
  pending_weight_ = 0;
}

template <typename Scalar>
void TrainingStep<Scalar>::clip_gradients() {
  const std::span<Scalar> gradients = network_->gradients();
  const auto limit = static_cast<Scalar>(options_.clip_value);
  if (limit > 0) {
    for (Scalar& g : gradients) g = g > limit ? limit : g < -limit ? -limit : g;
  }
  if (options_.clip_norm == 0) return;
  // A layer may compute the gradient of a frozen parameter all the same; it has no part in the norm.
  for (Parameter<Scalar>& p : network_->parameters()) {
    if (!p.trainable()) p.zero_gradient();
  }
  const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
  const double norm = std::sqrt(kernel.sum_of_squares(gradients.data(), gradients.size()));
  if (!(norm > options_.clip_norm)) return;
  kernel.scale(gradients.data(), gradients.size(), static_cast<Scalar>(options_.clip_norm / norm));
}

template <typename Scalar>
void TrainingStep<Scalar>::begin_epoch() {
  ++epoch_;
  if (schedule_ && options_.schedule->per_epoch()) optimizer_->set_learning_rate(schedule_->rate(epoch_ - 1));
}

template <typename Scalar>
void TrainingStep<Scalar>::end_epoch(double loss) {
  if (!schedule_) return;
  schedule_->observe(loss);
  losses_.push_back(loss);
}

template <typename Scalar>
void TrainingStep<Scalar>::fail(const std::string& reason, std::uint64_t step, std::size_t layer) const {
  const std::string epoch = epoch_ > 0 ? " (epoch " + std::to_string(epoch_) + ")" : "";
  throw NonFiniteError("training stopped at step " + std::to_string(step) + epoch + ": " + reason, epoch_, step, layer);
}

template <typename Scalar>
void TrainingStep<Scalar>::check_loss(double loss, const MatrixView<const Scalar>& x) const {
  if (std::isfinite(loss)) return;
  const std::size_t place = first_non_finite_place(*network_, x);
  fail("the loss is " + to_text(loss) + "; " + describe_place(place, network_->size()), optimizer_->steps() + 1, place);
}

// After the last update of an epoch no loss follows that would show a parameter that is not finite.
template <typename Scalar>
void TrainingStep<Scalar>::check_finite() const {
  for (std::size_t i = 0; i < network_->size(); ++i) {
    for (const Parameter<Scalar>& p : network_->layer(i).parameters()) {
      if (all_finite<Scalar>(p.value())) continue;
      fail("the update made " + p.name() + " not finite: try a smaller learning_rate, or scale the inputs",
           optimizer_->steps(), i + 1);
    }
  }
  // Adam and its relatives divide by the root of squared gradients: an infinite square makes every later step 0.
  if (optimizer_->is_finite()) return;
  fail("the squares of the gradients are not finite: scale the inputs and targets", optimizer_->steps(), 0);
}

template <typename Scalar>
std::vector<Scalar> TrainingStep<Scalar>::evaluated_values() const {
  std::vector<Scalar> values(network_->values().begin(), network_->values().end());
  if (has_average()) average_.write(values);
  return values;
}

template <typename Scalar>
void TrainingStep<Scalar>::adopt_average() {
  if (!has_average()) return;
  average_.write(network_->values());
  average_.reset();
}

template <typename Scalar>
TrainingState<Scalar> TrainingStep<Scalar>::state() const {
  return {.epoch = epoch_,
          .passes = passes_,
          .steps = optimizer_->steps(),
          .values = {network_->values().begin(), network_->values().end()},
          .optimizer_state = optimizer_->state(),
          .losses = losses_,
          .averaged = average_.count(),
          .average = {average_.mean().begin(), average_.mean().end()},
          .layer_state = {network_->state_values().begin(), network_->state_values().end()}};
}

template <typename Scalar>
void TrainingStep<Scalar>::restore(const TrainingState<Scalar>& state) {
  if (state.values.size() != network_->values().size()) {
    throw ShapeError("trainer: the state has " + std::to_string(state.values.size()) +
                     " parameters, but the network has " + std::to_string(network_->values().size()));
  }
  if (state.layer_state.size() != network_->state_values().size()) {
    throw ShapeError("trainer: the state has " + std::to_string(state.layer_state.size()) +
                     " numbers of the layers' state, but the network has " +
                     std::to_string(network_->state_values().size()));
  }
  optimizer_->restore(state.steps, state.optimizer_state);
  std::copy(state.values.begin(), state.values.end(), network_->values().begin());
  std::copy(state.layer_state.begin(), state.layer_state.end(), network_->state_values().begin());
  drop_gradient();
  epoch_ = state.epoch;
  passes_ = state.passes;
  average_.reset();
  const bool has_mean = !state.average.empty() && state.average.size() == average_.mean().size();
  if (has_mean) average_.restore(state.averaged, state.average);
  losses_.clear();
  if (!schedule_) return;
  schedule_ = options_.schedule->build(base_rate_);
  for (const double loss : state.losses) end_epoch(loss);
}

template <typename Scalar>
void list_state(StateArchive& state, TrainingState<Scalar>& of) {
  state.add("epoch", of.epoch);
  state.add("passes", of.passes);
  state.add("steps", of.steps);
  state.add("averaged", of.averaged);
  state.add("values", of.values);
  state.add("losses", of.losses);
  state.add("average", of.average);
  state.add("layer_state", of.layer_state);
  // There are as many arrays of the optimiser as have elements.
  std::vector<Scalar> memory;
  for (std::size_t i = 0;; ++i) {
    if (!state.is_reading()) memory = i < of.optimizer_state.size() ? of.optimizer_state[i] : std::vector<Scalar>();
    state.add("memory." + std::to_string(i), memory);
    if (memory.empty()) return;
    if (state.is_reading()) of.optimizer_state.push_back(memory);
  }
}

template <typename Scalar>
void TrainingStep<Scalar>::list_state(StateArchive& state) {
  TrainingState<Scalar> now = state.is_reading() ? TrainingState<Scalar>() : this->state();
  hinge::list_state(state, now);
  if (state.is_reading()) {
    if (now.values.empty()) now.optimizer_state = optimizer_->state();  // arrays without elements are not stored
    restore(now);
  }
  double rate = optimizer_->learning_rate();
  state.add("learning_rate", rate);
  optimizer_->set_learning_rate(rate);
  for (Parameter<Scalar>& p : network_->parameters()) {
    bool trainable = p.trainable();
    state.add(p.name() + ".trainable", trainable);
    if (trainable != p.trainable()) p.set_trainable(trainable);
  }
  state.part("optimizer", [&] { optimizer_->list_state(state); });
}

template HINGE_API void list_state<float>(StateArchive&, TrainingState<float>&);
template HINGE_API void list_state<double>(StateArchive&, TrainingState<double>&);
template HINGE_API std::string short_batch_error<float>(const Network<float>&, std::size_t, std::size_t);
template HINGE_API std::string short_batch_error<double>(const Network<double>&, std::size_t, std::size_t);
template class TrainingStep<float>;
template class TrainingStep<double>;

}  // namespace hinge
