// What surrounds the steps of a trainer: clipping, accumulation, averaging, schedules, early stopping.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>
#include <hinge/optim/weight_average.h>

#include "support/contains.h"
#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// 50 samples of 3 features in two classes.
template <typename Scalar>
Dataset<Scalar> two_classes() {
  const Matrix<Scalar> x = random_matrix<Scalar>(3, 50, 1);
  std::vector<std::int32_t> classes(50);
  for (std::size_t i = 0; i < 50; ++i) classes[i] = x(0, i) > 0 ? 1 : 0;
  return Dataset<Scalar>::classification(x, classes);
}

template <typename Scalar>
Network<Scalar> small_network(std::vector<LayerSpec> layers = {Dense{8, Tanh{}}, Dense{2}}) {
  return Network<Scalar>(3, std::move(layers), 1);
}

// y = w x from w = 0, whose learning rate 1 and loss ½(wx − t)² take w to t in one step where x = 1.
Network<double> one_weight() { return {1, {Dense{.units = 1, .bias = false, .weight_init = Zeros{}}}}; }

Dataset<double> targets_of_one(const std::vector<double>& targets) {
  Matrix<double> x(1, targets.size());
  Matrix<double> y(1, targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    x(0, i) = 1;
    y(0, i) = targets[i];
  }
  return Dataset<double>::regression(x, y);
}

void step_to(Trainer<double>& trainer, double target) {
  const Dataset<double> data = targets_of_one({target});
  trainer.step(data.inputs(), data.targets());
}

void check_close(std::span<const double> ours, std::span<const double> expected, double tolerance) {
  REQUIRE(ours.size() == expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i) CHECK(std::abs(ours[i] - expected[i]) <= tolerance);
}

}  // namespace

// x = (3, 4) and an error of ±1: the gradient is ±(3, 4), its norm 5.
TEST_CASE("gradients are clipped element by element, then by their norm") {
  struct Row {
    std::string what;
    StepOptions options;
    double sign;
    double w[2];  // of the gradient that is left
  };
  const double equal = std::sqrt(0.5);
  const Row rows[] = {
      {"not at all", {}, 1, {3, 4}},
      {"a norm at the limit stays", {.clip_norm = 5}, 1, {3, 4}},
      {"a norm below the limit stays", {.clip_norm = 10}, -1, {-3, -4}},
      {"a norm above it is brought down to it", {.clip_norm = 2.5}, 1, {1.5, 2}},
      {"whatever the sign", {.clip_norm = 2.5}, -1, {-1.5, -2}},
      {"an element above the limit", {.clip_value = 3.5}, 1, {3, 3.5}},
      {"an element below minus the limit", {.clip_value = 3.5}, -1, {-3, -3.5}},
      {"both elements", {.clip_value = 0.25}, -1, {-0.25, -0.25}},
      {"elements at the limit stay", {.clip_value = 4}, 1, {3, 4}},
      {"elements first: (3, 3) and then its norm", {.clip_norm = 1, .clip_value = 3}, 1, {equal, equal}},
  };
  Matrix<double> x(2, 1);
  x(0, 0) = 3;
  x(1, 0) = 4;
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Network<double> net(2, {Dense{.units = 1, .bias = false, .weight_init = Zeros{}}});
    Matrix<double> y(1, 1);
    y(0, 0) = -row.sign;
    Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{.learning_rate = 1}, row.options);
    trainer.step(x, {{}, y});
    check_close(net.values(), std::vector<double>{-row.w[0], -row.w[1]}, 1e-15);
    check_close(net.gradients(), std::vector<double>{row.w[0], row.w[1]}, 1e-15);
  }
}

// The gradient of one tensor is long, that of the other short: both are shortened by one factor.
TEST_CASE("the norm is that of all parameters together") {
  const auto data = two_classes<double>();
  Network<double> free = small_network<double>();
  Network<double> clipped = small_network<double>();
  Trainer<double>(free, SoftmaxCrossEntropy{}, Sgd{}).step(data.inputs(), data.targets());
  Trainer<double>(clipped, SoftmaxCrossEntropy{}, Sgd{}, {.clip_norm = 0.01}).step(data.inputs(), data.targets());
  double squares = 0;
  for (const double g : free.gradients()) squares += g * g;
  REQUIRE(squares > 0.01);
  for (std::size_t i = 0; i < free.gradients().size(); ++i) {
    CHECK(clipped.gradients()[i] == doctest::Approx(free.gradients()[i] * 0.01 / std::sqrt(squares)).epsilon(1e-12));
  }
}

namespace {

struct AccumulationRow {
  std::string what;
  LossSpec loss;
  bool weighted;
  bool values;  // targets are values, not classes
};

std::vector<AccumulationRow> accumulation_rows() {
  return {
      {"a mean", MeanSquaredError{}, false, true},
      {"a sum", HalfSquaredSum{}, false, true},
      {"a mean over samples", HalfSquaredMean{}, true, true},
      {"classes", SoftmaxCrossEntropy{}, false, false},
      {"sample weights", SoftmaxCrossEntropy{}, true, false},
      {"class weights", SoftmaxCrossEntropy{.class_weights = {1, 5}}, false, false},
      {"both", SoftmaxCrossEntropy{.class_weights = {0.5, 3}}, true, false},
  };
}

Dataset<double> data_of(const AccumulationRow& row) {
  const auto plain = two_classes<double>();
  std::vector<double> weights;
  for (std::size_t i = 0; row.weighted && i < plain.size(); ++i) weights.push_back(static_cast<double>(i % 4));
  if (!row.values) return Dataset<double>::classification(plain.inputs(), plain.classes(), {}, weights);
  return Dataset<double>::regression(plain.inputs(), random_matrix<double>(2, 50, 2), {}, weights);
}

}  // namespace

// Sums of about 50 numbers in another order: a few 1e-16 of them, over 15 steps.
TEST_CASE("steps of several batches are those of one batch with all their samples") {
  struct Sizes {
    std::size_t batch, accumulate;
  };
  for (const AccumulationRow& row : accumulation_rows()) {
    const auto data = data_of(row);
    for (const Sizes& sizes : {Sizes{4, 3}, Sizes{8, 2}, Sizes{16, 3}, Sizes{7, 100}}) {
      CAPTURE(row.what);
      CAPTURE(sizes.batch);
      Network<double> parts = small_network<double>();
      Network<double> whole = small_network<double>();
      const OptimizerSpec optimizer = Sgd{.learning_rate = 0.01, .momentum = 0.9};
      const FitResult in_parts =
          Trainer<double>(parts, row.loss, optimizer)
              .fit(data, {.epochs = 3, .batch_size = sizes.batch, .accumulate = sizes.accumulate, .shuffle = false});
      const FitResult at_once =
          Trainer<double>(whole, row.loss, optimizer)
              .fit(data, {.epochs = 3, .batch_size = sizes.batch * sizes.accumulate, .shuffle = false});
      CHECK(in_parts.epochs[2].steps == at_once.epochs[2].steps);
      CHECK(in_parts.epochs[2].steps ==
            3 * ((50 + sizes.batch * sizes.accumulate - 1) / (sizes.batch * sizes.accumulate)));
      CHECK(in_parts.epochs[2].train.samples == 50);
      check_close(parts.values(), whole.values(), 1e-12);
    }
  }
}

TEST_CASE("clipping sees the gradient of the whole step") {
  const auto data = two_classes<double>();
  Network<double> parts = small_network<double>();
  Network<double> whole = small_network<double>();
  const StepOptions options{.clip_norm = 0.01, .clip_value = 0.005};
  Trainer<double>(parts, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, options)
      .fit(data, {.epochs = 2, .batch_size = 5, .accumulate = 4, .shuffle = false});
  Trainer<double>(whole, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, options)
      .fit(data, {.epochs = 2, .batch_size = 20, .shuffle = false});
  check_close(parts.values(), whole.values(), 1e-13);
}

TEST_CASE("parts of a step wait for apply, and nothing else may come between") {
  Network<double> net = one_weight();
  Trainer<double> trainer(net, HalfSquaredMean{}, Sgd{.learning_rate = 1});
  trainer.apply();
  CHECK(trainer.optimizer().steps() == 0);
  const auto first = targets_of_one({4});
  const auto second = targets_of_one({8, 9});
  trainer.accumulate(first.inputs(), first.targets());
  trainer.accumulate(second.inputs(), second.targets());
  CHECK(net.values()[0] == 0);
  CHECK(trainer.optimizer().steps() == 0);
  CHECK(error_of<ConfigError>([&] { trainer.step(first.inputs(), first.targets()); }) ==
        "step: gradients of earlier batches wait; call apply first");
  trainer.apply();
  CHECK(net.values()[0] == doctest::Approx(7).epsilon(1e-15));  // the mean of all three
  CHECK(trainer.optimizer().steps() == 1);
  trainer.apply();
  CHECK(trainer.optimizer().steps() == 1);
  step_to(trainer, 3);
  CHECK(net.values()[0] == doctest::Approx(3).epsilon(1e-15));
}

TEST_CASE("batches that weigh nothing are no part of a step") {
  Network<double> net = one_weight();
  Trainer<double> trainer(net, HalfSquaredMean{}, Sgd{.learning_rate = 1, .momentum = 0.5});
  const auto data = targets_of_one({4});
  const std::vector<double> nothing = {0};
  trainer.accumulate(data.inputs(), data.targets(), nothing);
  trainer.apply();
  CHECK(trainer.optimizer().steps() == 0);
  trainer.accumulate(data.inputs(), data.targets());
  trainer.accumulate(data.inputs(), data.targets(), nothing);
  trainer.apply();
  CHECK(net.values()[0] == 4);
}

TEST_CASE("a fit that was stopped between the parts of a step leaves nothing behind for the next") {
  const auto data = two_classes<double>();
  const FitOptions<double> options{.epochs = 2, .batch_size = 8, .accumulate = 3};
  Network<double> net = small_network<double>();
  Network<double> expected = small_network<double>();
  Trainer<double> trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1});
  bool stop = true;
  bool fail = false;
  trainer.on_step([&](const StepReport& report) {
    if (fail && report.step == 2) throw DataError("enough");
    return stop && report.step == 2 ? Control::stop : Control::proceed;
  });
  CHECK(trainer.fit(data, options).stopped);
  CHECK(same_bits(net.values(), expected.values()));

  SUBCASE("stopped, then a step") {
    Trainer<double>(expected, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1}).step(data.inputs(), data.targets());
    trainer.step(data.inputs(), data.targets());
  }
  SUBCASE("stopped, then parts") {
    Trainer<double>(expected, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1}).step(data.inputs(), data.targets());
    trainer.accumulate(data.inputs(), data.targets());
    trainer.apply();
  }
  SUBCASE("an observer threw, then a step") {
    fail = true;
    CHECK_THROWS_AS(trainer.fit(data, options), DataError);
    Trainer<double>(expected, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1}).step(data.inputs(), data.targets());
    trainer.step(data.inputs(), data.targets());
  }
  SUBCASE("then a fit") {
    stop = false;
    FitOptions<double> ordered = options;
    ordered.shuffle = false;
    Trainer<double>(expected, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1}).fit(data, ordered);
    trainer.fit(data, ordered);
  }
  check_close(net.values(), expected.values(), 1e-14);
}

// w is 4, 8, −2 after the steps. With β = ½ the mean is 2/½, (1 + 4)/¾, (½ + 2 − 1)/⅞.
TEST_CASE("the mean of the weights is what is evaluated, until it is adopted") {
  Network<double> net = one_weight();
  Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{.learning_rate = 1}, {.averaging = 0.5});
  const auto zero = targets_of_one({0});
  const auto evaluated = [&] { return std::sqrt(2 * trainer.evaluate(zero).loss); };
  trainer.adopt_average();  // of nothing
  CHECK(net.values()[0] == 0);
  const double targets[] = {4, 8, -2};
  const double means[] = {4, 5 / 0.75, 1.5 / 0.875};
  for (std::size_t i = 0; i < 3; ++i) {
    step_to(trainer, targets[i]);
    CHECK(net.values()[0] == targets[i]);
    CHECK(evaluated() == doctest::Approx(means[i]).epsilon(1e-14));
    CHECK(net.values()[0] == targets[i]);
  }
  trainer.adopt_average();
  CHECK(net.values()[0] == doctest::Approx(means[2]).epsilon(1e-14));
  CHECK(evaluated() == doctest::Approx(means[2]).epsilon(1e-14));
  step_to(trainer, 3);  // a new mean begins
  CHECK(evaluated() == doctest::Approx(3).epsilon(1e-14));
}

// θᵢ = 1/i over β = 0.9, against the sums of the definition in long double.
TEST_CASE("the mean of a sequence of weights is that of its definition, and a weight that stays is its own mean") {
  constexpr double decay = 0.9;
  WeightAverage<double> average(decay, 2);
  WeightAverage<float> single(0.999, 1);
  long double sum = 0;
  long double total = 0;
  for (int i = 1; i <= 1000; ++i) {
    const double values[] = {1.0 / i, 0.1};
    average.add(values);
    const float constant = 0.1f;
    single.add({&constant, 1});
    sum = sum * decay + 1.0L / i;
    total = total * decay + 1;
    double mean[2];
    average.write(mean);
    CHECK(mean[0] == doctest::Approx(static_cast<double>(sum / total)).epsilon(1e-12));
    CHECK(mean[1] == 0.1);
    float rounded = 0;
    single.write({&rounded, 1});
    CHECK(rounded == constant);
  }
  average.reset();
  const double far[] = {1e17, 1000.1};
  average.add(far);
  average.reset();
  const double near[] = {0.1, 0.1};
  average.add(near);
  double mean[2];
  average.write(mean);
  CHECK((mean[0] == 0.1 && mean[1] == 0.1));
}

TEST_CASE_TEMPLATE("a step with the gradient of a loss is the step with that loss, to the bit", Scalar, float, double) {
  const Dataset<Scalar> data = two_classes<Scalar>();
  for (const std::size_t threads : {1U, 2U}) {
    const StepOptions options{.schedule = StepDecay{.gamma = 0.5, .every = 1, .per = "step"},
                              .clip_norm = 0.1,
                              .clip_value = 0.05,
                              .averaging = 0.5,
                              .threads = threads};
    const std::vector<LayerSpec> layers = {Dense{8, Tanh{}}, Dropout{0.3}, Dense{2}};
    Network<Scalar> by_loss = small_network<Scalar>(layers);
    Network<Scalar> by_gradient = small_network<Scalar>(layers);
    Trainer<Scalar> first(by_loss, SoftmaxCrossEntropy{}, Adam{}, options);
    Trainer<Scalar> second(by_gradient, MeanSquaredError{}, Adam{}, options);
    const auto loss = Loss<Scalar>::from(SoftmaxCrossEntropy{});
    for (int k = 0; k < 3; ++k) {
      first.step(data.inputs(), data.targets());
      second.step(data.inputs(), [&](const MatrixView<const Scalar>& output, const MatrixView<Scalar>& dz) {
        loss->evaluate(output, data.targets(), {}, 1.0 / 50, dz);
      });
      CHECK(same_bits(by_loss.values(), by_gradient.values()));
    }
    CHECK(same_bits(first.state().average, second.state().average));
    CHECK(second.optimizer().steps() == 3);
  }
}

TEST_CASE("a given gradient is 0 where nothing is written, and a step that fails changes nothing") {
  Network<double> net = small_network<double>();
  Network<double> other = small_network<double>();
  Trainer<double> trainer(net, MeanSquaredError{}, Sgd{});
  Trainer<double> undisturbed(other, MeanSquaredError{}, Sgd{});
  const Matrix<double> x = random_matrix<double>(3, 4, 2);
  const OutputGradient<double> one = [](const auto&, const MatrixView<double>& dz) {
    double sum = 0;
    for (std::size_t i = 0; i < dz.cols; ++i) sum += std::abs(dz(0, i)) + std::abs(dz(1, i));
    CHECK(sum == 0);
    dz(1, 2) = 1;
  };
  trainer.step(x, one);
  CHECK(error_of<NonFiniteError>([&] {
          trainer.step(x, [](const auto&, const MatrixView<double>& dz) { dz(0, 0) = not_a_number; });
        }) == "training stopped at step 2: all outputs are finite, but not the given dL/doutput");
  struct OwnError {};
  CHECK_THROWS_AS(trainer.step(x, [](const auto&, const auto&) { throw OwnError(); }), OwnError);
  trainer.step(x, one);
  undisturbed.step(x, one);
  undisturbed.step(x, one);
  CHECK(same_bits(net.values(), other.values()));
  trainer.accumulate(x, {{}, random_matrix<double>(2, 4, 3)});
  CHECK_THROWS_AS(trainer.step(x, one), ConfigError);
  Matrix<double> broken = x;
  broken(0, 0) = not_a_number;
  trainer.apply();
  check_contains(error_of<NonFiniteError>([&] { trainer.step(broken, one); }), {"the batch itself"});
}

TEST_CASE("a parameter can be frozen and trained again between steps, and the optimiser keeps its state") {
  const Dataset<double> data = two_classes<double>();
  Network<double> net = small_network<double>({Dense{8, PRelu{}}, Dense{2}});
  Trainer<double> trainer(net, SoftmaxCrossEntropy{}, Adam{.weight_decay = 0.1}, {.clip_norm = 1e-3});
  const auto step = [&] { trainer.step(data.inputs(), data.targets()); };
  const auto values_of = [&](const char* name) {
    const auto view = std::as_const(net).parameter(name).value();
    return std::vector<double>(view.data, view.data + view.size());
  };
  step();
  for (const char* name : {"layers.0.weight", "layers.0.bias", "layers.0.alpha"}) {
    CAPTURE(name);
    net.set_trainable(name, false);
    const auto before = values_of(name);
    const auto others = values_of("layers.1.weight");
    const auto memory = trainer.state().optimizer_state[0];
    step();
    CHECK(values_of(name) == before);
    CHECK(values_of("layers.1.weight") != others);
    CHECK((trainer.state().optimizer_state[0] != memory && trainer.optimizer().state().size() == 2));
    // The clipped norm is that of what trains.
    double squares = 0;
    for (const Parameter<double>& p : std::as_const(net).parameters()) {
      for (std::size_t i = 0; i < p.size(); ++i) squares += p.gradient().data[i] * p.gradient().data[i];
      if (!p.trainable()) CHECK(p.gradient().data[0] == 0);
    }
    CHECK(std::sqrt(squares) == doctest::Approx(1e-3).epsilon(1e-12));
    CHECK_FALSE(Network<double>(net).parameter(name).trainable());
    CHECK_FALSE(net.convert<float>().parameter(name).trainable());
    net.set_trainable(name, true);
    step();
    CHECK(values_of(name) != before);
  }
  CHECK_THROWS_AS(net.set_trainable("layers.7.weight", false), ModelError);
}

TEST_CASE("averaging does not move frozen weights") {
  const auto data = two_classes<float>();
  Network<float> net = small_network<float>({Dense{.units = 8, .activation = Tanh{}, .train_weight = false}, Dense{2}});
  const std::vector<float> before(net.values().begin(), net.values().end());
  Trainer<float>(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1}, {.averaging = 0.999}).fit(data, {.epochs = 3});
  CHECK(same_bits(net.values().first(24), std::span<const float>(before).first(24)));
  CHECK_FALSE(same_bits(net.values(), before));
}

// A caller's thread may predict with the network while another evaluates: both only read.
TEST_CASE("an evaluation of the mean does not write the network") {
  const auto zero = targets_of_one({0});
  Network<double> net = one_weight();
  Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{.learning_rate = 1}, {.averaging = 0.5});
  step_to(trainer, 4);
  step_to(trainer, 8);
  class Watcher : public BatchSource<double> {
   public:
    Watcher(const Dataset<double>& data, const Network<double>& net) : source_(data), net_(net) {}
    std::size_t features() const override { return source_.features(); }
    std::size_t target_rows() const override { return source_.target_rows(); }
    std::size_t size() const override { return source_.size(); }
    void start_epoch(std::optional<RandomStream> order) override { source_.start_epoch(order); }
    std::size_t next(Batch<double>& batch) override {
      CHECK(net_.values()[0] == 8);
      return source_.next(batch);
    }

   private:
    DatasetBatches<double> source_;
    const Network<double>& net_;
  } source(zero, net);
  const double mean = (4 * 0.5 + 8) / 1.5;
  CHECK(trainer.evaluate(source).loss == doctest::Approx(mean * mean / 2).epsilon(1e-14));
}

TEST_CASE("a fit evaluates the mean of the weights and ends with it") {
  const auto data = targets_of_one({4, 8, -2});
  const auto zero = targets_of_one({0});
  Network<double> net = one_weight();
  Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{.learning_rate = 1}, {.averaging = 0.5});
  trainer.on_epoch([&](const EpochReport&) {
    CHECK(net.values()[0] == -2);
    return Control::proceed;
  });
  const FitResult result = trainer.fit(data, {.epochs = 1, .batch_size = 1, .shuffle = false, .validation = &zero});
  const double mean = 1.5 / 0.875;
  CHECK(result.epochs[0].validation->loss == doctest::Approx(mean * mean / 2).epsilon(1e-14));
  CHECK(net.values()[0] == doctest::Approx(mean).epsilon(1e-14));
  CHECK(trainer.evaluate(zero).loss == result.epochs[0].validation->loss);
}

namespace {

// A fit whose weight after epoch i is weights[i], and so its validation loss, w².
struct ScriptedFit {
  explicit ScriptedFit(std::vector<double> script, const StepOptions& options = {})
      : weights(std::move(script)), trainer(net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}, options) {
    trainer.on_step([this](const StepReport& report) {
      net.values()[0] = weights[report.epoch - 1];
      return Control::proceed;
    });
  }

  FitResult run(const EarlyStopping& stopping) {
    const auto zero = targets_of_one({0});
    return trainer.fit(zero, {.epochs = weights.size(), .validation = &zero, .early_stopping = stopping});
  }

  std::vector<double> weights;
  Network<double> net = one_weight();
  Trainer<double> trainer;
};

}  // namespace

TEST_CASE("early stopping waits for a better epoch, and goes back to the best one") {
  struct Row {
    std::string what;
    std::vector<double> weights;  // the validation loss is their square
    EarlyStopping stopping;
    std::size_t epochs;
    std::size_t best;  // counted from 1
    double end;
    bool stopped;
  };
  const std::vector<Row> rows = {
      {"off", {3, 4, 5, 6}, {}, 4, 0, 6, false},
      {"never, while losses fall", {5, 4, 3, 2}, {.patience = 1}, 4, 4, 2, false},
      {"at the second that is not better", {3, 2, 2.5, 2.5, 1}, {.patience = 1}, 4, 2, 2, true},
      {"one that is not better is borne", {3, 2, 2.5, 1}, {.patience = 1}, 4, 4, 1, false},
      {"after three in a row", {3, 2, 2.5, 2.5, 2.5, 1}, {.patience = 2}, 5, 2, 2, true},
      {"a better one starts the count anew", {3, 4, 2, 4, 1, 4, 4, 0}, {.patience = 1}, 7, 5, 1, true},
      {"the last weights, where asked for", {3, 2, 2.5, 2.75, 1}, {1, 0, false}, 4, 2, 2.75, true},
      {"equal is not better", {2, 2, 2, 1}, {.patience = 1}, 3, 1, 2, true},
      // 9, 8.41, 8.12 against 9 − 1
      {"too little is not better", {3, 2.9, 2.85, 1}, {.patience = 1, .min_delta = 1}, 3, 1, 3, true},
      // 9, 4, 3.0625, 2.25 against 9 − 1, then 4 − 1
      {"little by little counts from the best", {3, 2, 1.75, 1.5, 1}, {.patience = 2, .min_delta = 1}, 5, 5, 1, false},
      // 1 against 4 − 3
      {"by just min_delta is not better", {2, 1, 1, 0}, {.patience = 1, .min_delta = 3}, 3, 1, 2, true},
      {"the end comes first", {3, 2, 4, 5}, {.patience = 3}, 4, 2, 2, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    ScriptedFit fit(row.weights);
    const FitResult result = fit.run(row.stopping);
    CHECK(result.epochs.size() == row.epochs);
    CHECK((result.best ? result.best->epoch : 0) == row.best);
    CHECK(result.stopped_early == row.stopped);
    CHECK_FALSE(result.stopped);
    CHECK(fit.net.values()[0] == row.end);
    for (std::size_t i = 0; i < row.epochs; ++i) {
      CHECK(result.epochs[i].validation->loss == doctest::Approx(row.weights[i] * row.weights[i]).epsilon(1e-15));
    }
  }
}

// The first epoch is the best; then come n epochs without improvement. The plateau is seen in the epoch after.
TEST_CASE("the patience of early stopping and of a plateau bear the same number of epochs") {
  for (const std::size_t patience : {1U, 2U, 5U}) {
    for (const std::size_t bad : {patience, patience + 1}) {
      CAPTURE(patience);
      CAPTURE(bad);
      std::vector<double> script(1 + bad, 3);
      script.push_back(1);
      ScriptedFit stopping(script);
      CHECK(stopping.run({.patience = patience}).stopped_early == (bad > patience));
      ScriptedFit plateau(script, {.schedule = ReduceOnPlateau{.factor = 0.5, .patience = patience}});
      CHECK(plateau.run({}).epochs.back().learning_rate == (bad > patience ? 0.05 : 0.1));
    }
  }
}

TEST_CASE("an observer that stops ends at the best epoch too, and the stop is not called early") {
  ScriptedFit fit({3, 2, 4, 5});
  fit.trainer.on_epoch([](const EpochReport& report) { return report.epoch == 3 ? Control::stop : Control::proceed; });
  const FitResult result = fit.run({.patience = 1});
  CHECK(result.epochs.size() == 3);
  CHECK(result.stopped);
  CHECK_FALSE(result.stopped_early);
  CHECK(result.best->epoch == 2);
  CHECK(fit.net.values()[0] == 2);
}

TEST_CASE("a validation loss that is not finite ends the fit with an error, it is never the best") {
  ScriptedFit fit({3, not_a_number, 1});
  CHECK_THROWS_AS(fit.run({.patience = 5}), NonFiniteError);
}

// Every step lands on its target, and every epoch has an order of its own, so each ends with another mean.
TEST_CASE("with averaging the best epoch is that of the mean, and so are its weights") {
  const auto data = targets_of_one({6, 2, 8, 8, 8});
  const auto zero = targets_of_one({0});
  Network<double> net = one_weight();
  Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{.learning_rate = 1}, {.averaging = 0.5});
  std::vector<double> losses;
  trainer.on_epoch([&](const EpochReport& report) {
    losses.push_back(report.validation->loss);
    return Control::proceed;
  });
  const FitResult result =
      trainer.fit(data, {.epochs = 4, .batch_size = 1, .validation = &zero, .early_stopping = {.patience = 10}});
  REQUIRE(result.best.has_value());
  REQUIRE(result.best->epoch < 4);
  CHECK(trainer.evaluate(zero).loss == doctest::Approx(losses[result.best->epoch - 1]).epsilon(1e-14));
  CHECK(net.values()[0] * net.values()[0] / 2 == doctest::Approx(losses[result.best->epoch - 1]).epsilon(1e-14));
}

namespace {

// All schedules that are formulas, with times that a few epochs of four steps pass.
template <typename Use>
void for_each_formula(const std::string& per, const Use& use) {
  use(ScheduleSpec(StepDecay{.gamma = 0.5, .every = 2, .per = per}));
  use(ScheduleSpec(MultistepDecay{.gamma = 0.5, .milestones = {1, 3}, .per = per}));
  use(ScheduleSpec(ExponentialDecay{.gamma = 0.9, .per = per}));
  use(ScheduleSpec(Cosine{.period = 4, .smallest = 0.01, .per = per}));
  use(ScheduleSpec(WarmupCosine{.warmup = 2, .total = 5, .per = per}));
  use(ScheduleSpec(LinearDecay{.total = 4, .end = 0.01, .per = per}));
  use(ScheduleSpec(InverseTime{.decay = 0.5, .per = per}));
  use(ScheduleSpec(ConstantRate{.per = per}));
}

}  // namespace

TEST_CASE("schedules set the learning rate of every epoch or of every step") {
  const auto data = two_classes<float>();
  std::size_t schedules = 0;
  for (const std::string per : {"epoch", "step"}) {
    for_each_formula(per, [&](const ScheduleSpec& schedule) {
      ++schedules;
      CAPTURE(schedule.summary());
      Network<float> net = small_network<float>();
      Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.2}, {.schedule = schedule});
      const auto expected = schedule->build(0.2);
      std::size_t steps = 0;
      trainer.on_step([&](const StepReport& report) {
        CHECK(trainer.optimizer().learning_rate() == expected->rate(per == "step" ? steps : report.epoch - 1));
        ++steps;
        return Control::proceed;
      });
      const FitResult result = trainer.fit(data, {.epochs = 5, .batch_size = 16});
      CHECK(steps == 20);
      for (const EpochReport& report : result.epochs) {
        CHECK(report.learning_rate == expected->rate(per == "step" ? report.steps - 1 : report.epoch - 1));
      }
    });
  }
  CHECK(schedules == 2 * (standard_schedules().names().size() - 1));  // all but the plateau
}

// One weight at x = 1, gradient −1 in each step: what it moves is the learning rate.
TEST_CASE("the rate of a schedule is that of the step it is meant for") {
  Network<double> net = one_weight();
  Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{.learning_rate = 1},
                          {.schedule = StepDecay{.gamma = 0.5, .every = 1, .per = "step"}});
  const double moves[] = {1, 0.5, 0.25};
  for (const double move : moves) {
    const double before = net.values()[0];
    step_to(trainer, before + 1);
    CHECK(net.values()[0] - before == move);
  }
}

TEST_CASE("schedules count steps of the optimiser, not batches") {
  const auto data = two_classes<float>();
  Network<float> net = small_network<float>();
  const StepOptions options{.schedule = StepDecay{.gamma = 0.5, .every = 1, .per = "step"}};
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, options);
  // 7 batches of 8: two steps of 3 and one of 1.
  CHECK(trainer.fit(data, {.epochs = 1, .batch_size = 8, .accumulate = 3}).epochs[0].learning_rate == 0.25);
}

TEST_CASE("a plateau of the validation loss lowers the rate of the next epoch") {
  ScriptedFit fit({4, 3, 3, 3, 2, 2, 2}, {.schedule = ReduceOnPlateau{.factor = 0.5, .patience = 1}});
  const FitResult result = fit.run({});
  std::vector<double> rates;
  for (const EpochReport& report : result.epochs) rates.push_back(report.learning_rate);
  CHECK(rates == std::vector<double>{0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05});
  CHECK(fit.trainer.optimizer().learning_rate() == 0.05);
}

TEST_CASE("two fits of one epoch are one fit of two, with schedules and dropout too") {
  const auto data = two_classes<float>();
  const auto layers = [] { return std::vector<LayerSpec>{Dense{8, Relu{}}, Dropout{.rate = 0.3}, Dense{2}}; };
  for (const std::string per : {"epoch", "step"}) {
    for_each_formula(per, [&](const ScheduleSpec& schedule) {
      CAPTURE(schedule.summary());
      const StepOptions options{.schedule = schedule, .clip_norm = 0.5};
      Network<float> together = small_network<float>(layers());
      Network<float> apart = small_network<float>(layers());
      Trainer<float>(together, SoftmaxCrossEntropy{}, Adam{.learning_rate = 0.02}, options).fit(data, {.epochs = 2});
      Trainer<float> trainer(apart, SoftmaxCrossEntropy{}, Adam{.learning_rate = 0.02}, options);
      trainer.fit(data, {.epochs = 1});
      trainer.fit(data, {.epochs = 1});
      CHECK(same_bits(together.values(), apart.values()));
    });
  }
}

TEST_CASE("where the schedule is constant, observers set the rate") {
  const auto data = two_classes<float>();
  Network<float> net = small_network<float>();
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.5});
  trainer.on_epoch([&](const EpochReport& report) {
    trainer.optimizer().set_learning_rate(0.5 / static_cast<double>(report.epoch + 1));
    return Control::proceed;
  });
  const FitResult result = trainer.fit(data, {.epochs = 3});
  CHECK(result.epochs[0].learning_rate == 0.5);
  CHECK(result.epochs[1].learning_rate == 0.25);
  CHECK(result.epochs[2].learning_rate == 0.5 / 3);
}

TEST_CASE("step options out of range are refused with their name") {
  struct Row {
    StepOptions options;
    std::string message;
  };
  const std::vector<Row> rows = {
      {{.clip_norm = -1}, "trainer: clip_norm = -1, must be a finite number >= 0"},
      {{.clip_norm = infinity}, "trainer: clip_norm = inf, must be a finite number >= 0"},
      {{.clip_norm = not_a_number}, "trainer: clip_norm = nan, must be a finite number >= 0"},
      {{.clip_value = -0.5}, "trainer: clip_value = -0.5, must be a finite number >= 0"},
      {{.clip_value = not_a_number}, "trainer: clip_value = nan, must be a finite number >= 0"},
      {{.averaging = 1}, "trainer: averaging = 1, must be in [0, 1)"},
      {{.averaging = -0.1}, "trainer: averaging = -0.1, must be in [0, 1)"},
      {{.averaging = not_a_number}, "trainer: averaging = nan, must be in [0, 1)"},
  };
  Network<double> net = one_weight();
  for (const Row& row : rows) {
    CHECK(error_of<ConfigError>([&] { Trainer<double>(net, HalfSquaredSum{}, Sgd{}, row.options); }) == row.message);
  }
  CHECK(error_of<ConfigError>([&] {
          Trainer<double>(net, HalfSquaredSum{}, Sgd{.learning_rate = 0.1},
                          {.schedule = Cosine{.period = 3, .smallest = 0.5}});
        }).find("smallest = 0.5 is above the learning rate, 0.1") != std::string::npos);
}

TEST_CASE("fit options that cannot be are refused") {
  const auto data = targets_of_one({1});
  Network<double> net = one_weight();
  Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{});
  const auto refusal = [&](const FitOptions<double>& options) {
    return error_of<ConfigError>([&] { trainer.fit(data, options); });
  };
  CHECK(refusal({.accumulate = 0}) == "accumulate = 0, must be >= 1");
  CHECK(refusal({.early_stopping = {.patience = 1}}) == "early stopping needs a validation part");
  CHECK(refusal({.validation = &data, .early_stopping = {.patience = 1, .min_delta = not_a_number}}) ==
        "early stopping: min_delta = nan, must be a finite number >= 0");
  CHECK(refusal({.validation = &data, .early_stopping = {.patience = 1, .min_delta = -1}}) ==
        "early stopping: min_delta = -1, must be a finite number >= 0");
}
