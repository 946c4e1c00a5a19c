#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/data/generators.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/health/recycle.h>
#include <hinge/optim/metrics/metrics.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

#include "support/contains.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

constexpr const char* kind = "a fit";
constexpr std::size_t epochs = 6;
constexpr std::size_t steps_an_epoch = 8;  // 60 samples in batches of 8

struct Row {
  std::string name;
  OptimizerSpec optimizer = Sgd{.learning_rate = 0.1};
  StepOptions step = {};
  std::vector<LayerSpec> layers = {Dense{6, Relu{}}, Dense{2}};
  EarlyStopping early_stopping = {};
  std::size_t accumulate = 1;
  std::size_t health_every = 0;
  std::vector<MetricSpec> metrics = {};
  bool recycles = false;
};

std::vector<Row> rows() {
  const ReduceOnPlateau plateau{.factor = 0.5, .patience = 0, .min_delta = 0.5};
  const Sgd momentum{.learning_rate = 0.1, .momentum = 0.9};
  return {
      {.name = "sgd"},
      {.name = "momentum", .optimizer = momentum},
      {.name = "adam", .optimizer = Adam{.learning_rate = 0.05}},
      {.name = "rprop", .optimizer = Rprop{}},
      {.name = "dropout", .layers = {Dense{6, Relu{}}, Dropout{.rate = 0.3}, Dense{2}}},
      {.name = "batch_norm", .layers = {Dense{6}, BatchNorm{}, ActivationLayer{Relu{}}, Dense{2}}},
      {.name = "averaging", .step = {.averaging = 0.9}},
      {.name = "plateau", .step = {.schedule = plateau}},
      {.name = "cosine by step", .step = {.schedule = Cosine{.period = 40, .per = "step"}}},
      {.name = "cosine by epoch", .step = {.schedule = Cosine{.period = 5}}},
      {.name = "early stopping", .optimizer = Sgd{.learning_rate = 2}, .early_stopping = {.patience = 2}},
      {.name = "several batches a step", .accumulate = 3},
      {.name = "rare looks, shrinking steps", .step = {.schedule = ExponentialDecay{.gamma = 0.1}}, .health_every = 5},
      {.name = "metrics of classes", .metrics = {MacroF1{}, BalancedAccuracy{}}},
      {.name = "dying units", .optimizer = Sgd{.learning_rate = 3}, .layers = {Dense{12, Relu{}}, Dense{2}}},
      {.name = "recycling", .optimizer = momentum, .recycles = true},
      {.name = "all of it",
       .optimizer = Adam{.learning_rate = 0.05},
       .step = {.schedule = plateau, .clip_norm = 0.5, .averaging = 0.9},
       .layers = {Dense{6}, BatchNorm{}, ActivationLayer{Relu{}}, Dropout{.rate = 0.3}, Dense{2}},
       .early_stopping = {.patience = 3},
       .metrics = {MacroF1{}},
       .recycles = true}};
}

// What a training came to.
struct Outcome {
  std::vector<float> values = {};
  std::string ledger = {};                // as bytes
  std::vector<EpochReport> reports = {};  // of every epoch
  FitResult result = {};
};

std::string bytes_of(HealthLedger ledger) {
  StateArchive archive;
  ledger.list_state(archive);
  return archive.bytes(kind);
}

// A network in training, which may have gone on from another.
class Training {
 public:
  explicit Training(const Row& row)
      : row_(row), network_(2, row.layers, 1), trainer_(network_, SoftmaxCrossEntropy{}, row.optimizer, row.step) {
    if (row.recycles) {
      trainer_.between_epochs(
          [this](const EpochReport& report) {
            recycle(network_, trainer_.optimizer(), *report.health, 0.3, report.epoch);
          },
          2);
    }
    trainer_.on_epoch([this](const EpochReport& report) {
      reports.push_back(report);
      return Control::proceed;
    });
  }

  Trainer<float>& trainer() { return trainer_; }

  FitResult fit(StateArchive* resume = nullptr, std::size_t up_to = epochs) {
    const auto train = two_moons<float>(60, 0.3, 1);
    const auto validation = two_moons<float>(20, 0.3, 2);
    return trainer_.fit(train, {.epochs = up_to,
                                .batch_size = 8,
                                .accumulate = row_.accumulate,
                                .validation = &validation,
                                .metrics = row_.metrics,
                                .early_stopping = row_.early_stopping,
                                .health_every = row_.health_every,
                                .resume = resume});
  }

  Outcome outcome(FitResult result) {
    return {
        {network_.values().begin(), network_.values().end()}, bytes_of(trainer_.ledger()), reports, std::move(result)};
  }

  std::vector<EpochReport> reports = {};

 private:
  const Row& row_;
  Network<float> network_;
  Trainer<float> trainer_;
};

Outcome uninterrupted(const Row& row) {
  Training training(row);
  return training.outcome(training.fit());
}

using Moment = std::function<bool()>;  // whether to stop here; asked at every place where that can be done

// Trains until the moment comes; gives the outcome, or what was saved then.
std::pair<Outcome, std::optional<std::string>> train_until(const Row& row, const Moment& moment, std::string saved,
                                                           std::vector<EpochReport> reports) {
  Training training(row);
  training.reports = std::move(reports);
  std::optional<std::string> bytes;
  const auto save = [&] {
    if (!moment()) return Control::proceed;
    StateArchive archive;
    REQUIRE(training.trainer().list_state(archive));
    bytes = archive.bytes(kind);
    return Control::stop;
  };
  training.trainer().on_step([&](const StepReport& report) { return report.is_whole ? save() : Control::proceed; });
  training.trainer().on_pause(save);
  std::optional<StateArchive> resume;
  if (!saved.empty()) resume.emplace(std::move(saved), "saved", kind);
  Outcome outcome = training.outcome(training.fit(resume ? &*resume : nullptr));
  if (resume) resume->require_all_read();
  return {std::move(outcome), std::move(bytes)};
}

// Stops and goes on whenever `moment` says so.
Outcome interrupted(const Row& row, const Moment& moment) {
  std::string saved;
  std::vector<EpochReport> reports;
  while (true) {
    auto [outcome, bytes] = train_until(row, moment, std::move(saved), std::move(reports));
    if (!bytes) return outcome;
    saved = std::move(*bytes);
    reports = outcome.reports;
  }
}

void check_equal(const Evaluation& a, const Evaluation& b) {
  CHECK(a.samples == b.samples);
  CHECK(a.loss == b.loss);
  CHECK(a.accuracy == b.accuracy);
  REQUIRE(a.others.size() == b.others.size());
  for (std::size_t i = 0; i < a.others.size(); ++i) CHECK(a.others[i].value == b.others[i].value);
}

void check_equal(const EpochReport& a, const EpochReport& b) {
  CHECK(a.epoch == b.epoch);
  CHECK(a.steps == b.steps);
  CHECK(a.learning_rate == b.learning_rate);
  CHECK(a.is_best == b.is_best);
  check_equal(a.train, b.train);
  check_equal(*a.validation, *b.validation);
  REQUIRE(a.health.has_value() == b.health.has_value());
  for (std::size_t i = 0; a.health && i < a.health->layers.size(); ++i) {
    CHECK(a.health->layers[i].dead == b.health->layers[i].dead);
    CHECK(a.health->layers[i].died == b.health->layers[i].died);
    CHECK(a.health->layers[i].gradient_norm == b.health->layers[i].gradient_norm);
    CHECK(a.health->layers[i].update_ratio == b.health->layers[i].update_ratio);
    CHECK(a.health->layers[i].firing_rates == b.health->layers[i].firing_rates);
  }
}

void check_equal(const Outcome& a, const Outcome& b) {
  CHECK(same_bits(a.values, b.values));
  CHECK(a.ledger == b.ledger);
  REQUIRE(a.reports.size() == b.reports.size());
  for (std::size_t i = 0; i < a.reports.size(); ++i) check_equal(a.reports[i], b.reports[i]);
  CHECK(a.result.stopped_early == b.result.stopped_early);
  check_equal(a.result.epochs.back(), b.result.epochs.back());
  REQUIRE(a.result.best.has_value() == b.result.best.has_value());
  if (a.result.best) check_equal(*a.result.best, *b.result.best);
  CHECK(a.result.start.health->samples == b.result.start.health->samples);
}

// True at the n-th time.
Moment at(std::size_t n) {
  return [n, i = std::size_t{0}]() mutable { return ++i == n; };
}

}  // namespace

TEST_CASE("a fit that was interrupted anywhere ends with the bits, ledger and reports of one that was not") {
  constexpr std::size_t moments_an_epoch = steps_an_epoch + 1;  // its steps, and the pause after it
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    const Outcome whole = uninterrupted(row);
    for (const std::size_t moment : {std::size_t{1}, std::size_t{2}, steps_an_epoch, moments_an_epoch,
                                     moments_an_epoch + 1, 3 * moments_an_epoch - 3, 5 * moments_an_epoch + 4}) {
      CAPTURE(moment);
      check_equal(interrupted(row, at(moment)), whole);
    }
  }
}

TEST_CASE("a fit that is interrupted at every step and between all epochs ends like one that was not") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    // Every process makes one step.
    check_equal(interrupted(row, [] { return true; }), uninterrupted(row));
  }
}

TEST_CASE("a fit that goes on for more epochs is the longer fit") {
  for (const Row& row : rows()) {
    if (row.early_stopping.patience > 0) continue;
    CAPTURE(row.name);
    const Outcome longer = uninterrupted(row);
    // From within the last epoch of the shorter one.
    Training shorter(row);
    StateArchive written;
    shorter.trainer().on_step([&](const StepReport& report) {
      if (report.epoch < 4 || report.step < 3) return Control::proceed;
      REQUIRE(shorter.trainer().list_state(written));
      return Control::stop;
    });
    shorter.fit(nullptr, 4);
    StateArchive read(written.bytes(kind), "saved", kind);
    Training training(row);
    training.reports = shorter.reports;
    check_equal(training.outcome(training.fit(&read)), longer);
  }
}

namespace {

// Adds to every weight the number of its steps, in a way that only it knows of.
template <typename Scalar>
class CountingOptimizer final : public Optimizer<Scalar> {
 public:
  CountingOptimizer() : Optimizer<Scalar>(0.1) {}
  void list_state(StateArchive& state) override { state.add("count", count_); }

 protected:
  std::size_t state_count() const override { return 0; }
  void begin_step() override { ++count_; }
  void update(std::size_t, std::span<Scalar> value, std::span<const Scalar>, bool) override {
    for (Scalar& v : value) v += static_cast<Scalar>(count_) / 1024;
  }

 private:
  std::uint64_t count_ = 0;
};

struct Counting {
  static constexpr std::string_view type = "counting";

  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const {
    return std::make_unique<CountingOptimizer<Scalar>>();
  }
};

// A metric of an application that says nothing of its sums.
template <typename Scalar>
class SilentMetric final : public Metric<Scalar> {
 public:
  void add(const MatrixView<const Scalar>& output, const Targets<Scalar>&, std::span<const Scalar>) override {
    samples_ += static_cast<double>(output.cols);
  }
  double value() const override { return samples_; }
  void reset() override { samples_ = 0; }

 private:
  double samples_ = 0;
};

struct Silent {
  static constexpr std::string_view type = "silent";

  template <typename Scalar>
  std::unique_ptr<Metric<Scalar>> build() const {
    return std::make_unique<SilentMetric<Scalar>>();
  }
};

}  // namespace

TEST_CASE("what an optimiser of an application lists goes on too") {
  const Row row{.name = "counting", .optimizer = Counting{}};
  check_equal(interrupted(row, at(13)), uninterrupted(row));
}

TEST_CASE("a metric that cannot be interrupted lets a fit go on from the ends of epochs alone") {
  const Row row{.name = "silent", .metrics = {Silent{}}};
  Training training(row);
  std::size_t within = 0;
  std::optional<std::string> saved;
  training.trainer().on_step([&](const StepReport&) {
    StateArchive archive;
    within += training.trainer().list_state(archive) ? 1U : 0U;
    return Control::proceed;
  });
  training.trainer().on_pause([&] {
    StateArchive archive;
    REQUIRE(training.trainer().list_state(archive));
    saved = archive.bytes(kind);
    return Control::stop;
  });
  training.fit();
  CHECK(within == 0);
  StateArchive archive(*saved, "saved", kind);
  Training second(row);
  second.reports = training.reports;
  check_equal(second.outcome(second.fit(&archive)), uninterrupted(row));
}

TEST_CASE("a state is listed during a fit alone, and one of another network is refused") {
  const Row row{.name = "sgd"};
  Training training(row);
  StateArchive archive;
  check_contains(error_of<ConfigError>([&] { training.trainer().list_state(archive); }), {"observers of a fit"});
  training.trainer().on_pause([&] {
    training.trainer().list_state(archive);
    return Control::stop;
  });
  training.fit();
  StateArchive read(archive.bytes(kind), "saved", kind);
  const Row other{.name = "wider", .layers = {Dense{7, Relu{}}, Dense{2}}};
  Training second(other);
  check_contains(error_of<ShapeError>([&] { second.fit(&read); }), {"32 parameters", "has 37"});
}
