#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/threads.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/model.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/layers/residual.h>
#include <hinge/optim/health/recycle.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

#include "support/contains.h"
#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// A block in a block, with and without projections, dropout and activations as layers.
std::vector<LayerSpec> nested_layers() {
  return {Dense{40, Relu{}},
          Residual{{Dense{33, Tanh{}}, Residual{{Dense{50, PRelu{}}, Dense{33}}}, Dropout{0.3}, Dense{40}}},
          ActivationLayer{LeakyRelu{}}, Residual{{Dense{70, Relu{}}, Residual{{Dense{21}}}}}, Dense{5}};
}

template <typename Scalar>
std::vector<Scalar> numbers_of(MatrixView<const Scalar> view) {
  const Matrix<Scalar> matrix = matrix_of(view);
  return {matrix.elements().begin(), matrix.elements().end()};
}

}  // namespace

TEST_CASE("a block adds its input to what its layers compute") {
  const Dense doubled{.units = 2, .weight_init = Given{{2, 0, 0, 2}}, .bias_init = Given{{1, -1}}};
  Network<double> net(2, {Residual{{doubled}}}, 1);
  Matrix<double> x(2, 3);
  for (std::size_t i = 0; i < 6; ++i) x(i / 3, i % 3) = static_cast<double>(i) - 2;
  const MatrixView<const double> y = net.forward(x);
  Matrix<double> dy(2, 3);
  for (double& d : dy.elements()) d = 0.5;
  const MatrixView<const double> dx = net.backward(dy, InputGradient::compute);
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(y(r, c) == 3 * x(r, c) + (r == 0 ? 1 : -1));
      CHECK(dx(r, c) == 1.5);
    }
  }
  CHECK(net.parameters().size() == 2);
}

TEST_CASE("a block whose width changes adds its input through a projection without bias") {
  Network<double> net(3, {Residual{{Dense{2, Tanh{}}}}}, 1);
  REQUIRE(net.parameters().size() == 3);
  const Parameter<double>& p = net.parameter("layers.0.projection");
  CHECK((p.value().rows == 2 && p.value().cols == 3 && p.trainable() && p.decays()));
  const Matrix<double> x = random_matrix<double>(3, 4, 1);
  const Matrix<double> dy = random_matrix<double>(2, 4, 2);
  const Matrix<double> y = matrix_of(net.forward(x));
  const Matrix<double> dx = matrix_of(net.backward(dy, InputGradient::compute));
  const auto w = net.parameter("layers.0.layers.0.weight").value();
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t r = 0; r < 2; ++r) {
      double z = 0;
      double projected = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        z += w(r, c) * x(c, i);
        projected += p.value()(r, c) * x(c, i);
      }
      CHECK(y(r, i) == doctest::Approx(projected + std::tanh(z)).epsilon(1e-14));
    }
  }
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t c = 0; c < 3; ++c) {
      double gradient = 0;
      for (std::size_t i = 0; i < 4; ++i) gradient += dy(r, i) * x(c, i);
      CHECK(p.gradient()(r, c) == doctest::Approx(gradient).epsilon(1e-14));
    }
  }
  const auto delta = net.layer(0).pre_activation_gradient();
  for (std::size_t c = 0; c < 3; ++c) {
    double expected = 0;
    for (std::size_t r = 0; r < 2; ++r) expected += p.value()(r, c) * dy(r, 0) + w(r, c) * delta(r, 0);
    CHECK(dx(c, 0) == doctest::Approx(expected).epsilon(1e-14));
  }
}

// He's deviation √(2/in) with in = 400 is 0.0707; that of 40,000 draws is right to 1 % with a probability of 99.5 %.
TEST_CASE("a projection starts like the weights of a dense layer") {
  const Network<double> net(400, {Residual{{Dense{100}}}}, 1);
  const auto value = net.parameter("layers.0.projection").value();
  double squares = 0;
  for (std::size_t i = 0; i < value.size(); ++i) squares += value.data[i] * value.data[i];
  CHECK(std::sqrt(squares / static_cast<double>(value.size())) == doctest::Approx(std::sqrt(2.0 / 400)).epsilon(0.01));
}

TEST_CASE_TEMPLATE("prediction and training give the same bits, for any batch and any threads", Scalar, float, double) {
  Network<Scalar> net(30, nested_layers(), 1);
  const Matrix<Scalar> x = random_matrix<Scalar>(30, 600, 1);
  const Matrix<Scalar> all = net.predict(x.view());
  Workspace<Scalar> workspace;
  for (const std::size_t count : {1U, 3U, 64U, 257U}) {
    CAPTURE(count);
    const auto some = x.view().columns(5, count);
    const std::vector<Scalar> expected = numbers_of(all.view().columns(5, count));
    CHECK(same_bits(numbers_of<Scalar>(net.predict(some, workspace)), expected));
    CHECK(same_bits(numbers_of(net.forward(some, Pass::inspect())), expected));
  }

  const Matrix<Scalar> dz = random_matrix<Scalar>(5, 600, 2);
  const auto pass = [&](ThreadPool* threads) {
    net.forward(x, {.number = 3, .threads = threads});
    net.zero_gradients();
    std::vector<Scalar> result = numbers_of(net.backward(dz, InputGradient::compute, Gradients::add, threads));
    result.insert(result.end(), net.gradients().begin(), net.gradients().end());
    return result;
  };
  const std::vector<Scalar> alone = pass(nullptr);
  ThreadPool pool(3);
  CHECK(same_bits(alone, pass(&pool)));

  std::fill(net.gradients().begin(), net.gradients().end(), Scalar(NAN));
  net.forward(x, {.number = 3});
  net.backward(dz, InputGradient::skip, Gradients::replace);
  CHECK(same_bits(net.gradients(), std::span(alone).last(net.gradients().size())));
  net.forget();
  for (std::size_t i = 0; i < net.size(); ++i) CHECK(net.layer(i).output().empty());
}

TEST_CASE("random layers in a block draw by their number, so twins in two blocks drop other units") {
  Network<double> net(50, {Residual{{Dropout{0.5}}}, Residual{{Dropout{0.5}}}}, 1);
  Matrix<double> ones(50, 20);
  for (double& value : ones.elements()) value = 1;
  net.forward(ones);
  const Matrix<double> first = matrix_of(net.layer(0).output());
  std::size_t alike = 0;
  for (std::size_t i = 0; i < first.elements().size(); ++i) {
    const bool dropped = net.layer(2).output()(i / 20, i % 20) == 0;
    alike += (first.elements()[i] == 0) == dropped ? 1 : 0;
  }
  CHECK(alike < 600);  // of 1000; by chance 500 ± 16
}

TEST_CASE("a model file keeps nested blocks") {
  const Network<float> net(6, nested_layers(), 4);
  const std::string file = model_to_bytes(Model<float>(net, {}));
  const StoredModel<float> loaded = model_from_bytes<float>(file, "model", standard_model_registries());
  CHECK(loaded.model.network().summary() == net.summary());
  CHECK(same_bits(loaded.model.network().values(), net.values()));
  check_contains(file, {"layers.1.layers.1.layers.0.weight", "layers.3.layers.1.projection"});
}

namespace {

LoadedConfig config_with(const std::string& layers) {
  return parse_config(R"({"data": {"type": "moons"}, "model": {"layers": [)" + layers + R"(]}, "loss": "mse"})",
                      "c.json", "", {}, standard_registries());
}

std::string nested_text(std::size_t depth) {
  std::string text = R"({"type": "dense", "units": 2})";
  for (std::size_t i = 0; i < depth; ++i) text = R"({"type": "residual", "layers": [)" + text + "]}";
  return text;
}

}  // namespace

TEST_CASE("a config nests blocks, and a mistake in one has its place") {
  const LoadedConfig loaded = config_with(
      R"({"type": "residual", "layers": [{"type": "dense", "units": 3, "activation": "relu"}, "dropout"]})");
  CHECK(Network<float>(2, loaded.config.model.layers.specs()).path(1) == "layers.0.layers.1");

  struct Row {
    std::string layers;
    std::string message;
  };
  const Row rows[] = {
      {R"({"type": "residual"})", "layers"},
      {R"({"type": "residual", "layers": []})",
       "/model/layers/0/layers: is an empty list; a block needs at least one layer"},
      {R"({"type": "residual", "layers": [{"type": "dense", "units": 0}]})", "/model/layers/0/layers/0/units"},
      {nested_text(1000), "nested deeper than 64"}};
  for (const Row& row : rows) check_contains(error_of<ConfigError>([&] { config_with(row.layers); }), {row.message});
  const LoadedConfig deep = config_with(nested_text(17));
  CHECK(error_of<ConfigError>([&] { Network<float>(2, deep.config.model.layers.specs()); }) ==
        "network: layers are nested deeper than 16");
}

// Bias −10 outweighs every input of size 1 and less: the units of layer 1 in the block are dead, those of its twin not.
TEST_CASE("the health report counts the units inside of a block, and none of the block itself") {
  const Dense dead{.units = 7, .activation = Relu{}, .bias_init = Constant{-10}};
  const Dense alive{.units = 4, .activation = Relu{}, .bias_init = Constant{10}};
  Network<float> net(2, {Residual{{dead, Dense{2}}}, Residual{{alive}}, Dense{1}}, 1);
  const HealthReport report = HealthProbe<float>(random_matrix<float>(2, 50, 1)).measure(net);
  REQUIRE(report.layers.size() == 3);
  const std::size_t expected[3][3] = {{1, 7, 7}, {2, 2, 0}, {4, 4, 0}};  // number, units, dead
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(report.layers[i].layer == expected[i][0]);
    CHECK(report.layers[i].units == expected[i][1]);
    CHECK(report.layers[i].dead == expected[i][2]);
  }
}

TEST_CASE("outputs that are not finite are counted where the last layer is a block") {
  Network<float> net(2, {Residual{{Dense{2}}}}, 1);
  net.parameter("layers.0.layers.0.bias").value()(1, 0) = NAN;
  CHECK(HealthProbe<float>(random_matrix<float>(2, 50, 1)).measure(net).non_finite_outputs == 1);
}

// All units of the report are at 0, so all that can start anew does.
TEST_CASE("units inside a block are recycled, those that enter or leave the sum are left alone") {
  const ActivationLayer relu{Relu{}};
  Network<double> net(3,
                      {Dense{4, Relu{}}, Residual{{relu, Dense{5, Relu{}}, Dense{6}, relu, Dense{4}}},
                       Residual{{relu, Dense{4, Relu{}}}}, Dense{7, Relu{}}, Dense{1}},
                      1);
  HealthReport report{.samples = 1};
  for (std::size_t i = 0; i + 1 < net.size(); ++i) {
    if (net.layer(i).has_units()) {
      report.layers.push_back({.layer = i + 1, .units = net.layer(i).outputs()});
      report.layers.back().each.resize(net.layer(i).outputs());
    }
  }
  REQUIRE(report.layers.size() == 9);
  const auto optimizer = OptimizerSpec(Sgd{})->build<double>();
  optimizer->attach(net.parameters());
  std::vector<std::size_t> recycled(net.size());
  for (const RecycledUnit& unit : recycle(net, *optimizer, report, 0, 0).units) ++recycled[unit.layer - 1];
  CHECK(recycled == std::vector<std::size_t>{0, 0, 5, 6, 0, 0, 0, 0, 0, 0, 7, 0});
}
