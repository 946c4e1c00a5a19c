#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/residual.h>

#include "support/random_matrix.h"

using namespace hinge;

namespace {

// A random network, batch and loss, all decided by one number. Biases are random: with zero biases a unit behind a dead
// layer would sit exactly on its kink.
struct RandomCase {
  explicit RandomCase(std::uint64_t number, bool normalises = false)
      : draw(number, Purpose::user, 1),
        loss(random_loss()),
        network((normalises ? 4 : 1) + below(6), normalises ? random_normalised_layers() : random_layers(), number),
        x(random_matrix<double>(network.inputs(), (normalises ? 4 : 1) + below(9), number + 1000)),
        weights(below(2) == 0 ? 0 : x.cols()) {
    for (double& w : weights) w = 0.5 + draw.uniform(next++);
    make_targets();
  }

  std::uint64_t below(std::uint64_t bound) { return draw.integer(next++, bound); }

  template <typename Interface>
  Spec<Interface> pick(const Registry<Interface>& registry) {
    const auto names = registry.names();
    return registry.find(names[below(names.size())]);
  }

  // Of losses with options, other ones than the defaults: those hide a factor 1 or a term 0.
  LossSpec random_loss() {
    LossSpec spec = pick(standard_losses());
    if (spec.type() == Huber::type) return Huber{.delta = 0.4};
    if (spec.type() == BinaryCrossEntropy::type) return BinaryCrossEntropy{.pos_weight = {2.5}};
    if (spec.type() == SoftmaxCrossEntropy::type) return SoftmaxCrossEntropy{.label_smoothing = 0.2};
    if (spec.type() == MulticlassHinge::type) return MulticlassHinge{.class_weights = {0.5, 2, 1, 3}};
    if (spec.type() == Quantile::type) return Quantile{.tau = {0.1, 0.4, 0.9}};
    return spec;
  }

  // The slope of leaky ReLU is 0.3 here: several layers of 0.01 would make gradients too small for a difference to see.
  ActivationSpec random_activation() {
    ActivationSpec activation = pick(standard_activations());
    if (activation.type() == LeakyRelu::type) return LeakyRelu{.alpha = 0.3};
    if (activation.type() == PRelu::type) return PRelu{.alpha = 0.3, .per_unit = below(2) == 0};
    return activation;
  }

  LayerSpec random_dense(std::size_t units, const ActivationSpec& activation) {
    return Dense{.units = units,
                 .activation = activation,
                 .bias = below(5) > 0,
                 .weight_init = HeNormal{},
                 .bias_init = Normal{.stddev = 0.5},
                 .train_weight = below(8) > 0,
                 .train_bias = below(8) > 0};
  }

  // As many as the options of the loss are for.
  std::size_t random_outputs() {
    if (loss.type() == Quantile::type) return 3;
    if (loss.type() == MulticlassHinge::type) return 4;
    return 1 + below(4);
  }

  // With and without a projection, and with a block inside or none.
  LayerSpec random_block(std::size_t inputs) {
    const LayerSpec first = random_dense(2 + below(7), random_activation());
    const std::size_t outputs = below(2) == 0 ? inputs : 2 + below(7);
    const Residual block{{first, random_dense(outputs, random_activation())}};
    return below(3) == 0 ? Residual{{block, Dropout{.rate = 0.1}}} : block;
  }

  std::vector<LayerSpec> random_layers() {
    std::vector<LayerSpec> layers;
    if (below(8) == 0) layers.push_back(Dropout{.rate = 0.2});
    for (std::uint64_t hidden = below(4); hidden > 0; --hidden) {
      const std::size_t units = 2 + below(7);
      layers.push_back(random_dense(units, random_activation()));
      if (below(4) == 0) layers.push_back(ActivationLayer{random_activation()});
      if (below(4) == 0) layers.push_back(Dropout{.rate = 0.3});
      if (below(4) == 0) layers.push_back(random_block(units));
    }
    layers.push_back(random_dense(random_outputs(), below(4) == 0 ? random_activation() : Identity{}));
    return layers;
  }

  // No ELU or softsign, whose φ″ jumps at 0: with thousands of z per network some are so near that h = 1e-4 shows it.
  // At least 4 features and samples: normalisation maps 2 of them to almost the same numbers whatever they are.
  std::vector<LayerSpec> random_normalised_layers() {
    const std::vector<ActivationSpec> activations = {Relu{},    LeakyRelu{.alpha = 0.3}, Tanh{}, Silu{}, Gelu{},
                                                     Identity{}};
    std::vector<LayerSpec> layers;
    if (below(8) == 0) layers.push_back(BatchNorm{});
    for (std::uint64_t hidden = 1 + below(3); hidden > 0; --hidden) {
      const bool over_batch = below(2) == 0;
      layers.push_back(Dense{.units = 4 + below(7), .bias_init = Normal{.stddev = 0.5}});
      const double epsilon = below(2) == 0 ? 1e-5 : 0.1;
      layers.push_back(over_batch ? LayerSpec(BatchNorm{.epsilon = epsilon}) : LayerNorm{.epsilon = epsilon});
      layers.push_back(ActivationLayer{activations[below(activations.size())]});
      if (below(4) == 0) layers.push_back(Dropout{.rate = 0.3});
      if (below(4) == 0)
        layers.push_back(Residual{{LayerNorm{}, ActivationLayer{Tanh{}}, Dense{.units = 4 + below(7)}}});
    }
    layers.push_back(Dense{.units = random_outputs()});
    return layers;
  }

  // Classification losses get class indices, or soft targets in [0, 1] whose sum over a sample is not 1.
  void make_targets() {
    const std::size_t outputs = network.outputs();
    const auto built = loss->build<double>();
    const bool binary = built->task() == Task::labels;
    const bool classifies = built->is_classification();
    const bool only_classes = built->task() == Task::classes && built->output_transform() == OutputTransform::identity;
    if (only_classes || (classifies && (!binary || outputs == 1) && below(2) == 0)) {
      const std::uint64_t count = binary ? 2 : outputs;
      for (std::size_t i = 0; i < x.cols(); ++i) classes.push_back(static_cast<std::int32_t>(below(count)));
      return;
    }
    values = random_matrix<double>(built->target_rows(outputs), x.cols(), next);
    if (!classifies && built->task() != Task::counts) return;
    for (double& value : values.elements()) value = draw.uniform(next++);
  }

  Targets<double> targets() const { return {classes, values}; }

  RandomStream draw;
  std::uint64_t next = 0;
  LossSpec loss;
  Network<double> network;
  Matrix<double> x;
  std::vector<double> weights;
  std::vector<std::int32_t> classes;
  Matrix<double> values;
};

}  // namespace

// The bound is that of the design: h = 1e-5 leaves a truncation error of h²·L‴/6 ≈ 2e-11·L‴ and a rounding error of
// about 1e-16·L/h = 1e-11·L, both divided by the largest gradient of the tensor.
TEST_CASE("backward agrees with central differences on 200 random networks") {
  double worst = 0;
  std::size_t checked = 0;
  std::size_t skipped = 0;
  for (std::uint64_t number = 2000; number < 2200; ++number) {
    RandomCase c(number);
    const auto loss = c.loss->build<double>();
    const GradientCheck result = check_gradients(c.network, *loss, c.x, c.targets(), c.weights);
    CAPTURE(number);
    CAPTURE(c.network.summary());
    for (const TensorCheck& tensor : result.tensors) {
      CHECK_MESSAGE(tensor.error <= 1e-7, c.loss.type() << " " << tensor.name << "[" << tensor.worst << "]: analytic "
                                                        << tensor.analytic << ", numeric " << tensor.numeric);
    }
    worst = std::max(worst, result.largest_error());
    checked += result.checked();
    skipped += result.skipped();
  }
  MESSAGE("largest error " << worst << " over " << checked << " derivatives, " << skipped << " skipped at kinks");
  CHECK(checked > 10'000);
  CHECK(skipped <= checked / 100);
}

// A constant added before batch_norm changes nothing. So a bias there, or a β, has a gradient of 0 but for rounding, which no
// relative error is small beside. Of the difference the rounding of the loss remains, 1e-16·T/h for terms of size T, such as the
// exp(o) ≈ 100 of a Poisson loss: below 1e-8. Of the analytic gradient remains 1e-16·T/√(v + ε), at most 300 times T: below
// 1e-10.
TEST_CASE("backward agrees with central differences on 1,000 random networks with batch_norm, layer_norm and blocks") {
  double worst = 0;
  std::size_t checked = 0;
  std::size_t skipped = 0;
  std::size_t tensors = 0;
  std::size_t vanishing = 0;
  for (std::uint64_t number = 3000; number < 4000; ++number) {
    RandomCase c(number, true);
    for (double& value : c.network.values()) value += 0.3 * c.draw.normal(c.next++);  // γ ≠ 1, β ≠ 0
    const GradientCheck result = check_gradients(c.network, *c.loss->build<double>(), c.x, c.targets(), c.weights);
    CAPTURE(number);
    CAPTURE(c.network.summary());
    for (const TensorCheck& tensor : result.tensors) {
      const bool vanishes = tensor.error > 1e-7 && std::abs(tensor.analytic) < 1e-10 && std::abs(tensor.numeric) < 1e-8;
      vanishing += vanishes ? 1 : 0;
      if (vanishes) continue;
      worst = std::max(worst, tensor.error);
      CHECK_MESSAGE(tensor.error <= 1e-7, c.loss.type() << " " << tensor.name << "[" << tensor.worst << "]: analytic "
                                                        << tensor.analytic << ", numeric " << tensor.numeric);
    }
    tensors += result.tensors.size();
    checked += result.checked();
    skipped += result.skipped();
  }
  MESSAGE("largest error " << worst << " over " << checked << " derivatives, " << skipped << " skipped at kinks, "
                           << vanishing << " of " << tensors << " tensors vanish");
  CHECK(checked > 10'000);
  CHECK(skipped <= checked / 100);
  CHECK(vanishing <= tensors / 10);
}

TEST_CASE("a batch of samples that weigh nothing has gradients and differences of 0, not NaN") {
  Network<double> network(2, {Dense{.units = 3, .activation = Tanh{}}, Dense{.units = 2}}, 1);
  const Matrix<double> x = random_matrix<double>(2, 3, 1);
  const std::vector<std::int32_t> classes = {0, 0, 0};
  const auto loss = LossSpec(SoftmaxCrossEntropy{.class_weights = {0, 1}})->build<double>();
  const GradientCheck result = check_gradients(network, *loss, x, Targets<double>{classes, {}});
  CHECK(result.agrees());
  CHECK(result.checked() == 6 + 3 + 6 + 2 + 6);
  CHECK(result.largest_error() == 0);
}

// Random networks meet every pair in time; here is each of them for certain. The number of samples is odd: of an even one
// the ±1 of the mean absolute error may add up to a gradient of exactly 0, which rounding of 1e-12 is not small beside. So
// may those of the hinge loss, unless its classes have weights.
TEST_CASE("backward agrees with central differences for every activation with every loss") {
  const auto activations = standard_activations();
  const auto losses = standard_losses();
  const Matrix<double> x = random_matrix<double>(3, 7, 1);
  const Matrix<double> numbers = random_matrix<double>(2, 7, 2);
  const Matrix<double> one_row = random_matrix<double>(1, 7, 2);
  const std::vector<std::int32_t> classes = {0, 1, 1, 0, 1, 0, 0};
  Matrix<double> probabilities(2, 7);
  for (std::size_t i = 0; i < 7; ++i) {
    probabilities(0, i) = static_cast<double>(i) / 6;
    probabilities(1, i) = 1 - probabilities(0, i);
  }
  double worst = 0;
  for (const std::string& activation_name : activations.names()) {
    for (const std::string& loss_name : losses.names()) {
      const ActivationSpec activation = activations.find(activation_name);
      LossSpec spec = losses.find(loss_name);
      if (loss_name == Quantile::type) spec = Quantile{.tau = {0.3, 0.8}};
      if (loss_name == MulticlassHinge::type) spec = MulticlassHinge{.class_weights = {0.7, 1.9}};
      const auto loss = spec->build<double>();
      const auto dense = [&](std::size_t units) {
        return Dense{.units = units, .activation = activation, .bias_init = Normal{.stddev = 0.5}};
      };
      Network<double> net(3, {dense(5), dense(4), Dense{2}}, 5);
      Targets<double> targets{{}, loss->task() == Task::values ? numbers : probabilities};  // these serve as counts too
      if (loss_name == MulticlassHinge::type) targets = {classes, {}};
      if (loss_name == Quantile::type) targets = {{}, one_row};
      const GradientCheck result = check_gradients(net, *loss, x, targets);
      CAPTURE(activation_name);
      CAPTURE(loss_name);
      CHECK(result.largest_error() <= 1e-7);
      CHECK(result.skipped() <= result.checked() / 10);
      worst = std::max(worst, result.largest_error());
    }
  }
  MESSAGE("largest error " << worst);
}

namespace {

// y = x² with a wrong derivative.
struct Wrong {
  static constexpr std::string_view type = "wrong";
  std::vector<Option> options() { return {}; }
  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z * z;
  }
  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return 3 * z;
  }
};

}  // namespace

TEST_CASE("a wrong derivative is found and placed") {
  Network<double> net(2, {Dense{3, Wrong{}}, Dense{1}}, 1);
  const Matrix<double> x = random_matrix<double>(2, 4, 1);
  const Matrix<double> y = random_matrix<double>(1, 4, 2);
  const auto loss = LossSpec(MeanSquaredError{})->build<double>();
  const GradientCheck result = check_gradients(net, *loss, x, {{}, y});
  REQUIRE(result.tensors.size() == 5);
  CHECK(result.tensors[0].name == "layers.0.weight");
  CHECK(result.tensors[0].error > 0.1);
  CHECK(result.tensors[0].analytic == doctest::Approx(1.5 * result.tensors[0].numeric).epsilon(1e-4));
  CHECK(result.tensors[2].error < 1e-7);
  CHECK(result.tensors[4].name == "input");
  CHECK(result.largest_error() > 0.1);
}

TEST_CASE("elements whose step crosses a kink are skipped and counted, and nothing is changed") {
  // z = w·x = 1e-6 lies within h·x = 1e-5 of the kink.
  Network<double> net(1, {Dense{.units = 1, .activation = Relu{}, .bias = false, .weight_init = Constant{1e-6}},
                          Dense{.units = 1, .bias = false, .weight_init = Constant{1}}});
  Matrix<double> x(1, 1);
  x(0, 0) = 1;
  const Matrix<double> y(1, 1);
  net.gradients()[0] = 7;
  const auto loss = LossSpec(HalfSquaredSum{})->build<double>();
  const GradientCheck result = check_gradients(net, *loss, x, {{}, y});
  CHECK(result.tensors[0].skipped == 1);
  CHECK(result.tensors[0].checked == 0);
  CHECK(result.tensors[1].skipped == 0);
  CHECK(net.values()[0] == 1e-6);
  CHECK(net.gradients()[0] == 7);
  CHECK(net.layer(0).input().empty());
}

TEST_CASE("a check that could compare nothing does not pass for a good one") {
  CHECK(std::isnan(GradientCheck{}.largest_error()));
  CHECK(std::isnan(GradientCheck{.tensors = {{.name = "w", .skipped = 3}}}.largest_error()));
}

TEST_CASE("a check of some elements takes them evenly from the whole tensor") {
  struct Row {
    std::size_t most;
    std::size_t checked;
  };
  // 3 × 5 weights, 3 biases, 5 × 2 inputs.
  for (const Row& row : {Row{0, 15 + 3 + 10}, Row{1, 3}, Row{4, 4 + 3 + 4}, Row{15, 15 + 3 + 10}, Row{99, 28}}) {
    CAPTURE(row.most);
    Network<double> net(5, {Dense{3, Tanh{}}}, 1);
    const auto loss = LossSpec(MeanSquaredError{})->build<double>();
    const Matrix<double> x = random_matrix<double>(5, 2, 1);
    const Matrix<double> y = random_matrix<double>(3, 2, 2);
    const GradientCheck result = check_gradients(net, *loss, x, {{}, y}, {}, {.max_elements = row.most});
    CHECK(result.checked() == row.checked);
    CHECK(result.largest_error() < 1e-7);
  }
  // Three of five weights are 0, 1 and 3. The gradient of a wrong activation is off in proportion to the input.
  Network<double> net(5, {Dense{.units = 1, .activation = Wrong{}, .bias = false}}, 1);
  const auto loss = LossSpec(MeanSquaredError{})->build<double>();
  const std::vector<double> x = {1, 2, 9, 4, 9};
  const std::vector<double> y = {100};
  const GradientCheck result =
      check_gradients(net, *loss, MatrixView<const double>::samples(x.data(), 5, 1),
                      {{}, MatrixView<const double>::samples(y.data(), 1, 1)}, {}, {.max_elements = 3});
  CHECK(result.tensors[0].rows == 1);
  CHECK(result.tensors[0].cols == 5);
  CHECK(result.tensors[0].worst == 3);
}

TEST_CASE("a gradient agrees within a millionth of its tensor's largest and the rounding of the quotient") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  struct Row {
    double gradient, numeric, rounding, largest;
    bool wanted;
  };
  const std::vector<Row> rows = {
      {1, 1 + 0.9e-6, 0, 1, true},   {1, 1 + 1.1e-6, 0, 1, false},      {0, 0.9e-11, 1e-11, 0, true},
      {0, 1.1e-11, 1e-11, 0, false}, {0, -1.5e-6, 1e-6, 1, true},       {nan, 0, 1, 1, false},
      {0, nan, 1, 1, false},         {1e-9, -1e-9, 1e-11, 1e-9, false}, {1e-9, 1.1e-9, 1e-11, 1, true}};
  for (const Row& row : rows) {
    CAPTURE(row.gradient);
    CAPTURE(row.numeric);
    CHECK(gradient_agrees(row.gradient, {row.numeric, row.rounding}, row.largest) == row.wanted);
  }
}

// A step of 1e-4 in a weight moves z by 100 where the input is a million: the difference must not take it for a derivative.
TEST_CASE("gradients agree with their differences for inputs and weights of any size") {
  struct Row {
    ActivationSpec activation;
    double inputs, weights;
  };
  const std::vector<Row> rows = {{Tanh{}, 1000, 0.001},   {Sigmoid{}, 1000, 0.001},  {Gelu{}, 1e5, 1e-5},
                                 {Softplus{}, 1e4, 1e-4}, {Tanh{}, 1e6, 1e-6},       {Tanh{}, 1000, 1},
                                 {LeakyRelu{}, 1e6, 1},   {Identity{}, 1e6, 1},      {Tanh{}, 0.001, 1000},
                                 {Sigmoid{}, 1e-6, 1e6},  {LeakyRelu{}, 0.001, 1e6}, {Tanh{}, 1e-6, 1}};
  for (const Row& row : rows) {
    for (const LossSpec& spec : {LossSpec(SoftmaxCrossEntropy{}), LossSpec(MeanSquaredError{})}) {
      CAPTURE(row.activation.summary());
      CAPTURE(row.inputs);
      CAPTURE(row.weights);
      CAPTURE(spec.type());
      Network<double> network(
          3,
          {Dense{.units = 4, .activation = row.activation, .bias_init = Uniform{.low = -0.5, .high = 0.5}},
           Dense{.units = 2}},
          5);
      for (Parameter<double>& p : network.parameters()) {
        if (p.name() != "layers.0.weight") continue;
        for (std::size_t i = 0; i < p.size(); ++i) p.value().data[i] *= row.weights;
      }
      Matrix<double> x = random_matrix<double>(3, 5, 8);
      for (double& value : x.elements()) value *= row.inputs;
      Matrix<double> y(2, 5);
      for (std::size_t i = 0; i < 5; ++i) y(i % 2, i) = 1;
      const GradientCheck result = check_gradients(network, *spec->build<double>(), x, {{}, y});
      for (const TensorCheck& tensor : result.tensors) {
        CHECK_MESSAGE(tensor.agrees, tensor.name << ": " << tensor.analytic << " and " << tensor.numeric);
        CHECK(tensor.checked == tensor.rows * tensor.cols);
      }
    }
  }
}

TEST_CASE("a value so large that no step shows beside it is skipped, not divided by 0") {
  Network<double> network(1, {Dense{.units = 1, .bias = false, .weight_init = Constant{1e15}}}, 1);
  const std::vector<double> x = {1e-15};
  const std::vector<double> y = {0};
  const auto view = [](const std::vector<double>& one) { return MatrixView<const double>::samples(one.data(), 1, 1); };
  const GradientCheck result =
      check_gradients(network, *LossSpec(MeanSquaredError{})->build<double>(), view(x), {{}, view(y)});
  CHECK(result.tensors[0].skipped == 1);
  CHECK(result.tensors[0].checked == 0);
}
