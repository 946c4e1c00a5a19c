#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

template <typename Scalar>
Matrix<Scalar> ones(std::size_t rows, std::size_t cols) {
  Matrix<Scalar> matrix(rows, cols);
  std::fill(matrix.elements().begin(), matrix.elements().end(), Scalar(1));
  return matrix;
}

// What a pass multiplies with: y of an x of ones.
Matrix<double> mask_of(Network<double>& network, std::uint64_t number) {
  const Matrix<double> x = ones<double>(network.inputs(), 16);
  return matrix_of(network.forward(x, {.training = true, .number = number}));
}

bool same(const Matrix<double>& a, const Matrix<double>& b) { return same_bits(a.elements(), b.elements()); }

}  // namespace

TEST_CASE_TEMPLATE("dropout is off in predictions and in passes to look at, also for their gradients", Scalar, float,
                   double) {
  for (const Dropout& dropout : {Dropout{.rate = 0.9}, Dropout{.rate = 0.9, .mask = std::vector<double>(12, 0)}}) {
    Network<Scalar> net(3, {dropout}, 1);
    const Matrix<Scalar> x = random_matrix<Scalar>(3, 4, 1);
    const Matrix<Scalar> dy = random_matrix<Scalar>(3, 4, 2);
    const Matrix<Scalar> predicted = net.predict(x);
    CHECK(same_bits(predicted.elements(), x.elements()));
    const Matrix<Scalar> trained = matrix_of(net.forward(x));
    CHECK_FALSE(same_bits(trained.elements(), x.elements()));
    const Matrix<Scalar> seen = matrix_of(net.forward(x, Pass::inspect()));
    CHECK(same_bits(seen.elements(), x.elements()));
    const Matrix<Scalar> dx = matrix_of(net.backward(dy, InputGradient::compute));
    CHECK(same_bits(dx.elements(), dy.elements()));
  }
}

// p = 1/5: what is kept is multiplied by 5/4.
TEST_CASE("a given mask multiplies outputs and gradients, sample by sample, divided by 1 - rate") {
  Network<double> net(2, {Dropout{.rate = 0.2, .mask = {1, 0, /**/ 0, 1, /**/ 1, 1}}});
  Matrix<double> x(2, 3);
  Matrix<double> dy(2, 3);
  for (std::size_t i = 0; i < 6; ++i) {
    x.elements()[i] = static_cast<double>(4 * (i + 1));  // 4 8 12, 16 20 24
    dy.elements()[i] = std::pow(-4, static_cast<double>(i));
  }
  const Matrix<double> y = matrix_of(net.forward(x));
  const Matrix<double> dx = matrix_of(net.backward(dy, InputGradient::compute));
  const std::vector<double> expected_y = {5, 0, 15, 0, 25, 30};
  const std::vector<double> expected_dx = {1.25, 0, 20, 0, 320, -1280};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(y.elements()[i] == expected_y[i]);
    CHECK(dx.elements()[i] == expected_dx[i]);
  }
}

// y is x/(1 − p) with the probability 1 − p, else 0: its mean is x, its variance x²·p/(1 − p).
TEST_CASE("over many draws the mean of dropout is its input, and the share dropped is the rate") {
  constexpr std::size_t draws = 2000;
  for (const double rate : {0.1, 0.5, 0.9}) {
    CAPTURE(rate);
    Network<double> net(4, {Dropout{.rate = rate}}, 3);
    const Matrix<double> x = random_matrix<double>(4, 7, 1);
    std::vector<double> sums(x.elements().size(), 0);
    std::size_t dropped = 0;
    bool kept_right = true;
    for (std::uint64_t number = 0; number < draws; ++number) {
      const MatrixView<const double> y = net.forward(x, {.training = true, .number = number});
      for (std::size_t i = 0; i < x.elements().size(); ++i) {
        const double value = y(i / 7, i % 7);
        sums[i] += value;
        dropped += value == 0 ? 1 : 0;
        kept_right = kept_right && (value == 0 || value == x.elements()[i] * (1 / (1 - rate)));
      }
    }
    CHECK(kept_right);
    for (std::size_t i = 0; i < x.elements().size(); ++i) {
      const double standard_error = std::abs(x.elements()[i]) * std::sqrt(rate / (1 - rate) / draws);
      CHECK(std::abs(sums[i] / draws - x.elements()[i]) <= 5 * standard_error);
    }
    const auto count = static_cast<double>(draws * x.elements().size());
    CHECK(std::abs(static_cast<double>(dropped) / count - rate) <= 5 * std::sqrt(rate * (1 - rate) / count));
  }
}

// 8 × 16 units at ½: two masks are the same by chance once in 2¹²⁸.
TEST_CASE("a mask belongs to seed, layer and number of the pass") {
  Network<double> net(8, {Dropout{}}, 1);
  Network<double> again(8, {Dropout{}}, 1);
  Network<double> other_seed(8, {Dropout{}}, 2);
  Network<double> second_layer(8, {ActivationLayer{Identity{}}, Dropout{}}, 1);
  const Matrix<double> mask = mask_of(net, 5);
  CHECK(same(mask, mask_of(net, 5)));
  CHECK(same(mask, mask_of(again, 5)));
  CHECK_FALSE(same(mask, mask_of(net, 6)));
  CHECK_FALSE(same(mask, mask_of(other_seed, 5)));
  CHECK_FALSE(same(mask, mask_of(second_layer, 5)));
  Network<double> copied = net;
  CHECK(same(mask, mask_of(copied, 5)));
}

TEST_CASE("a mask drops where the layer's uniform numbers lie below the rate, counted row by row") {
  constexpr std::size_t features = 9;
  for (const double rate : {0.01, 0.2, 0.5, 1.0 / 3, 0.99}) {
    for (const std::size_t batch : {1U, 63U, 64U, 65U, 200U}) {
      CAPTURE(rate);
      CAPTURE(batch);
      Network<double> net(features, {Dropout{rate}, Dropout{rate}}, 4);
      const Matrix<double> x = ones<double>(features, batch);
      net.forward(x, {.training = true, .number = 7});
      const RandomStream random(4, Purpose::dropout, 0, 7);
      const MatrixView<const double> y = net.layer(0).output();
      std::size_t wrong = 0;
      for (std::size_t r = 0; r < features; ++r) {
        for (std::size_t i = 0; i < batch; ++i) {
          wrong += y(r, i) != (random.uniform(r * batch + i) < rate ? 0 : 1 / (1 - rate));
        }
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("the float network drops what the double one drops") {
  Network<double> net(8, {Dropout{.rate = 0.3}}, 1);
  Network<float> converted = net.convert<float>();
  const Matrix<float> x = ones<float>(8, 16);
  const Matrix<double> mask = mask_of(net, 5);
  const Matrix<float> y = matrix_of(converted.forward(x, {.training = true, .number = 5}));
  for (std::size_t i = 0; i < mask.elements().size(); ++i)
    CHECK(y.elements()[i] == static_cast<float>(mask.elements()[i]));
}

TEST_CASE_TEMPLATE("dropout at the rate 0 is the identity to the bit", Scalar, float, double) {
  Network<Scalar> net(3, {Dropout{.rate = 0}}, 1);
  Matrix<Scalar> x = random_matrix<Scalar>(3, 5, 1);
  x(1, 1) = Scalar(-0.0);
  const Matrix<Scalar> y = matrix_of(net.forward(x));
  const Matrix<Scalar> dx = matrix_of(net.backward(x, InputGradient::compute));
  CHECK(same_bits(y.elements(), x.elements()));
  CHECK(same_bits(dx.elements(), x.elements()));
}

TEST_CASE("dropout follows batches of any size, and a given mask only its own") {
  Network<double> drawn(2, {Dropout{}});
  for (const std::size_t batch : {3U, 1U, 8U, 2U}) {
    const Matrix<double> x = ones<double>(2, batch);
    CHECK(drawn.forward(x).cols == batch);
    CHECK(drawn.backward(x, InputGradient::compute).cols == batch);
  }
  Network<double> given(2, {Dropout{.mask = {1, 0, 1, 1, 0}}});
  const Matrix<double> x = ones<double>(2, 3);
  CHECK(error_of<ShapeError>([&] { given.forward(x); }) ==
        "dropout: the mask has 5 numbers, but the batch has 2 x 3 = 6");
}

TEST_CASE("rates that leave nothing, and masks outside [0, 1], are refused") {
  const auto build = [](const Dropout& dropout) {
    return error_of<ConfigError>([&] { Network<float>(2, {LayerSpec(dropout)}); });
  };
  CHECK(build({.rate = 1}).find("rate = 1, must be in [0, 1)") != std::string::npos);
  CHECK(build({.rate = -0.1}).find("rate = -0.1, must be in [0, 1)") != std::string::npos);
  CHECK(build({.rate = std::nan("")}).find("rate") != std::string::npos);
  CHECK(build({.mask = {1, 2}}).find("mask") != std::string::npos);
}

TEST_CASE("gradients through drawn and given masks agree with central differences") {
  std::vector<double> mask(30);
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = i % 3 == 0 ? 0 : 1;
  Network<double> net(3,
                      {Dropout{.rate = 0.2}, Dense{6, Tanh{}}, Dropout{.rate = 0.4}, Dense{5, Relu{}},
                       Dropout{.rate = 0.3, .mask = mask}, Dense{2}},
                      4);
  const Matrix<double> x = random_matrix<double>(3, 6, 1);
  const Matrix<double> y = random_matrix<double>(2, 6, 2);
  const auto loss = LossSpec(MeanSquaredError{})->build<double>();
  const GradientCheck result = check_gradients(net, *loss, x, {{}, y});
  CHECK(result.tensors.size() == 7);
  CHECK(result.largest_error() <= 1e-7);
  CHECK(result.skipped() <= result.checked() / 50);
}

TEST_CASE("a model with dropout comes back from its bytes, predicts the same and draws the same masks") {
  const Network<float> net(3, {Dense{4, Relu{}}, Dropout{.rate = 0.3}, Dense{2}}, 9);
  const StoredModel<float> stored =
      model_from_bytes<float>(model_to_bytes(Model<float>(net, {})), "m", standard_model_registries());
  CHECK(stored.model.network().summary() == net.summary());
  const Matrix<float> x = random_matrix<float>(3, 5, 1);
  const Matrix<float> before = net.predict(x);
  const Matrix<float> after = stored.model.network().predict(x);
  CHECK(same_bits(before.elements(), after.elements()));
  Network<float> first = net;
  Network<float> second = stored.model.network();
  const Matrix<float> trained = matrix_of(first.forward(x, {.training = true, .number = 3}));
  const Matrix<float> trained_later = matrix_of(second.forward(x, {.training = true, .number = 3}));
  CHECK(same_bits(trained.elements(), trained_later.elements()));
  CHECK_FALSE(same_bits(trained.elements(), before.elements()));
}
