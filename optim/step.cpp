// Forward, loss, backward, update.
#include <hinge/optim/step.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include <hinge/core/clock.h>
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
  if (!std::has_single_bit(options.shards)) {
    throw ConfigError("trainer: shards = " + std::to_string(options.shards) + ", must be a power of 2");
  }
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
std::string shards_error(const Network<Scalar>& network) {
  for (std::size_t i = 0; i < network.size(); ++i) {
    if (network.layer(i).min_training_batch() == 1) continue;
    return "layer " + std::to_string(i + 1) + ", " + std::string(network.specs().at(i).type()) +
           ", needs the samples of a batch together: shards must be 1";
  }
  return "";
}

template <typename Scalar>
TrainingStep<Scalar>::TrainingStep(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                                   const StepOptions& options, Communicator& ranks)
    : network_(&network),
      loss_(loss->build<Scalar>()),
      optimizer_(optimizer->build<Scalar>()),
      options_(options),
      ranks_(&ranks),
      exchange_(ranks),
      first_of_rank_(ranks.size() + 1) {
  check_step_options(options);
  if (options.shards % ranks.size() != 0) {
    throw ConfigError("trainer: shards = " + std::to_string(options.shards) + ", must be a multiple of the " +
                      std::to_string(ranks.size()) + " ranks");
  }
  if (options.shards > 1) {
    const std::string error = shards_error(network);
    if (!error.empty()) throw ConfigError("trainer: shards = " + std::to_string(options.shards) + ", but " + error);
  }
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
  const Gradients mode = pending_ == 0 ? Gradients::replace : Gradients::add;
  if (weight > 0) network_->backward(dz, InputGradient::skip, mode, threads_);
  count_pass(weight, batch);
}

// Only when it has come to its end: a pass that threw must not change later masks.
template <typename Scalar>
void TrainingStep<Scalar>::count_pass(double weight, StepBatch batch) {
  ++passes_;
  if (weight == 0) return;  // no update: momentum alone must not move anything
  ++pending_;
  pending_weight_ += weight;
  is_sum_ = batch == StepBatch::one_of_several;
}

// For a whole step Σ wᵢ is known before the backward pass; for several batches only later, in `finish_gradient`.
template <typename Scalar>
StepPass<Scalar> TrainingStep<Scalar>::run_pass(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                                                std::span<const Scalar> weights, StepBatch batch, std::size_t first) {
  check_weights(weights);
  if (options_.shards > 1) return run_shards(x, targets, weights, batch, {options_.shards, first, x.cols});
  const MatrixView<Scalar> dz = start_pass(x);
  const MatrixView<const Scalar> output = forward(x);
  const double weight = loss_->weight_sum(targets, weights);
  const double mean_scale = loss_->step_scale(weight);
  const LossSums sums = loss_->evaluate(output, targets, weights, batch == StepBatch::whole ? mean_scale : 1, dz);
  check_loss(weight > 0 ? sums.loss * mean_scale : sums.loss, x);
  finish_pass(dz, weight, batch);
  return {output, sums};
}

// Forward, loss and backward of a shard, each with the bits that it has alone. A layer's mask is numbered by the shard too.
template <typename Scalar>
void TrainingStep<Scalar>::run_shard(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                                     std::span<const Scalar> weights, double scale, std::uint64_t pass,
                                     const MatrixView<Scalar>& output, const MatrixView<Scalar>& dz) {
  if (x.cols == 0) {
    for (Scalar& gradient : network_->gradients()) gradient = 0;
    return;
  }
  const MatrixView<const Scalar> y = network_->forward(x, {.training = true, .number = pass, .threads = threads_});
  const double loss = loss_->evaluate(y, targets, weights, scale, dz).loss;
  if (!std::isfinite(loss)) bad_place_ = std::min<std::uint64_t>(bad_place_, first_non_finite_place(*network_, x));
  copy(y, output);
  network_->backward(dz, InputGradient::skip, Gradients::replace, threads_);
}

// Leaves their sum in the gradients of the network.
template <typename Scalar>
void TrainingStep<Scalar>::run_own_shards(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                                          std::span<const Scalar> weights, double scale, const Shards& shards,
                                          const MatrixView<Scalar>& output, const MatrixView<Scalar>& dz) {
  const Clock::time_point start = Clock::now();
  const std::size_t of_rank = shards.count / ranks_->size();
  tree_.start(of_rank);
  for (Parameter<Scalar>& p : network_->parameters()) {
    if (!p.trainable()) p.zero_gradient();  // which no backward pass writes
  }
  bad_place_ = network_->size() + 1;
  for (std::size_t s = 0, first = 0; s < shards.count; ++s) {
    const std::size_t size = shards.size_of(s);
    if (s % of_rank == 0) first_of_rank_[s / of_rank] = first;
    if (s / of_rank == ranks_->rank()) {
      run_shard(x.columns(first, size), targets.samples(first, size),
                weights.empty() ? weights : weights.subspan(first, size), scale, passes_ * shards.count + s,
                output.columns(first, size), dz.columns(first, size));
      tree_.add(network_->gradients());
    }
    first += size;
  }
  first_of_rank_.back() = x.cols;
  shard_seconds_ += seconds_since(start);
}

// The loss and the metrics see the whole batch, in the order in which it came.
template <typename Scalar>
StepPass<Scalar> TrainingStep<Scalar>::run_shards(const MatrixView<const Scalar>& x, const Targets<Scalar>& targets,
                                                  std::span<const Scalar> weights, StepBatch batch,
                                                  const Shards& shards) {
  const MatrixView<Scalar> dz = start_pass(x);
  if (output_buffer_.cols() < x.cols) output_buffer_ = Matrix<Scalar>(network_->outputs(), x.cols);
  const MatrixView<Scalar> output = output_buffer_.view().columns(0, x.cols);
  const double weight = loss_->weight_sum(targets, weights);
  const double mean_scale = loss_->step_scale(weight);
  const double scale = batch == StepBatch::whole ? mean_scale : 1;
  run_own_shards(x, targets, weights, scale, shards, output, dz);
  exchange_.add(network_->gradients());
  exchange_.collect(output, first_of_rank_);
  const LossSums sums = loss_->evaluate(output, targets, weights, scale, {});
  check_common_loss(weight > 0 ? sums.loss * mean_scale : sums.loss);
  if (batch == StepBatch::one_of_several && weight > 0) add_to_sum();
  count_pass(weight, batch);
  return {output, sums};
}

// The loss is the same on all ranks, but only some of them have seen where it began.
template <typename Scalar>
void TrainingStep<Scalar>::check_common_loss(double loss) {
  if (!std::isfinite(loss)) fail_loss(loss, static_cast<std::size_t>(exchange_.smallest(bad_place_)));
}

template <typename Scalar>
void TrainingStep<Scalar>::add_to_sum() {
  const std::span<const Scalar> gradient = network_->gradients();
  if (pending_ == 0) gradient_sum_.assign(gradient.size(), Scalar(0));
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient_sum_[i] += gradient[i];
}

template <typename Scalar>
void TrainingStep<Scalar>::run_pass(const MatrixView<const Scalar>& x, const OutputGradient<Scalar>& write_dz) {
  if (options_.shards > 1)
    throw ConfigError("trainer: a loss of one's own needs the batch as a whole: shards must be 1");
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
SharedWork TrainingStep<Scalar>::shared_work() const {
  const auto steps = static_cast<double>(std::max<std::uint64_t>(updates_, 1));
  return {.ranks = ranks_->size(),
          .shards = options_.shards,
          .steps = updates_,
          .bytes_per_step = static_cast<double>(exchange_.bytes_sent()) / steps,
          .shard_seconds = shard_seconds_,
          .exchange_seconds = exchange_.seconds()};
}

template <typename Scalar>
void TrainingStep<Scalar>::finish_gradient() {
  if (pending_ == 0 || !is_sum_) return;
  const std::span<Scalar> gradients = network_->gradients();
  if (options_.shards > 1) std::copy(gradient_sum_.begin(), gradient_sum_.end(), gradients.begin());
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
  ++updates_;
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
  if (!std::isfinite(loss)) fail_loss(loss, first_non_finite_place(*network_, x));
}

template <typename Scalar>
void TrainingStep<Scalar>::fail_loss(double loss, std::size_t place) const {
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
template HINGE_API std::string shards_error<float>(const Network<float>&);
template HINGE_API std::string shards_error<double>(const Network<double>&);
template HINGE_API std::string short_batch_error<double>(const Network<double>&, std::size_t, std::size_t);
template class TrainingStep<float>;
template class TrainingStep<double>;

}  // namespace hinge
