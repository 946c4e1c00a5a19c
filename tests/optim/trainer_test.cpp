#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/generators.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// 50 samples of 3 features whose class is the sign of the first.
template <typename Scalar>
Dataset<Scalar> sign_data() {
  const Matrix<Scalar> x = random_matrix<Scalar>(3, 50, 1);
  std::vector<std::int32_t> classes(50);
  for (std::size_t i = 0; i < 50; ++i) classes[i] = x(0, i) > 0 ? 1 : 0;
  return Dataset<Scalar>::classification(x, classes);
}

template <typename Scalar>
Network<Scalar> small_network(std::uint64_t seed) {
  return Network<Scalar>(3, {Dense{8, Relu{}}, Dense{2}}, seed);
}

// Passes a data set on and records the order in which samples were handed out, by their first feature.
class Recorder : public BatchSource<float> {
 public:
  explicit Recorder(const Dataset<float>& data) : source_(data) {}
  std::size_t features() const override { return source_.features(); }
  std::size_t target_rows() const override { return source_.target_rows(); }
  bool has_weights() const override { return source_.has_weights(); }
  std::size_t size() const override { return source_.size(); }
  void start_epoch(std::optional<RandomStream> order) override {
    epochs.emplace_back();
    batch_sizes.emplace_back();
    source_.start_epoch(order);
  }
  std::size_t next(Batch<float>& batch) override {
    const std::size_t count = source_.next(batch);
    for (std::size_t i = 0; i < count; ++i) epochs.back().push_back(batch.inputs()(0, i));
    if (count > 0) batch_sizes.back().push_back(count);
    return count;
  }

  std::vector<std::vector<float>> epochs;
  std::vector<std::vector<std::size_t>> batch_sizes;

 private:
  DatasetBatches<float> source_;
};

}  // namespace

TEST_CASE("xor is learned") {
  const auto data = xor_points<double>();
  Network<double> net(2, {Dense{8, Tanh{}}, Dense{1}}, 1);
  Trainer trainer(net, BinaryCrossEntropy{}, Sgd{.learning_rate = 0.5, .momentum = 0.9});
  const FitResult result = trainer.fit(data, {.epochs = 300, .batch_size = 4});
  CHECK(*result.epochs.back().train.accuracy == 1);
  CHECK(result.epochs.back().train.loss < 0.01);
  CHECK(*trainer.evaluate(data).accuracy == 1);
}

TEST_CASE_TEMPLATE("the same seed gives the same bits of all weights, another seed others", Scalar, float, double) {
  const auto data = sign_data<Scalar>();
  const auto train = [&](std::uint64_t seed) {
    Network<Scalar> net = small_network<Scalar>(seed);
    Trainer<Scalar>(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1, .momentum = 0.9})
        .fit(data, {.epochs = 5, .batch_size = 8});
    return net;
  };
  const Network<Scalar> first = train(1);
  const Network<Scalar> again = train(1);
  const Network<Scalar> other = train(2);
  CHECK(same_bits(first.values(), again.values()));
  CHECK_FALSE(same_bits(first.values(), other.values()));
}

TEST_CASE("watching does not change the result: health and validation leave the weights' bits alone") {
  const auto data = sign_data<float>();
  Network<float> watched = small_network<float>(1);
  Network<float> alone = small_network<float>(1);
  Trainer<float>(watched, SoftmaxCrossEntropy{}, Sgd{})
      .fit(data, {.epochs = 3, .batch_size = 8, .validation = &data, .probe_samples = 50});
  Trainer<float>(alone, SoftmaxCrossEntropy{}, Sgd{}).fit(data, {.epochs = 3, .batch_size = 8, .probe_samples = 0});
  CHECK(same_bits(watched.values(), alone.values()));
}

TEST_CASE("two fits of one epoch are one fit of two") {
  const auto data = sign_data<float>();
  Network<float> together = small_network<float>(1);
  Network<float> apart = small_network<float>(1);
  Trainer<float>(together, SoftmaxCrossEntropy{}, Sgd{.momentum = 0.9}).fit(data, {.epochs = 2});
  Trainer<float> trainer(apart, SoftmaxCrossEntropy{}, Sgd{.momentum = 0.9});
  trainer.fit(data, {.epochs = 1});
  CHECK(trainer.fit(data, {.epochs = 1}).epochs[0].epoch == 2);
  CHECK(same_bits(together.values(), apart.values()));
}

TEST_CASE("every epoch has an order of its own, uses every sample once, and ends with a short batch") {
  const auto data = sign_data<float>();
  Recorder source(data);
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  trainer.fit(source, {.epochs = 2, .batch_size = 16, .probe_samples = 0});
  REQUIRE(source.epochs.size() == 2);
  CHECK(source.batch_sizes[0] == std::vector<std::size_t>{16, 16, 16, 2});
  CHECK(source.epochs[0] != source.epochs[1]);
  for (std::vector<float> seen : source.epochs) {
    std::vector<float> all(50);
    for (std::size_t i = 0; i < 50; ++i) all[i] = data.inputs()(0, i);
    std::sort(seen.begin(), seen.end());
    std::sort(all.begin(), all.end());
    CHECK(seen == all);
  }

  Recorder ordered(data);
  trainer.fit(ordered, {.epochs = 2, .batch_size = 16, .shuffle = false, .probe_samples = 0});
  CHECK(ordered.epochs[0] == ordered.epochs[1]);
  CHECK(ordered.epochs[0][7] == data.inputs()(0, 7));
}

TEST_CASE("a batch larger than the data is the data") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  CHECK(trainer.fit(data, {.epochs = 1, .batch_size = 1000}).epochs[0].steps == 1);
}

TEST_CASE("the loss of an epoch is the mean over its samples, however short the last batch") {
  const auto data = sign_data<double>();
  Network<double> net = small_network<double>(1);
  // A learning rate of 0 keeps the weights, so the running mean is the loss of the start.
  Trainer<double> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  trainer.optimizer().set_learning_rate(0);
  const Evaluation before = trainer.evaluate(data);
  const EpochReport report = trainer.fit(data, {.epochs = 1, .batch_size = 16}).epochs[0];
  CHECK(report.train.loss == doctest::Approx(before.loss).epsilon(1e-13));
  CHECK(*report.train.accuracy == *before.accuracy);
  CHECK(trainer.evaluate(data, 7).loss == doctest::Approx(before.loss).epsilon(1e-13));
}

TEST_CASE("reports hold what happened, before the first step and after every epoch") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.25});
  std::vector<std::size_t> epochs;
  std::size_t starts = 0;
  trainer.on_start([&](const StartReport& start) {
    ++starts;
    CHECK(epochs.empty());
    CHECK(start.health->samples == 20);
    CHECK((start.samples == 50 && start.steps_per_epoch == 4));
  });
  trainer.on_epoch([&](const EpochReport& r) {
    epochs.push_back(r.epoch);
    CHECK(r.steps == 4 * r.epoch);
    CHECK(r.learning_rate == 0.25);
    CHECK(r.train.samples == 50);
    CHECK(r.validation->samples == 50);
    CHECK(r.health->layers.size() == 1);
    CHECK(r.samples_per_second > 0);
    return Control::proceed;
  });
  const FitResult result = trainer.fit(data, {.epochs = 3, .batch_size = 16, .validation = &data, .probe_samples = 20});
  CHECK(starts == 1);
  CHECK(epochs == std::vector<std::size_t>{1, 2, 3});
  CHECK(result.epochs.size() == 3);
  CHECK(result.start.health->layers.size() == 1);
  CHECK_FALSE(result.stopped);
}

TEST_CASE("an observer can stop, and what it throws passes through") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  trainer.on_epoch([](const EpochReport& r) { return r.epoch == 2 ? Control::stop : Control::proceed; });
  const FitResult result = trainer.fit(data, {.epochs = 10});
  CHECK(result.epochs.size() == 2);
  CHECK(result.stopped);
  trainer.on_epoch([](const EpochReport&) -> Control { throw std::runtime_error("enough"); });
  CHECK_THROWS_WITH(trainer.fit(data, {.epochs = 10}), "enough");
  CHECK(net.predict(data.inputs()).cols() == 50);
}

TEST_CASE("steps are counted within their epoch, and training can stop at one") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  std::vector<std::pair<std::size_t, std::size_t>> seen;
  trainer.on_step([&](const StepReport& r) {
    seen.emplace_back(r.epoch, r.step);
    return seen.size() == 6 ? Control::stop : Control::proceed;
  });
  const FitResult result = trainer.fit(data, {.epochs = 10, .batch_size = 16});
  CHECK(seen == std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 1}, {2, 2}});
  CHECK(result.stopped);
  CHECK(result.epochs.size() == 1);
  CHECK(trainer.optimizer().steps() == 6);
}

TEST_CASE("an observer may register another") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  std::size_t calls = 0;
  trainer.on_epoch([&](const EpochReport&) {
    for (int i = 0; i < 8; ++i) {
      trainer.on_epoch([&](const EpochReport&) {
        ++calls;
        return Control::stop;
      });
    }
    return Control::proceed;
  });
  CHECK(trainer.fit(data, {.epochs = 3}).epochs.size() == 1);
  CHECK(calls == 8);
}

TEST_CASE("a step needs the scale of the whole batch: weights count samples") {
  const Matrix<double> x = random_matrix<double>(3, 2, 1);
  const Matrix<double> repeated = [&] {
    Matrix<double> m(3, 4);
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 4; ++c) m(r, c) = x(r, c < 3 ? 0 : 1);
    }
    return m;
  }();
  const std::vector<std::int32_t> classes = {0, 1};
  const std::vector<std::int32_t> repeated_classes = {0, 0, 0, 1};
  const std::vector<double> weights = {3, 1};
  Network<double> weighted = small_network<double>(1);
  Network<double> counted = small_network<double>(1);
  Trainer<double>(weighted, SoftmaxCrossEntropy{}, Sgd{}).step(x, {classes, {}}, weights);
  Trainer<double>(counted, SoftmaxCrossEntropy{}, Sgd{}).step(repeated, {repeated_classes, {}});
  for (std::size_t i = 0; i < counted.values().size(); ++i) {
    CHECK(weighted.values()[i] == doctest::Approx(counted.values()[i]).epsilon(1e-14));
  }
  const Matrix<double> empty(3, 0);
  CHECK(error_of<DataError>([&] { Trainer<double>(weighted, SoftmaxCrossEntropy{}, Sgd{}).step(empty, {}); }) ==
        "the batch has no samples");
  for (const double bad : {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const std::vector<double> wrong = {1, bad};
    CHECK_THROWS_AS(Trainer<double>(weighted, SoftmaxCrossEntropy{}, Sgd{}).step(x, {classes, {}}, wrong), DataError);
  }
}

namespace {

template <typename Train>
NonFiniteError divergence(const Train& train) {
  try {
    train();
  } catch (const NonFiniteError& error) {
    return error;
  }
  FAIL("training did not stop");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("a loss that is not finite stops training at once, and names step and layer") {
  const auto data = sign_data<float>();
  constexpr float infinite = std::numeric_limits<float>::infinity();
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

  SUBCASE("in a layer, by a weight") {
    Network<float> net = small_network<float>(1);
    net.parameter("layers.1.bias").value()(1, 0) = not_a_number;
    const std::vector<float> before(net.values().begin(), net.values().end());
    const auto error = divergence([&] { Trainer<float>(net, SoftmaxCrossEntropy{}, Sgd{}).fit(data, {.epochs = 3}); });
    CHECK((error.epoch() == 1 && error.step() == 1 && error.layer() == 2));
    CHECK(std::string(error.what()) ==
          "training stopped at step 1 (epoch 1): the loss is nan; the first values that are not finite are in layer 2: "
          "try a smaller learning_rate, or scale the inputs");
    CHECK(same_bits(net.values(), before));
  }
  SUBCASE("in the batch") {
    Network<float> net = small_network<float>(1);
    Matrix<float> x(3, 1);
    x(2, 0) = infinite;
    const std::vector<std::int32_t> classes = {0};
    const auto error = divergence([&] { Trainer<float>(net, SoftmaxCrossEntropy{}, Sgd{}).step(x, {classes, {}}); });
    CHECK((error.epoch() == 0 && error.step() == 1 && error.layer() == 0));
  }
  SUBCASE("in the loss alone") {
    Network<float> net(1, {Dense{.units = 1, .weight_init = Constant{1e30}}});
    Matrix<float> x(1, 1);
    x(0, 0) = 1;
    const Matrix<float> y(1, 1);
    const auto error = divergence([&] { Trainer<float>(net, MeanSquaredError{}, Sgd{}).step(x, {{}, y}); });
    CHECK(error.layer() == 2);
    CHECK(std::string(error.what()).find("all outputs are finite, but the loss of them overflows") !=
          std::string::npos);
  }
  SUBCASE("by an absurd learning rate, in the first epoch") {
    Network<float> net = small_network<float>(1);
    const auto error = divergence(
        [&] { Trainer<float>(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1e30}).fit(data, {.epochs = 100}); });
    CHECK(error.epoch() == 1);
    CHECK(error.step() > 1);
  }
}

// One step in the epoch: no later loss could show what its update broke.
TEST_CASE("an update that overflows in the last step is found at the end of the epoch") {
  const Matrix<float> x = [] {
    Matrix<float> m(1, 1);
    m(0, 0) = 1;
    return m;
  }();
  const auto data = Dataset<float>::regression(x, x);
  Network<float> net(1, {Dense{.units = 1, .weight_init = Constant{-1e15}}});
  const auto error =
      divergence([&] { Trainer<float>(net, MeanSquaredError{}, Sgd{.learning_rate = 1e30}).fit(data, {.epochs = 1}); });
  CHECK((error.epoch() == 1 && error.step() == 1 && error.layer() == 1));
  CHECK(std::string(error.what()).find("the update made layers.0.weight not finite") != std::string::npos);
}

// A gradient of 1e20 is a float, its square is not: Adam would divide by infinity from there on, and stand still for good.
TEST_CASE("gradients that are too large to be squared stop training, they do not freeze it") {
  Matrix<float> x(1, 1);
  x(0, 0) = 1e10f;
  const auto data = Dataset<float>::regression(x, Matrix<float>(1, 1));
  for (const OptimizerSpec& optimizer : std::vector<OptimizerSpec>{Adam{}, AdamW{}, RmsProp{}, Adagrad{}}) {
    Network<float> net(1, {Dense{.units = 1, .weight_init = Constant{1}}});
    const auto error = divergence([&] { Trainer<float>(net, MeanSquaredError{}, optimizer).fit(data, {.epochs = 1}); });
    CHECK(std::string(error.what()).find("the squares of the gradients are not finite") != std::string::npos);
  }
}

TEST_CASE("a training that diverges leaves the weights of the best epoch where they were to be kept") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  std::vector<float> first;
  trainer.on_epoch([&](const EpochReport& report) {
    if (report.epoch == 1) first.assign(net.values().begin(), net.values().end());
    trainer.optimizer().set_learning_rate(1e30);
    return Control::proceed;
  });
  const auto error =
      divergence([&] { trainer.fit(data, {.epochs = 9, .validation = &data, .early_stopping = {.patience = 9}}); });
  CHECK(error.epoch() == 2);
  CHECK(same_bits(net.values(), first));
}

TEST_CASE("a validation loss that overflows names the epoch") {
  const auto data = sign_data<float>();
  Matrix<float> huge(3, 1);
  huge(0, 0) = 3e38f;
  const std::vector<std::int32_t> classes = {0};
  const auto validation = Dataset<float>::classification(huge, classes);
  Network<float> net(3, {Dense{.units = 2, .weight_init = Given{{10, 0, 0, -10, 0, 0}}}});
  const auto error =
      divergence([&] { Trainer<float>(net, SoftmaxCrossEntropy{}, Sgd{}).fit(data, {.validation = &validation}); });
  CHECK(error.epoch() == 1);
  CHECK(std::string(error.what()).find("(epoch 1): validation: ") != std::string::npos);
}

TEST_CASE("what changes the network between two epochs comes after all that is measured, and not after the last") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  std::vector<std::size_t> changed;
  trainer.between_epochs([&](const EpochReport& report) {
    changed.push_back(report.epoch);
    CHECK_FALSE(report.health->layers[0].each.empty());
    for (float& v : net.values()) v = 0;
  });
  std::vector<double> measured;
  trainer.on_epoch([&](const EpochReport& report) {
    measured.push_back(report.validation->loss);
    CHECK(trainer.evaluate(data).loss == report.validation->loss);
    return Control::proceed;
  });
  trainer.fit(data, {.epochs = 3, .validation = &data, .early_stopping = {.patience = 5}});
  CHECK(changed == std::vector<std::size_t>{1, 2});
  CHECK(trainer.evaluate(data).loss == *std::min_element(measured.begin(), measured.end()));
}

TEST_CASE("a second fit knows who was born dead and who died in the first") {
  const auto data = sign_data<float>();
  Network<float> net(3, {Dense{.units = 4, .activation = Relu{}, .bias_init = Given{{-90, 0, 0, 0}}}, Dense{2}}, 1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  trainer.fit(data, {.epochs = 1});
  net.parameter("layers.0.bias").value()(1, 0) = -90;
  trainer.fit(data, {.epochs = 1});
  const FitResult third = trainer.fit(data, {.epochs = 0});
  const LayerHealth& layer = third.start.health->layers[0];
  CHECK((layer.dead == 2 && layer.born_dead == 1 && layer.lost == 1 && layer.died == 0));
}

// FANN lets an inactive ReLU learn.
TEST_CASE("a step does not touch the weights of a unit that no sample of the batch reaches") {
  Network<double> net(2, {Dense{.units = 2, .activation = Relu{}, .bias_init = Given{{0.5, -90}}}, Dense{1}}, 1);
  const std::vector<double> before(net.values().begin(), net.values().end());
  const Matrix<double> x = random_matrix<double>(2, 20, 1);
  const Matrix<double> y = random_matrix<double>(1, 20, 2);
  Trainer<double>(net, MeanSquaredError{}, Sgd{.learning_rate = 0.1}).step(x, {{}, y});
  const Parameter<double>& weight = net.parameter("layers.0.weight");
  CHECK(weight.value()(1, 0) == before[1]);
  CHECK(weight.value()(1, 1) == before[3]);
  CHECK(net.parameter("layers.0.bias").value()(1, 0) == -90);
  CHECK(weight.value()(0, 0) != before[0]);
}

// MiniDNN permutes whole batches only.
TEST_CASE("another epoch puts other samples together in a batch") {
  const auto data = sign_data<float>();
  Recorder source(data);
  Network<float> net = small_network<float>(1);
  Trainer<float>(net, SoftmaxCrossEntropy{}, Sgd{}).fit(source, {.epochs = 2, .batch_size = 10, .probe_samples = 0});
  const auto batch_of = [&](std::size_t epoch, float sample) {
    const std::vector<float>& all = source.epochs[epoch];
    return (std::find(all.begin(), all.end(), sample) - all.begin()) / 10;
  };
  std::size_t stayed = 0;  // with the first sample of the first batch; 9 others did, and 1.8 may again by chance
  for (std::size_t i = 1; i < 10; ++i) {
    stayed += batch_of(1, source.epochs[0][i]) == batch_of(1, source.epochs[0][0]) ? 1 : 0;
  }
  CHECK(stayed < 9);
}

TEST_CASE("the probe is a choice by chance of the training samples, the same in every epoch") {
  // The classes come one after the other, and the feature is the class: the first 20 samples tell nothing of the second.
  Matrix<float> x(1, 100);
  std::vector<std::int32_t> classes(100);
  for (std::size_t i = 50; i < 100; ++i) {
    x(0, i) = 1;
    classes[i] = 1;
  }
  const auto data = Dataset<float>::classification(x, classes);
  Network<float> net(1, {Dense{.units = 1, .activation = Relu{}, .weight_init = Constant{1}}, Dense{2}}, 1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1e-9});
  std::vector<std::size_t> fires;
  trainer.on_epoch([&](const EpochReport& report) {
    fires.push_back(report.health->layers[0].each[0].fires);
    return Control::proceed;
  });
  trainer.fit(data, {.epochs = 3, .probe_samples = 20});
  REQUIRE(fires.size() == 3);
  CHECK((fires[0] > 0 && fires[0] < 20));
  CHECK((fires[1] == fires[0] && fires[2] == fires[0]));
}

TEST_CASE("an evaluation that overflows is an error, not a number") {
  Network<float> net(1, {Dense{.units = 1, .weight_init = Constant{1e30}}});
  Matrix<float> x(1, 1);
  x(0, 0) = 1;
  const auto data = Dataset<float>::regression(x, Matrix<float>(1, 1));
  CHECK_THROWS_AS(Trainer<float>(net, MeanSquaredError{}, Sgd{}).evaluate(data), NonFiniteError);
}

TEST_CASE("data that does not fit is refused before the first step") {
  const auto data = sign_data<float>();
  Network<float> wide(4, {Dense{2}});
  Network<float> net = small_network<float>(1);
  CHECK(error_of<ShapeError>([&] { Trainer<float>(wide, SoftmaxCrossEntropy{}, Sgd{}).fit(data, {}); }) ==
        "the network takes 4 features, but the data has 3");
  CHECK(error_of<ConfigError>([&] {
          Trainer<float>(net, SoftmaxCrossEntropy{}, Sgd{}).fit(data, {.batch_size = 0});
        }) == "batch_size = 0, must be >= 1");
  CHECK_THROWS_AS(Trainer<float>(net, MeanSquaredError{}, Sgd{}).fit(data, {}), DataError);
  const auto other = xor_points<float>();
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  CHECK_THROWS_AS(trainer.fit(data, {.validation = &other}), ShapeError);
  CHECK(trainer.optimizer().steps() == 0);
}

// Mazur's network trained with biases fixed, as in his article: the loss after one step of weights only, recomputed in
// double by two other programs, is 0.291027773694.
TEST_CASE("Mazur's worked example comes out as published, biases not trained") {
  Network<double> net(2, {Dense{.units = 2,
                                .activation = Sigmoid{},
                                .weight_init = Given{{.15, .20, .25, .30}},
                                .bias_init = Constant{.35},
                                .train_bias = false},
                          Dense{.units = 2,
                                .activation = Sigmoid{},
                                .weight_init = Given{{.40, .45, .50, .55}},
                                .bias_init = Constant{.60},
                                .train_bias = false}});
  Matrix<double> x(2, 1);
  Matrix<double> y(2, 1);
  x(0, 0) = .05;
  x(1, 0) = .10;
  y(0, 0) = .01;
  y(1, 0) = .99;
  Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{.learning_rate = 0.5});
  const auto near = [](double value, double published) { return std::abs(value - published) < 5e-13; };
  CHECK(near(trainer.step(x, {{}, y}).loss, 0.298371108760));
  CHECK(near(net.parameter("layers.0.weight").value()(0, 0), 0.149780716133));
  CHECK(near(net.parameter("layers.1.weight").value()(0, 0), 0.358916479718));
  CHECK(near(net.parameter("layers.1.weight").value()(1, 1), 0.561370121108));
  CHECK(near(trainer.step(x, {{}, y}).loss, 0.291027773694));
}

// Samples 0 to 15 weigh nothing and fill the first of three batches; the momentum must not move anything there.
TEST_CASE("a batch whose samples weigh nothing moves nothing and counts no step") {
  const auto plain = sign_data<double>();
  std::vector<double> weights(plain.size(), 1);
  std::fill_n(weights.begin(), 16, 0.0);
  const auto data = Dataset<double>::classification(plain.inputs(), plain.classes(), {}, weights);
  Network<double> net = small_network<double>(1);
  Trainer<double> trainer(net, SoftmaxCrossEntropy{}, Sgd{.momentum = 0.9});
  const FitResult result = trainer.fit(data, {.epochs = 2, .batch_size = 16, .shuffle = false});
  CHECK(result.epochs[1].steps == 6);
  CHECK(result.epochs[1].train.samples == 50);

  std::vector<std::size_t> rest(plain.size() - 16);
  std::iota(rest.begin(), rest.end(), std::size_t{16});
  Network<double> without = small_network<double>(1);
  Trainer<double>(without, SoftmaxCrossEntropy{}, Sgd{.momentum = 0.9})
      .fit(plain.subset(rest), {.epochs = 2, .batch_size = 16, .shuffle = false});
  CHECK(same_bits(net.values(), without.values()));
}

TEST_CASE("after a fit the layers show nothing of batches that are gone, also when it failed") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  trainer.fit(data, {.epochs = 1});
  CHECK(net.layer(0).input().empty());
  trainer.on_epoch([](const EpochReport&) -> Control { throw std::runtime_error("enough"); });
  CHECK_THROWS(trainer.fit(data, {.epochs = 1, .probe_samples = 0}));
  CHECK(net.layer(0).input().empty());
}

TEST_CASE("a fit with dropout repeats bit for bit, and draws a new mask in every step") {
  const auto data = sign_data<float>();
  const auto train = [&](double rate, std::uint64_t seed) {
    Network<float> net(3, {Dense{8, Relu{}}, Dropout{.rate = rate}, Dense{2}}, seed);
    Trainer<float>(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1}).fit(data, {.epochs = 3, .batch_size = 8});
    return std::vector<float>(net.values().begin(), net.values().end());
  };
  CHECK(same_bits(train(0.5, 1), train(0.5, 1)));
  CHECK_FALSE(same_bits(train(0.5, 1), train(0, 1)));
  CHECK_FALSE(same_bits(train(0.5, 1), train(0.5, 2)));

  Network<float> net(3, {Dropout{}, Dense{2}}, 1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  trainer.step(data.inputs(), data.targets());
  const Matrix<float> first = matrix_of(net.layer(0).output());
  trainer.accumulate(data.inputs(), data.targets());
  const Matrix<float> second = matrix_of(net.layer(0).output());
  CHECK_FALSE(same_bits(first.elements(), second.elements()));
}

// What is dropped half of the time would fire, and pass gradients, on half of the samples only.
TEST_CASE("the health probe, the validation and evaluations see no dropout") {
  const auto data = sign_data<float>();
  Network<float> net(3, {Dropout{}, Dense{8, Tanh{}}, Dropout{}, Dense{2}}, 1);
  Network<float> bare(3, {ActivationLayer{Identity{}}, Dense{8, Tanh{}}, ActivationLayer{Identity{}}, Dense{2}}, 1);
  std::copy(net.values().begin(), net.values().end(), bare.values().begin());
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  Trainer<float> plain(bare, SoftmaxCrossEntropy{}, Sgd{});
  trainer.optimizer().set_learning_rate(0);
  plain.optimizer().set_learning_rate(0);
  const FitOptions<float> options{.epochs = 1, .validation = &data, .probe_samples = 50};
  std::vector<std::vector<UnitHealth>> units;
  const auto keep = [&](const EpochReport& report) {
    for (const LayerHealth& layer : report.health->layers) {
      if (layer.layer == 2) units.push_back(layer.each);
    }
    return Control::proceed;
  };
  trainer.on_epoch(keep);
  plain.on_epoch(keep);
  const EpochReport dropped = trainer.fit(data, options).epochs[0];
  const EpochReport whole = plain.fit(data, options).epochs[0];
  CHECK(dropped.train.loss != whole.train.loss);
  CHECK(dropped.validation->loss == whole.validation->loss);
  CHECK(trainer.evaluate(data).loss == plain.evaluate(data).loss);
  REQUIRE(units.size() == 2);
  REQUIRE(units[0].size() == 8);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(units[0][i].fires == units[1][i].fires);
    CHECK(units[0][i].mean_activation == units[1][i].mean_activation);
    CHECK(units[0][i].mean_gradient == units[1][i].mean_gradient);
  }
}

// All units are dead at first: z = −10, and a slope of 0. For a PReLU 0 is only where the slope starts.
TEST_CASE("a dead unit whose slope is learned is not given up") {
  const auto data = sign_data<float>();
  const auto facts = [&](const ActivationSpec& activation) {
    Network<float> net(3, {Dense{.units = 4, .activation = activation, .bias_init = Constant{-10}}, Dense{2}}, 1);
    Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
    const FitResult result = trainer.fit(data, {.epochs = 1, .probe_samples = 50});
    CHECK(result.start.health->layers[0].dead == 4);
    CHECK(result.epochs[0].health->layers[0].dead == (activation.type() == PRelu::type ? 0 : 4));
    return trainer.revival_facts().stationary_at_zero_gradient;
  };
  CHECK(facts(Relu{}));
  CHECK_FALSE(facts(PRelu{.alpha = 0}));
}

// An object that holds a network and its trainer would move the one away from the other.
TEST_CASE("a trainer cannot be moved") {
  CHECK_FALSE(std::is_move_constructible_v<Trainer<float>>);
  CHECK_FALSE(std::is_move_assignable_v<Trainer<float>>);
  CHECK_FALSE(std::is_copy_constructible_v<Trainer<float>>);
}

TEST_CASE("a step that throws leaves all that decides the next steps as it was") {
  const Matrix<float> x = random_matrix<float>(3, 4, 1);
  const Matrix<float> wide = random_matrix<float>(4, 4, 1);
  Matrix<float> infinite = random_matrix<float>(3, 4, 1);
  infinite(1, 2) = std::numeric_limits<float>::infinity();
  const std::vector<std::int32_t> classes = {0, 1, 1, 0};
  const std::vector<std::int32_t> out_of_range = {0, 1, 2, 0};
  const std::vector<std::int32_t> too_few = {0, 1, 1};
  const std::vector<float> weights = {1, 1, -1, 1};
  struct Row {
    std::string what;
    MatrixView<const float> x;
    Targets<float> targets;
    std::span<const float> weights;
  };
  const std::vector<Row> rows = {
      {"nothing", x, {classes, {}}, {}},
      {"a class out of range", x, {out_of_range, {}}, {}},
      {"a class too few", x, {too_few, {}}, {}},
      {"a weight below 0", x, {classes, {}}, weights},
      {"a weight too few", x, {classes, {}}, std::span(weights).first(2)},
      {"a feature too many", wide, {classes, {}}, {}},
      {"a loss that is not finite", infinite, {classes, {}}, {}},
  };
  const auto train = [&](const Row& bad, bool is_bad) {
    Network<float> net(3, {Dropout{.rate = 0.5}, Dense{8, Relu{}}, Dense{2}}, 1);
    Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Adam{.learning_rate = 0.1}, {.averaging = 0.5});
    trainer.step(x, {classes, {}});
    if (is_bad) {
      CHECK_THROWS_AS(trainer.step(bad.x, bad.targets, bad.weights), Error);
      CHECK_THROWS_AS(trainer.accumulate(bad.x, bad.targets, bad.weights), Error);
    }
    trainer.accumulate(x, {classes, {}});
    if (is_bad) CHECK_THROWS_AS(trainer.accumulate(bad.x, bad.targets, bad.weights), Error);
    trainer.accumulate(x, {classes, {}});
    trainer.apply();
    return trainer.state();
  };
  const TrainingState<float> expected = train(rows[0], false);
  CHECK(expected.passes == 3);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CAPTURE(rows[i].what);
    const TrainingState<float> state = train(rows[i], true);
    CHECK((state.passes == expected.passes && state.steps == expected.steps && state.averaged == expected.averaged));
    CHECK(same_bits(state.values, expected.values));
    CHECK(state.average == expected.average);
  }
}

TEST_CASE("health and reports follow their cadence, and the last epoch has both") {
  struct Row {
    std::string what;
    FitOptions<float> options;
    std::vector<std::size_t> measured;  // in the reports that observers see
    std::vector<std::size_t> kept;
  };
  const std::vector<Row> rows = {
      {"by itself", {.epochs = 4}, {1, 2, 3, 4}, {1, 2, 3, 4}},
      {"both given", {.epochs = 8, .health_every = 3, .report_every = 4}, {1, 3, 6, 8}, {1, 4, 8}},
      {"the last is none of them", {.epochs = 5, .health_every = 3, .report_every = 2}, {1, 3, 5}, {1, 2, 4, 5}},
      {"no probe", {.epochs = 3, .probe_samples = 0, .report_every = 5}, {}, {1, 3}},
  };
  const auto data = sign_data<float>();
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Network<float> net = small_network<float>(1);
    Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
    std::vector<std::size_t> seen;
    std::vector<std::size_t> measured;
    trainer.on_epoch([&](const EpochReport& report) {
      seen.push_back(report.epoch);
      if (report.health) {
        measured.push_back(report.epoch);
        CHECK(report.health->layers[0].update_ratio.has_value());
      }
      return Control::proceed;
    });
    const FitResult result = trainer.fit(data, row.options);
    std::vector<std::size_t> kept;
    for (const EpochReport& report : result.epochs) {
      kept.push_back(report.epoch);
      if (report.health) CHECK(report.health->layers[0].each.empty());
    }
    CHECK(seen.size() == row.options.epochs);
    CHECK(measured == row.measured);
    CHECK(kept == row.kept);
    CHECK(result.health.has_value() == !row.measured.empty());
    if (result.health) CHECK(result.health->layers[0].each.size() == 8);
    CHECK(trainer.ledger().epoch() == (row.measured.empty() ? 0 : row.options.epochs));
  }
}

TEST_CASE("where training ends before its last epoch, the health of its end is known") {
  const auto data = sign_data<float>();
  const auto fit = [&](const std::function<void(Trainer<float>&)>& prepare, const EarlyStopping& stopping) {
    Network<float> net = small_network<float>(1);
    Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1e-9});
    prepare(trainer);
    FitResult result = trainer.fit(
        data, {.epochs = 20, .batch_size = 25, .validation = &data, .early_stopping = stopping, .health_every = 10});
    REQUIRE(result.health.has_value());
    return std::pair(std::move(result), trainer.ledger().epoch());
  };
  SUBCASE("by early stopping, before the observers see the epoch") {
    std::size_t last = 0;
    const auto [result, epoch] = fit(
        [&](Trainer<float>& trainer) {
          trainer.on_epoch([&](const EpochReport& report) {
            if (report.health) last = report.epoch;
            return Control::proceed;
          });
        },
        {.patience = 4, .min_delta = 1});
    CHECK((result.stopped_early && epoch == 6 && last == 6 && result.epochs.back().health.has_value()));
    CHECK(result.best->epoch == 1);
  }
  SUBCASE("the best epoch too, where it was not due") {
    const auto [result, epoch] = fit(
        [](Trainer<float>& trainer) {
          trainer.optimizer().set_learning_rate(0.1);
          trainer.on_epoch([&trainer](const EpochReport& r) {
            if (r.epoch == 11) trainer.optimizer().set_learning_rate(0);
            return Control::proceed;
          });
        },
        {.patience = 30});
    CHECK(result.best->epoch == 11);
    REQUIRE(result.best->health.has_value());
    CHECK(result.best->health->layers[0].each.size() == 8);
  }
  SUBCASE("by an observer of epochs") {
    const auto [result, epoch] = fit(
        [](Trainer<float>& trainer) {
          trainer.on_epoch([](const EpochReport& r) { return r.epoch == 3 ? Control::stop : Control::proceed; });
        },
        {});
    CHECK((result.stopped && epoch == 3 && result.epochs.back().health.has_value()));
  }
  SUBCASE("by an observer of steps, within an epoch") {
    const auto [result, epoch] = fit(
        [](Trainer<float>& trainer) {
          trainer.on_step([](const StepReport& r) { return r.epoch == 4 ? Control::stop : Control::proceed; });
        },
        {});
    CHECK((result.stopped && epoch == 4 && result.epochs.back().epoch == 3));
    CHECK_FALSE(result.epochs.back().health.has_value());
  }
}

TEST_CASE("what changes the network has its report's health where it is due, whatever the cadence of health") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  std::vector<std::size_t> changed;
  trainer.between_epochs(
      [&](const EpochReport& report) {
        changed.push_back(report.epoch);
        CHECK(report.health->layers[0].each.size() == 8);
      },
      3);
  trainer.fit(data, {.epochs = 9, .health_every = 100});
  CHECK(changed == std::vector<std::size_t>{3, 6});
}

TEST_CASE("a fit that diverges reports the epoch that failed before it throws") {
  const auto data = sign_data<float>();
  Network<float> net = small_network<float>(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1e30});
  std::optional<EpochReport> failed;
  trainer.on_divergence([&](const EpochReport& report, const NonFiniteError& error) {
    failed = report;
    CHECK(error.epoch() == report.epoch);
  });
  divergence([&] { trainer.fit(data, {.epochs = 5, .batch_size = 10}); });
  REQUIRE(failed.has_value());
  CHECK((failed->epoch == 1 && failed->train.samples > 0 && failed->steps > 0));
  REQUIRE(failed->health.has_value());
  CHECK(failed->health->non_finite_outputs + failed->health->layers[0].non_finite > 0);
  CHECK(trainer.ledger().epoch() == 1);

  for (float& v : net.values()) v = std::numeric_limits<float>::quiet_NaN();
  divergence([&] { trainer.fit(data, {.epochs = 1}); });
  CHECK((failed->epoch == 2 && failed->train.samples == 0 && std::isnan(failed->train.loss)));
}
