#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/network.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

// As for batch_norm, and the tolerance is that.
TEST_CASE_TEMPLATE("layer_norm scales each sample to mean 0 and variance 1, in training as in prediction", Scalar,
                   float, double) {
  struct Row {
    std::size_t features;
    std::size_t batch;
    double offset;
  };
  const std::vector<Row> rows = {{2, 1, 0}, {3, 7, 0}, {64, 33, 0}, {5, 130, 1000}};
  for (const Row& row : rows) {
    CAPTURE(row.features);
    CAPTURE(row.batch);
    Network<Scalar> network(row.features, {LayerNorm{}}, 1);
    for (std::size_t r = 0; r < row.features; ++r) {
      network.parameter("layers.0.gamma").value()(r, 0) = static_cast<Scalar>(r % 3) - Scalar(0.5);
      network.parameter("layers.0.beta").value()(r, 0) = static_cast<Scalar>(r % 4);
    }
    Matrix<Scalar> x = random_matrix<Scalar>(row.features, row.batch, 3);
    for (Scalar& v : x.elements()) v += static_cast<Scalar>(row.offset);
    const MatrixView<const Scalar> y = network.forward(x);
    const Matrix<Scalar> trained = matrix_of(y);
    const Matrix<Scalar> predicted = network.predict(x);
    CHECK(same_bits(trained.elements(), predicted.elements()));
    const auto n = static_cast<long double>(row.features);
    for (std::size_t i = 0; i < row.batch; ++i) {
      long double mean = 0;
      long double variance = 0;
      for (std::size_t r = 0; r < row.features; ++r) mean += x(r, i) / n;
      for (std::size_t r = 0; r < row.features; ++r) variance += (x(r, i) - mean) * (x(r, i) - mean) / n;
      for (std::size_t r = 0; r < row.features; ++r) {
        const long double gamma = network.parameters()[0].value()(r, 0);
        const long double beta = network.parameters()[1].value()(r, 0);
        const long double wanted = gamma * (x(r, i) - mean) / std::sqrt(variance + 1e-5L) + beta;
        const long double size = std::sqrt(n) * std::abs(gamma) + std::abs(beta);
        CHECK(std::abs(y(r, i) - wanted) <= 4 * size * std::numeric_limits<Scalar>::epsilon());
      }
    }
  }
}

TEST_CASE("gradients of layer_norm agree with central differences") {
  struct Row {
    std::string what;
    std::vector<LayerSpec> layers;
    std::size_t batch;
  };
  const std::vector<Row> rows = {
      {"of the inputs", {LayerNorm{}, Dense{2}}, 5},
      {"of the outputs", {Dense{3, Tanh{}}, Dense{2}, LayerNorm{.epsilon = 0.1}}, 4},
      {"before an activation", {Dense{6}, LayerNorm{}, ActivationLayer{Relu{}}, Dense{2}}, 9},
      {"one sample", {Dense{6, Tanh{}}, LayerNorm{}, Dense{2}}, 1},
      {"more than a block of samples", {Dense{4, Silu{}}, LayerNorm{}, Dense{2}}, 70},
      {"frozen", {Dense{4}, LayerNorm{.train_gamma = false, .train_beta = false}, Dense{2}}, 6},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Network<double> network(3, row.layers, 2);
    for (double& value : network.values()) value += 0.1;
    const Matrix<double> x = random_matrix<double>(3, row.batch, 1);
    const Matrix<double> y = random_matrix<double>(2, row.batch, 2);
    const GradientCheck result = check_gradients(network, *LossSpec(HalfSquaredMean{})->build<double>(), x, {{}, y});
    CHECK(result.largest_error() <= 1e-7);
    CHECK(result.skipped() == 0);
    CHECK(result.tensors.size() == network.parameters().size() + 1 - (row.what == "frozen" ? 2 : 0));
  }
}

TEST_CASE("layer_norm says its equations") {
  // m = 2, v = 1 and √(v + ε) = 2, as for batch_norm, with γ = 2 and 1 and β = 1 and 0.
  Network<double> network(2, {LayerNorm{.epsilon = 3}}, 1);
  network.values()[0] = 2;
  network.values()[2] = 1;
  Matrix<double> x(2, 1);
  Matrix<double> dy(2, 1);
  x(0, 0) = 1;
  x(1, 0) = 3;
  dy(0, 0) = 1;
  dy(1, 0) = 0.5;
  network.forward(x);
  const double dx = network.backward(dy, InputGradient::compute)(0, 0);
  const EquationFormat format(6, 4);
  using Lines = std::vector<std::string>;
  const auto equations = network.layer(0).forward_equations(0, 0, format);
  REQUIRE(equations.size() == 4);
  CHECK(equations[0].sides == Lines{"2"});
  CHECK(equations[1].sides == Lines{"1"});
  CHECK(equations[2].sides == Lines{"(1 − 2)/√(1 + 3)", "−0.5"});
  CHECK(equations[3].sides == Lines{"2·(−0.5) + 1", "0"});
  // γ·∂L/∂a is 2 and 0.5: its mean is 1.25, with x̂ it is (−1 + 0.25)/2.
  CHECK(dx == (2 - 1.25 - (-0.5) * (-0.375)) / 2);
  CHECK(network.layer(0).input_gradient_sides(0, 0, format).back() == "(2·1 − 1.25 − (−0.5)·(−0.375))/√(1 + 3)");
  CHECK(network.layer(0).parameter_gradient_sides(0, 0, 0, format) == Lines{"Σ ∂L/∂a·x̂", "1·(−0.5)"});
}

TEST_CASE("layer_norm of a single feature is refused") {
  CHECK(error_of<ConfigError>([] { Network<float>(1, {LayerNorm{}}, 1); }) ==
        "layer_norm: the layer has 1 input, whose deviation from the mean is always 0");
}
