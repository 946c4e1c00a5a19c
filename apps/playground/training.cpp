#include "training.h"

#include <algorithm>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/cadence.h>

namespace hinge_playground {

namespace {

constexpr std::size_t max_parameters = 100'000;
constexpr std::size_t max_features = 2;

[[noreturn]] void refuse_config(const std::string& pointer, const std::string& reason) {
  throw hinge::ConfigError(pointer + ": " + reason, pointer);
}

// What fit does between or after epochs, and what cannot be drawn.
void check_playable(const Setup& setup) {
  const hinge::RunConfig& config = setup.run.config();
  if (config.health.recycle.every > 0)
    refuse_config("/health/recycle", "the playground recycles no units; leave it out");
  if (config.train.early_stopping.patience > 0) {
    refuse_config("/train/early_stopping", "the playground stops where you say; leave it out");
  }
  if (config.train.averaging > 0)
    refuse_config("/train/averaging", "the playground shows weights as they are; leave it out");
  if (config.train.shards > 1) refuse_config("/train/shards", "the playground trains in one shard; leave it out");
  const std::size_t features = setup.run.network().inputs();
  if (features > max_features) {
    refuse_config("/data", "the playground draws one or two features, but the data has " + std::to_string(features));
  }
  const std::size_t parameters = setup.run.network().values().size();
  if (parameters > max_parameters) {
    refuse_config("/model/layers", "the playground takes up to " + std::to_string(max_parameters) +
                                       " parameters, but the network has " + std::to_string(parameters));
  }
}

std::size_t batch_size(const Setup& setup) {
  return std::min(setup.run.config().train.batch_size, setup.run.data().train.size());
}

}  // namespace

Setup::Setup(hinge::LoadedConfig config, std::shared_ptr<Setup> first_setup)
    : loaded(std::move(config)), run(loaded), first(std::move(first_setup)) {
  check_playable(*this);
}

Training::Training(std::shared_ptr<Setup> setup)
    : setup_(std::move(setup)),
      network_(setup_->run.network()),
      mirror_(network_),
      step_(network_, setup_->run.config().loss, setup_->run.config().optimizer, setup_->run.config().train),
      source_(setup_->run.data().train),
      batch_(source_.make_batch(batch_size(*setup_))),
      sums_(step_.loss(), network_.outputs()),
      batches_per_epoch_((source_.size() + batch_.capacity() - 1) / batch_.capacity()) {
  start_watch();
}

void Training::start_watch() {
  const bool stationary = step_.optimizer().stationary_at_zero_gradient();
  const hinge::RunConfig& config = setup_->run.config();
  const std::size_t samples = std::max<std::size_t>(config.health.samples, 1);
  const hinge::Loss<float>& loss = setup_->run.trainer().loss();  // lives as long as the setup
  watch_ = {};
  record_ = {};
  hinge::record_facts(setup_->run, record_);
  hinge::record_start({.health = watch_.start(mirror(), source_, loss, samples, batch_.capacity(), stationary)},
                      record_);
}

Training::Training(const Snapshot& snapshot) : Training(snapshot.setup) {
  step_.restore(snapshot.state);
  if (snapshot.learning_rate) step_.optimizer().set_learning_rate(*snapshot.learning_rate);
  if (snapshot.steps == 0) {
    start_watch();
    return;
  }
  watch_ = snapshot.watch;
  record_ = snapshot.record;
  steps_ = snapshot.steps;
  batches_ = snapshot.batches;
  if (batches_ == 0) return;
  start_epoch();
  for (std::size_t i = 0; i < batches_; ++i) source_.next(batch_);
}

Snapshot Training::snapshot() const {
  return {.setup = setup_,
          .steps = steps_,
          .batches = batches_,
          .state = step_.state(),
          .learning_rate = learning_rate(),
          .watch = watch_,
          .record = record_};
}

std::size_t Training::steps_per_epoch() const {
  const std::size_t accumulate = setup_->run.config().train.accumulate;
  return (batches_per_epoch_ + accumulate - 1) / accumulate;
}

void Training::set_value(std::size_t parameter, std::size_t row, std::size_t col, float value) {
  network_.parameters()[parameter].value()(row, col) = value;
  has_gradients_ = false;
}

void Training::start_epoch() {
  std::optional<hinge::RandomStream> order;
  if (setup_->run.config().train.shuffle) {
    order.emplace(network_.seed(), hinge::Purpose::shuffle, 0, step_.epoch());
  }
  source_.start_epoch(order);
  sums_.reset();
}

std::optional<hinge::EpochReport> Training::step() {
  if (batches_ == 0) {
    step_.begin_epoch();
    start_epoch();
  }
  const std::size_t accumulate = setup_->run.config().train.accumulate;
  const bool is_first = batches_ == 0;
  for (std::size_t i = 0; i < accumulate && batches_ < batches_per_epoch_; ++i) run_batch();
  const bool ends = batches_ == batches_per_epoch_;
  const bool is_due = hinge::Cadence(setup_->run.config().health.every).is_due(step_.epoch());
  update(is_due && (is_first || ends));  // as fit does: the first and the last step of an epoch speak for all
  ++steps_;
  if (!ends) return std::nullopt;
  return end_epoch(is_due);
}

void Training::run_batch() {
  source_.next(batch_);
  const hinge::Targets<float> targets = std::as_const(batch_).targets();
  const bool is_whole = setup_->run.config().train.accumulate == 1;
  const hinge::StepPass<float> pass =
      step_.run_pass(batch_.inputs(), targets, batch_.weights(),
                     is_whole ? hinge::StepBatch::whole : hinge::StepBatch::one_of_several);
  sums_.add(pass.output, targets, pass.sums, batch_.weights());
  ++batches_;
}

void Training::update(bool is_metered) {
  step_.finish_gradient();
  if (is_metered) watch_.before_update(network_);
  step_.update();
  if (is_metered) watch_.after_update(network_);
  has_gradients_ = true;
}

hinge::EpochReport Training::end_epoch(bool is_due) {
  step_.check_finite();
  hinge::EpochReport report{.epoch = step_.epoch(),
                            .steps = step_.optimizer().steps(),
                            .train = sums_.result(),
                            .learning_rate = learning_rate()};
  if (setup_->run.data().validation) report.validation = evaluate(*setup_->run.data().validation);
  step_.end_epoch(report.validation ? report.validation->loss : report.train.loss);
  if (is_due) report.health = watch_.measure(mirror(), report.epoch);
  hinge::record_epoch(report, record_);
  report.health.reset();  // kept reports are without units
  batches_ = 0;
  return report;
}

hinge::Evaluation Training::evaluate(const hinge::Dataset<float>& part) const {
  hinge::DatasetBatches<float> source(part);
  return hinge::evaluate(network_, step_.loss(), source);
}

hinge::HealthReport Training::look() { return watch_.look(mirror()); }

hinge::Network<float>& Training::mirror() {
  std::copy(network_.values().begin(), network_.values().end(), mirror_.values().begin());
  std::copy(network_.state_values().begin(), network_.state_values().end(), mirror_.state_values().begin());
  return mirror_;
}

}  // namespace hinge_playground
