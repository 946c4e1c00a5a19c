#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

struct Statistics {
  long double mean = 0;
  long double variance = 0;
};

template <typename Scalar>
Statistics statistics_of(std::span<const Scalar> x) {
  const auto n = static_cast<long double>(x.size());
  Statistics s;
  for (const Scalar v : x) s.mean += static_cast<long double>(v) / n;
  for (const Scalar v : x) {
    s.variance += (static_cast<long double>(v) - s.mean) * (static_cast<long double>(v) - s.mean) / n;
  }
  return s;
}

// γ and β that are not 1 and 0.
template <typename Scalar>
Network<Scalar> normalisation(std::size_t features, const BatchNorm& options = {}) {
  Network<Scalar> network(features, {options}, 1);
  for (std::size_t r = 0; r < features; ++r) {
    network.parameter("layers.0.gamma").value()(r, 0) = static_cast<Scalar>(1.5 - 0.25 * static_cast<double>(r));
    network.parameter("layers.0.beta").value()(r, 0) = static_cast<Scalar>(0.5 * static_cast<double>(r) - 1);
  }
  return network;
}

}  // namespace

// |x̂| ≤ √n and |x − first| ≤ √(2n)·σ. Each of x − first, the offset, their difference, the inverse, the two products and the
// sum rounds once, by ε/2 of that: together less than 4ε·(√n·|γ| + |β|).
TEST_CASE_TEMPLATE("batch_norm scales each feature of a batch to mean 0 and variance 1, wherever it lies", Scalar,
                   float, double) {
  struct Row {
    std::size_t features;
    std::size_t batch;
    double offset;
    double spread;
  };
  const std::vector<Row> rows = {{1, 2, 0, 1},  {3, 7, 0, 1},       {5, 8, -3, 0.1},
                                 {4, 33, 0, 1}, {2, 40, 1000, 0.5}, {3, 19, 1e4, 10}};
  for (const Row& row : rows) {
    CAPTURE(row.features);
    CAPTURE(row.batch);
    Network<Scalar> network = normalisation<Scalar>(row.features);
    Matrix<Scalar> x = random_matrix<Scalar>(row.features, row.batch, 3);
    for (Scalar& v : x.elements()) {
      v = static_cast<Scalar>(row.offset + row.spread * static_cast<double>(v));
    }
    const MatrixView<const Scalar> y = network.forward(x);
    for (std::size_t r = 0; r < row.features; ++r) {
      const Statistics s = statistics_of<Scalar>(std::as_const(x).view().row(r));
      const long double gamma = network.parameters()[0].value()(r, 0);
      const long double beta = network.parameters()[1].value()(r, 0);
      const long double size = std::sqrt(static_cast<long double>(row.batch)) * std::abs(gamma) + std::abs(beta);
      for (std::size_t i = 0; i < row.batch; ++i) {
        const long double wanted = gamma * (x(r, i) - s.mean) / std::sqrt(s.variance + 1e-5L) + beta;
        CHECK(std::abs(y(r, i) - wanted) <= 4 * size * std::numeric_limits<Scalar>::epsilon());
      }
    }
  }
}

TEST_CASE("running statistics move towards those of each batch, with the unbiased variance") {
  Network<double> network(1, {BatchNorm{}}, 1);
  Matrix<double> x(1, 2);
  const Matrix<double> dy(1, 2);
  x(0, 0) = 1;
  x(0, 1) = 3;  // m = 2, v = 1, unbiased 2
  network.forward(x);
  network.backward(dy);
  CHECK(network.state_values()[0] == doctest::Approx(0.2).epsilon(1e-15));
  CHECK(network.state_values()[1] == doctest::Approx(1.1).epsilon(1e-15));
  network.forward(x);
  network.backward(dy);
  CHECK(network.state_values()[0] == doctest::Approx(0.38).epsilon(1e-15));
  CHECK(network.state_values()[1] == doctest::Approx(1.19).epsilon(1e-15));

  Network<double> last(1, {BatchNorm{.momentum = 1}}, 1);
  last.forward(x);
  last.backward(dy);
  CHECK(last.state_values()[0] == 2);
  CHECK(last.state_values()[1] == 2);
}

TEST_CASE_TEMPLATE("prediction normalises by the running statistics, and so do passes for inspection", Scalar, float,
                   double) {
  Network<Scalar> network = normalisation<Scalar>(3);
  const std::vector<Scalar> statistics = {1, -2, Scalar(0.5), 4, Scalar(0.25), 9};
  std::copy(statistics.begin(), statistics.end(), network.state_values().begin());
  const Matrix<Scalar> x = random_matrix<Scalar>(3, 20, 5);
  const Matrix<Scalar> predicted = network.predict(x);
  const Matrix<Scalar> inspected = matrix_of(network.forward(x, Pass::inspect()));
  CHECK(same_bits(inspected.elements(), predicted.elements()));
  for (std::size_t r = 0; r < 3; ++r) {
    const double factor = 1 / std::sqrt(static_cast<double>(statistics[3 + r]) + 1e-5);
    for (std::size_t i = 0; i < 20; ++i) {
      const double normalized = (static_cast<double>(x(r, i)) - static_cast<double>(statistics[r])) * factor;
      const double wanted = static_cast<double>(network.parameters()[0].value()(r, 0)) * normalized +
                            static_cast<double>(network.parameters()[1].value()(r, 0));
      CHECK(std::abs(static_cast<double>(predicted(r, i)) - wanted) <=
            16 * static_cast<double>(std::numeric_limits<Scalar>::epsilon()));
    }
    const MatrixView<const Scalar> one = std::as_const(x).view().columns(4, 1);
    CHECK(network.predict(one)(r, 0) == predicted(r, 4));  // a sample does not depend on the others
  }
}

TEST_CASE("gradients of batch_norm agree with central differences") {
  struct Row {
    std::string what;
    std::vector<LayerSpec> layers;
    std::size_t batch;
  };
  const auto dense = [](std::size_t units) { return Dense{.units = units, .bias = false}; };
  const std::vector<Row> rows = {
      {"of the inputs", {BatchNorm{}, Dense{2}}, 5},
      {"of the outputs", {Dense{3, Tanh{}}, dense(2), BatchNorm{}}, 4},
      {"before an activation", {dense(6), BatchNorm{}, ActivationLayer{Relu{}}, Dense{2}}, 9},
      {"after an activation", {Dense{6, Tanh{}}, BatchNorm{}, Dense{2}}, 32},
      {"twice", {dense(4), BatchNorm{}, ActivationLayer{Silu{}}, dense(5), BatchNorm{}, Dense{2}}, 17},
      {"a large epsilon", {dense(4), BatchNorm{.epsilon = 1}, Dense{2}}, 6},
      {"frozen", {dense(4), BatchNorm{.train_gamma = false, .train_beta = false}, Dense{2}}, 6},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Network<double> network(3, row.layers, 2);
    for (double& value : network.values()) value += 0.1;  // γ ≠ 1 and β ≠ 0
    const Matrix<double> x = random_matrix<double>(3, row.batch, 1);
    const Matrix<double> y = random_matrix<double>(2, row.batch, 2);
    const GradientCheck result = check_gradients(network, *LossSpec(HalfSquaredMean{})->build<double>(), x, {{}, y});
    CHECK(result.largest_error() <= 1e-7);
    CHECK(result.skipped() == 0);
    CHECK(result.tensors.size() == network.parameters().size() + 1 - (row.what == "frozen" ? 2 : 0));
  }
}

TEST_CASE("batch_norm says its equations, in training and in prediction") {
  // m = 2, v = 1 and √(v + ε) = 2: x̂ = ∓0.5 and y = 0 and 2.
  Network<double> network(1, {BatchNorm{.epsilon = 3}}, 1);
  network.values()[0] = 2;
  network.values()[1] = 1;
  Matrix<double> x(1, 2);
  Matrix<double> dy(1, 2);
  x(0, 0) = 1;
  x(0, 1) = 3;
  dy(0, 0) = 1;
  dy(0, 1) = 0.5;
  const EquationFormat format(6, 4);
  const auto lines = [&] {
    std::vector<std::string> all;
    for (const Equation& e : network.layer(0).forward_equations(0, 0, format)) {
      all.push_back(e.left);
      for (const std::string& side : e.sides) all.back() += " = " + side;
      all.back() += e.remark.empty() ? "" : "   " + e.remark;
    }
    for (const std::string& side : network.layer(0).input_gradient_sides(0, 0, format)) all.push_back(side);
    return all;
  };
  using Lines = std::vector<std::string>;
  network.forward(x, {.updates_state = false});
  const double dx = network.backward(dy, InputGradient::compute)(0, 0);
  CHECK(dx == 2.0 / 2 * (1 - 0.75 - (-0.5) * (-0.125)));
  CHECK(lines() == Lines{"m = 2   mean, of the batch", "v = 1   variance, of the batch", "x̂ = (1 − 2)/√(1 + 3) = −0.5",
                         "a = 2·(−0.5) + 1 = 0", "γ/√(v + ε)·(∂L/∂a − Σ∂L/∂a/B − x̂·Σ(∂L/∂a·x̂)/B)",
                         "2/√(1 + 3)·(1 − 0.75 − (−0.5)·(−0.125))"});
  CHECK(network.layer(0).parameter_gradient_sides(0, 0, 0, format) == Lines{"Σ ∂L/∂a·x̂", "1·(−0.5) + 0.5·0.5"});
  CHECK(network.layer(0).parameter_gradient_sides(1, 0, 0, format) == Lines{"Σ ∂L/∂a", "1 + 0.5"});
  CHECK(network.parameters()[0].symbol() == "γ");

  network.forward(x, Pass::inspect());  // running mean 0 and variance 1
  network.backward(dy, InputGradient::compute);
  CHECK(lines() == Lines{"m = 0   mean, running", "v = 1   variance, running", "x̂ = (1 − 0)/√(1 + 3) = 0.5",
                         "a = 2·0.5 + 1 = 2", "γ/√(v + ε)·∂L/∂a", "2/√(1 + 3)·1"});
}

TEST_CASE("gradients are added or replaced, and frozen parameters get none") {
  Network<float> network = normalisation<float>(2, {.train_beta = false});
  const Matrix<float> x = random_matrix<float>(2, 6, 1);
  const Matrix<float> dy = random_matrix<float>(2, 6, 2);
  network.forward(x);
  network.backward(dy);
  const std::vector<float> once(network.gradients().begin(), network.gradients().end());
  network.backward(dy);
  for (std::size_t i = 0; i < 4; ++i) CHECK(network.gradients()[i] == 2 * once[i]);
  network.backward(dy, InputGradient::skip, Gradients::replace);
  CHECK(same_bits(std::span<const float>(network.gradients()), once));
  CHECK(once[0] != 0);
  CHECK(once[2] == 0);
}

TEST_CASE("a training batch of one sample is refused, and a prediction is not") {
  Network<float> network(2, {BatchNorm{}, Dense{1}}, 1);
  const Matrix<float> x = random_matrix<float>(2, 1, 1);
  const Matrix<float> y(1, 1);
  Trainer<float> trainer(network, MeanSquaredError{}, Sgd{});
  CHECK(error_of<DataError>([&] {
          trainer.step(x, {{}, y});
        }) == "batch_norm: a training batch of one sample has no variance; train on batches of at least 2");
  CHECK(std::isfinite(network.predict(x)(0, 0)));
}

TEST_CASE("a feature that is constant becomes β, and NaN stays NaN") {
  Network<float> network = normalisation<float>(2);
  Matrix<float> x = random_matrix<float>(2, 9, 1);
  for (float& v : x.view().row(0)) v = 12345.678F;
  x(1, 3) = std::numeric_limits<float>::quiet_NaN();
  const MatrixView<const float> y = network.forward(x);
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(y(0, i) == -1);
    CHECK(std::isnan(y(1, i)));
  }
}

TEST_CASE("γ and β do not decay unless biases do") {
  for (const bool decays : {false, true}) {
    Network<double> network = normalisation<double>(2);
    Trainer<double> trainer(network, MeanSquaredError{},
                            Sgd{.learning_rate = 0.1, .weight_decay = 0.5, .decay_biases = decays});
    const Matrix<double> x = random_matrix<double>(2, 4, 1);
    const Matrix<double> y = matrix_of(network.forward(x, {.updates_state = false}));  // no gradient
    trainer.step(x, {{}, y});
    CHECK(network.values()[0] == doctest::Approx(decays ? 1.5 * 0.95 : 1.5).epsilon(1e-14));
  }
}

TEST_CASE("a model with batch_norm keeps its bits in a file") {
  Network<float> network(3, {Dense{4}, BatchNorm{}, Dense{2}}, 1);
  Trainer<float> trainer(network, MeanSquaredError{}, Sgd{});
  const Matrix<float> x = random_matrix<float>(3, 6, 1);
  const Matrix<float> y = random_matrix<float>(2, 6, 2);
  for (int step = 0; step < 3; ++step) trainer.step(x, {{}, y});
  const std::string bytes = model_to_bytes(Model<float>(Network<float>(network), {}));
  std::vector<std::string> names;
  for (const Tensor& tensor : read_tensors(bytes, "m").tensors) names.push_back(tensor.name);
  CHECK(names == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.gamma", "layers.1.beta",
                                          "layers.2.weight", "layers.2.bias", "layers.1.running_mean",
                                          "layers.1.running_var"});
  const auto stored = model_from_bytes<float>(bytes, "m", standard_model_registries());
  const Matrix<float> before = network.predict(x);
  const Matrix<float> after = stored.model.network().predict(x);
  CHECK(same_bits(after.elements(), before.elements()));
}
