// The numbers of a step against those that others have published, and against the trainer's own.
#include <hinge/optim/explanation.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

#include "support/random_matrix.h"

using namespace hinge;

namespace {

LayerSpec given(std::vector<double> weights, double bias, bool trains_bias) {
  return Dense{.units = 2,
               .activation = Sigmoid{},
               .weight_init = Given{std::move(weights)},
               .bias_init = Constant{bias},
               .train_bias = trains_bias};
}

Dataset<double> one_sample(const std::vector<double>& x, const std::vector<double>& y) {
  return Dataset<double>::regression(MatrixView<const double>::samples(x.data(), x.size(), 1),
                                     MatrixView<const double>::samples(y.data(), y.size(), 1));
}

// Matt Mazur, "A Step by Step Backpropagation Example" (2015), computed again in double precision.
Explanation mazur(bool trains_bias) {
  const Network<double> network(
      2, {given({0.15, 0.2, 0.25, 0.3}, 0.35, trains_bias), given({0.4, 0.45, 0.5, 0.55}, 0.6, trains_bias)});
  return {network, HalfSquaredSum{}, Sgd{.learning_rate = 0.5}, {}, one_sample({0.05, 0.1}, {0.01, 0.99})};
}

// Twelve decimals, as published.
bool equal(double value, double published) { return std::abs(value - published) <= 0.5e-12; }

}  // namespace

TEST_CASE("a step of Mazur's network has the published numbers to twelve digits") {
  Explanation explanation = mazur(false);
  const ExplainedStep step = explanation.next();
  CHECK(equal(step.loss, 0.298371108760));
  CHECK(equal(step.layers[0].z(0, 0), 0.3775));
  CHECK(equal(step.layers[0].output(0, 0), 0.593269992107));
  CHECK(equal(step.layers[0].output(1, 0), 0.596884378260));
  CHECK(equal(step.output(0, 0), 0.751365069552));
  CHECK(equal(step.output(1, 0), 0.772928465321));
  CHECK(equal(step.layers[1].delta(0, 0), 0.138498561629));
  CHECK(equal(step.layers[1].delta(1, 0), -0.038098236517));
  CHECK(equal(step.layers[0].delta(0, 0), 0.008771354689));
  CHECK(equal(step.layers[0].delta(1, 0), 0.009954254705));
  const std::vector<double> gradients = {0.000438567734, 0.000877135469, 0.000497712735,  0.000995425471,
                                         0.082167040564, 0.082667627848, -0.022602540477, -0.022740242216};
  const std::vector<double> after = {0.149780716133, 0.199561432266, 0.249751143632, 0.299502287265,
                                     0.358916479718, 0.408666186076, 0.511301270239, 0.561370121108};
  for (std::size_t i = 0; i < 8; ++i) {
    CAPTURE(i);
    const ExplainedParameter& weight = step.parameters[i < 4 ? 0 : 2];
    CHECK(equal(weight.gradient(i % 4 / 2, i % 2), gradients[i]));
    CHECK(equal(weight.after(i % 4 / 2, i % 2), after[i]));
  }
  CHECK(equal(step.loss_after, 0.291027773694));
  CHECK(equal(mazur(true).next().loss_after, 0.280471446791));
  CHECK(step.loss_in_float == doctest::Approx(0.298371108760).epsilon(1e-6));
}

TEST_CASE("the second step of an explanation begins where the first ended") {
  Explanation explanation = mazur(true);
  const ExplainedStep first = explanation.next();
  const ExplainedStep second = explanation.next();
  CHECK(second.number == 2);
  CHECK(second.loss == first.loss_after);
  CHECK(second.parameters[0].before(0, 0) == first.parameters[0].after(0, 0));
}

TEST_CASE("the neuron of the CS231n notes passes its published gradients") {
  // f = σ(2·(−1) − 3·(−2) − 3). A target one below f makes ∂L/∂f = 1.
  const Network<double> network(
      2, {Dense{.units = 1, .activation = Sigmoid{}, .weight_init = Given{{2, -3}}, .bias_init = Constant{-3}}});
  const double f = 1 / (1 + std::exp(-1.0));
  Explanation explanation(network, HalfSquaredSum{}, Sgd{}, {}, one_sample({-1, -2}, {f - 1}));
  const ExplainedStep step = explanation.next();
  // Nine decimals were published, cut rather than rounded.
  const auto near = [](double value, double published) { return std::abs(value - published) < 1e-9; };
  CHECK(near(step.output(0, 0), 0.731058579));
  CHECK(near(step.parameters[0].gradient(0, 0), -0.196611933));
  CHECK(near(step.parameters[0].gradient(0, 1), -0.393223866));
  CHECK(near(step.parameters[1].gradient(0, 0), 0.196611933));
  CHECK(near(step.layers[0].delta(0, 0) * 2, 0.393223866));
  CHECK(near(step.layers[0].delta(0, 0) * -3, -0.589835799));
}

TEST_CASE("Schiendorfer's network, whose loss is the sum of squares, has the published gradients") {
  const auto layer = [](std::vector<double> weights) {
    return LayerSpec(
        Dense{.units = 2, .activation = Sigmoid{}, .bias = false, .weight_init = Given{std::move(weights)}});
  };
  const Network<double> network(2, {layer({6, -2, -3, 5}), layer({1, 0.25, -2, 2})});
  Explanation explanation(network, HalfSquaredSum{}, Sgd{}, {}, one_sample({3, 1}, {1, 0}));
  const ExplainedStep step = explanation.next();
  constexpr double half = 2;  // ½ of the loss here
  // Sixteen digits were published, and each number takes about ten roundings: 1e-15.
  const auto near = [](double value, double published) { return std::abs(value - published) < 1e-15; };
  CHECK(near(step.output(0, 0), 0.7319417133694889));
  CHECK(near(step.output(1, 0), 0.12303185591001443));
  CHECK(near(half * step.loss, 0.08699208259994781));
  CHECK(near(half * step.parameters[0].gradient(1, 0), 0.0014201436720081408));
  CHECK(near(half * step.parameters[0].gradient(1, 1), 0.0004733812240027136));
  CHECK(std::abs(half * step.parameters[0].gradient(0, 0)) < 6e-8);  // saturated
}

TEST_CASE("every gradient agrees with its difference, and every update with the trainer, for fifty random networks") {
  std::size_t compared = 0;
  for (std::uint64_t number = 0; number < 50; ++number) {
    CAPTURE(number);
    const RandomStream draw(number, Purpose::user, 7);
    const auto pick = [&](std::uint64_t at, std::uint64_t bound) { return draw.integer(at, bound); };
    const std::vector<ActivationSpec> activations = {Relu{},     LeakyRelu{.alpha = 0.2}, Tanh{}, Sigmoid{},
                                                     Softplus{}, PRelu{.per_unit = true}, Gelu{}};
    const std::vector<OptimizerSpec> optimizers = {Sgd{.learning_rate = 0.1, .weight_decay = 0.01},
                                                   Sgd{.learning_rate = 0.1, .momentum = 0.9}, Adam{}, RmsProp{}};
    const std::size_t inputs = 1 + pick(0, 5);
    const std::size_t batch = 1 + pick(1, 4);
    std::vector<LayerSpec> layers;
    for (std::size_t i = 0; i <= pick(2, 3); ++i) {
      layers.push_back(Dense{.units = 1 + pick(3 + i, 6),
                             .activation = activations[pick(7 + i, activations.size())],
                             .bias_init = Uniform{.low = -0.3, .high = 0.3}});
    }
    if (pick(12, 3) == 0) layers.push_back(Dropout{.rate = 0.3});
    layers.push_back(Dense{.units = 3});
    const Matrix<double> x = random_matrix<double>(inputs, batch, number);
    const bool has_classes = pick(13, 2) == 0;
    std::vector<std::int32_t> classes;
    for (std::size_t i = 0; i < batch; ++i) classes.push_back(static_cast<std::int32_t>(pick(20 + i, 3)));
    const auto samples =
        has_classes ? Dataset<double>::classification(x.view(), classes, {.classes = {"a", "b", "c"}})
                    : Dataset<double>::regression(x.view(), random_matrix<double>(3, batch, number + 99).view());
    const LossSpec loss = has_classes ? LossSpec(SoftmaxCrossEntropy{}) : LossSpec(MeanSquaredError{});
    const OptimizerSpec optimizer = optimizers[pick(14, optimizers.size())];

    Network<double> network(inputs, layers, number);
    Explanation explanation(network, loss, optimizer, {.clip_norm = 0.5}, samples);
    Trainer<double> trainer(network, loss, optimizer, {.clip_norm = 0.5});
    for (int k = 0; k < 2; ++k) {
      const ExplainedStep step = explanation.next();
      for (std::size_t p = 0; p < step.parameters.size(); ++p) {
        const ExplainedParameter& parameter = step.parameters[p];
        CAPTURE(parameter.name);
        double largest = 1e-6;
        for (const double g : parameter.gradient.elements()) largest = std::max(largest, std::abs(g));
        for (std::size_t r = 0; r < parameter.before.rows(); ++r) {
          for (std::size_t c = 0; c < parameter.before.cols(); ++c) {
            const auto difference = explanation.difference(p, r, c);
            if (!difference) continue;
            ++compared;
            // As check_gradients promises: 1e-9 of the largest, and 1e-12 of the loss.
            CHECK(std::abs(parameter.gradient(r, c) - difference->value) <= 1e-9 * largest + 1e-11 * (1 + step.loss));
          }
        }
      }
      trainer.step(samples.inputs(), samples.targets(), samples.weights());
      std::size_t at = 0;
      for (const ExplainedParameter& parameter : step.parameters) {
        const Parameter<double>& trained = network.parameters()[at++];
        for (std::size_t r = 0; r < parameter.after.rows(); ++r) {
          for (std::size_t c = 0; c < parameter.after.cols(); ++c)
            CHECK(parameter.after(r, c) == trained.value()(r, c));
        }
      }
    }
  }
  CHECK(compared > 3000);
}

TEST_CASE("an explanation tells what each optimiser remembers, by its name in the equations") {
  struct Row {
    OptimizerSpec optimizer;
    std::vector<std::string> names;
  };
  const std::vector<Row> rows = {{Sgd{}, {}},
                                 {Sgd{.momentum = 0.9}, {"v"}},
                                 {Adam{}, {"m", "s"}},
                                 {Adam{.amsgrad = true}, {"m", "s", "largest s"}},
                                 {RmsProp{}, {"s"}},
                                 {RmsProp{.centered = true, .momentum = 0.9}, {"s", "v", "mean g"}},
                                 {RmsProp{.centered = true}, {"s", "mean g"}},
                                 {Adagrad{}, {"s"}},
                                 {Rprop{}, {"last g", "length"}}};
  const Network<double> network(1, {Dense{.units = 1, .weight_init = Constant{1}}});
  for (const Row& row : rows) {
    CAPTURE(row.optimizer.summary());
    Explanation explanation(network, HalfSquaredSum{}, row.optimizer, {}, one_sample({2}, {1}));
    CHECK(explanation.memory_names() == row.names);
    const ExplainedStep step = explanation.next();
    REQUIRE(step.parameters[0].memory_after.size() == row.names.size());
    if (row.names.empty()) continue;
    CHECK(step.parameters[0].memory_before[0](0, 0) == 0);
    // w = 1, x = 2, target 1: g = (2 − 1)·2 = 2.
    const double first = step.parameters[0].memory_after[0](0, 0);
    if (row.names[0] == "v" || row.names[0] == "last g") CHECK(first == 2);
    if (row.names[0] == "m") CHECK(first == doctest::Approx(0.2).epsilon(1e-15));
  }
}

TEST_CASE("the losses of the samples and their factors make up the loss of the batch") {
  const std::vector<double> x = {0.5, -1, 2};
  const std::vector<double> weights = {1, 3, 0.5};
  const std::vector<std::int32_t> classes = {0, 1, 1};
  const auto samples = Dataset<double>::classification(MatrixView<const double>::samples(x.data(), 1, 3), classes,
                                                       {.classes = {"no", "yes"}}, weights);
  const Network<double> network(1, {Dense{.units = 2}}, 4);
  Explanation explanation(network, SoftmaxCrossEntropy{.class_weights = {2, 1}}, Sgd{}, {}, samples);
  const ExplainedStep step = explanation.next();
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) sum += step.factors[i] * step.sample_losses[i];
  CHECK(sum == doctest::Approx(step.loss).epsilon(1e-14));
  CHECK(step.factors[0] == doctest::Approx(2.0 / 5.5).epsilon(1e-15));  // 1·2 of 1·2 + 3·1 + 0.5·1
  CHECK(explanation.targets()(0, 0) == 1);
  CHECK(explanation.targets()(0, 1) == 0);
  CHECK(explanation.targets()(1, 1) == 1);
}

TEST_CASE("a sample of class weight 0 has no part in the loss and moves nothing") {
  const std::vector<double> x = {0.5};
  const std::vector<std::int32_t> classes = {0};
  const auto samples = Dataset<double>::classification(MatrixView<const double>::samples(x.data(), 1, 1), classes,
                                                       {.classes = {"no", "yes"}});
  const Network<double> network(1, {Dense{.units = 2}}, 4);
  Explanation explanation(network, SoftmaxCrossEntropy{.class_weights = {0, 1}}, Sgd{}, {}, samples);
  const ExplainedStep step = explanation.next();
  CHECK(step.loss == 0);
  CHECK(step.loss_in_float == 0);
  CHECK(step.loss_after == 0);
  CHECK(step.factors[0] == 0);
  CHECK(step.parameters[0].after(0, 0) == step.parameters[0].before(0, 0));
  CHECK(explanation.difference(0, 0, 0).value().value == 0);
}

TEST_CASE("an explanation shows the gradient as it is, and as clipping hands it to the optimiser") {
  const Network<double> network(2,
                                {given({0.15, 0.2, 0.25, 0.3}, 0.35, true), given({0.4, 0.45, 0.5, 0.55}, 0.6, true)});
  Explanation explanation(network, HalfSquaredSum{}, Sgd{.learning_rate = 1}, {.clip_value = 0.01},
                          one_sample({0.05, 0.1}, {0.01, 0.99}));
  for (const ExplainedParameter& parameter : explanation.next().parameters) {
    CAPTURE(parameter.name);
    for (std::size_t r = 0; r < parameter.used.rows(); ++r) {
      for (std::size_t c = 0; c < parameter.used.cols(); ++c) {
        CHECK(parameter.used(r, c) == std::clamp(parameter.gradient(r, c), -0.01, 0.01));
        CHECK(parameter.after(r, c) == parameter.before(r, c) - parameter.used(r, c));
      }
    }
  }
}

TEST_CASE("the loss after a step is that of the same units dropped, and the float outputs are those of the step") {
  const Network<double> network(2, {Dense{.units = 16, .activation = Tanh{}}, Dropout{.rate = 0.5}, Dense{.units = 2}},
                                3);
  Explanation explanation(network, MeanSquaredError{}, Sgd{.learning_rate = 1e-9}, {},
                          one_sample({0.5, -0.25}, {1, 2}));
  std::vector<double> losses;
  for (int k = 0; k < 4; ++k) {
    const ExplainedStep step = explanation.next();
    // A step of 1e-9 moves the loss by about as much; another mask by a tenth and more.
    CHECK(step.loss_after == doctest::Approx(step.loss).epsilon(1e-7));
    for (std::size_t o = 0; o < 2; ++o)
      CHECK(step.output_in_float(o, 0) == doctest::Approx(step.output(o, 0)).epsilon(1e-5));
    losses.push_back(step.loss);
  }
  CHECK(std::abs(losses[0] - losses[1]) > 1e-3);  // each step draws its own
}

TEST_CASE("where single precision overflows the explanation goes on, and ends where double precision does") {
  const Network<double> network(1, {Dense{.units = 1, .weight_init = Constant{1}}});
  Explanation explanation(network, HalfSquaredSum{}, Sgd{.learning_rate = 1e30}, {}, one_sample({2}, {1}));
  CHECK(explanation.next().loss_in_float == 0.5f);  // (2·1 − 1)² / 2
  for (int k = 0; k < 3; ++k) {
    const ExplainedStep step = explanation.next();
    CHECK(std::isfinite(step.loss));
    CHECK(std::isnan(step.loss_in_float));
    CHECK(std::isnan(step.output_in_float(0, 0)));
  }
  CHECK_THROWS_AS(
      [&] {
        for (int k = 0; k < 10; ++k) explanation.next();
      }(),
      NonFiniteError);
}

TEST_CASE("an explanation refuses a class without an output, and an element that is not there") {
  const std::vector<double> x = {1, 2};
  const std::vector<std::int32_t> classes = {0, 2};
  const auto samples = Dataset<double>::classification(MatrixView<const double>::samples(x.data(), 1, 2), classes,
                                                       {.classes = {"a", "b", "c"}});
  const Network<double> network(1, {Dense{.units = 2}});
  CHECK_THROWS_AS(Explanation(network, SoftmaxCrossEntropy{}, Sgd{}, {}, samples), DataError);
  Explanation explanation = mazur(true);
  explanation.next();
  CHECK(explanation.difference(3, 1, 0));
  CHECK_THROWS_AS(explanation.difference(3, 2, 0), ShapeError);
  CHECK_THROWS_AS(explanation.difference(3, 0, 1), ShapeError);
  CHECK_THROWS_AS(explanation.difference(4, 0, 0), ShapeError);
}
