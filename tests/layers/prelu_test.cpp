#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
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

// 3 inputs, 4 hidden units with slopes of their own.
template <typename Scalar>
Network<Scalar> network_with_slopes() {
  Network<Scalar> net(3, {Dense{4, PRelu{.per_unit = true}}, Dense{2}}, 1);
  for (std::size_t unit = 0; unit < 4; ++unit) {
    net.parameter("layers.0.alpha").value()(unit, 0) = static_cast<Scalar>(0.1) * static_cast<Scalar>(unit + 1);
  }
  return net;
}

}  // namespace

TEST_CASE("the gradients of slopes agree with central differences, wherever the activation stands") {
  struct Row {
    std::string what;
    std::vector<LayerSpec> layers;
    std::string alpha;
    std::size_t slopes;
  };
  const PRelu one{.alpha = 0.3};
  const PRelu each{.alpha = 0.3, .per_unit = true};
  const auto frozen = [](const PRelu& activation) {
    return Dense{.units = 5, .activation = activation, .train_weight = false, .train_bias = false};
  };
  const std::vector<Row> rows = {
      {"one slope in a dense layer", {Dense{5, one}, Dense{2}}, "layers.0.alpha", 1},
      {"a slope for each unit", {Dense{5, each}, Dense{2}}, "layers.0.alpha", 5},
      {"without bias", {Dense{.units = 5, .activation = each, .bias = false}, Dense{2}}, "layers.0.alpha", 5},
      {"one slope as a layer", {Dense{5}, ActivationLayer{one}, Dense{2}}, "layers.1.alpha", 1},
      {"a slope for each unit, as a layer", {Dense{5}, ActivationLayer{each}, Dense{2}}, "layers.1.alpha", 5},
      {"of the inputs", {ActivationLayer{each}, Dense{2}}, "layers.0.alpha", 3},
      {"beside frozen weights", {frozen(each), Dense{2}}, "layers.0.alpha", 5},
      {"of the outputs", {Dense{2, each}}, "layers.0.alpha", 2},
  };
  const Matrix<double> x = random_matrix<double>(3, 8, 1);
  const Matrix<double> y = random_matrix<double>(2, 8, 2);
  const auto loss = LossSpec(MeanSquaredError{})->build<double>();
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Network<double> net(3, row.layers, 2);
    CHECK(net.parameter(row.alpha).size() == row.slopes);
    const GradientCheck result = check_gradients(net, *loss, x, {{}, y});
    CHECK(result.largest_error() <= 1e-7);
    bool seen = false;
    for (const TensorCheck& tensor : result.tensors) {
      if (tensor.name != row.alpha) continue;
      seen = true;
      CHECK(tensor.checked + tensor.skipped == row.slopes);
      CHECK(tensor.analytic != 0);
    }
    CHECK(seen);
  }
}

// x = −2, y = 0, w = 1, α = ¼: z = −2, a = −½, ∂L/∂a = −½, so ∂L/∂α = 1 and ∂L/∂w = −⅛·−2 = ¼. Then w = ⅞, α = −¼:
// z = −7/4, a = ∂L/∂a = 7/16, so ∂L/∂α = −49/64 and ∂L/∂w = 7/16·−¼·−2 = 7/32. The learning rate is ½; all is exact.
TEST_CASE("two steps move weight and slope as by hand") {
  const std::vector<LayerSpec> dense = {
      Dense{.units = 1, .activation = PRelu{}, .bias = false, .weight_init = Constant{1}}};
  const std::vector<LayerSpec> apart = {Dense{.units = 1, .bias = false, .weight_init = Constant{1}},
                                        ActivationLayer{PRelu{.per_unit = true}}};
  for (const std::vector<LayerSpec>& layers : {dense, apart}) {
    Network<double> net(1, layers);
    Matrix<double> x(1, 1);
    x(0, 0) = -2;
    const Matrix<double> y(1, 1);
    Trainer<double> trainer(net, HalfSquaredSum{}, Sgd{.learning_rate = 0.5});
    trainer.step(x, {{}, y});
    CHECK(net.values()[0] == 0.875);
    CHECK(net.values()[1] == -0.25);
    trainer.step(x, {{}, y});
    CHECK(net.values()[0] == 0.765625);
    CHECK(net.values()[1] == 0.1328125);
  }
}

TEST_CASE("decay pulls weights, not slopes") {
  for (const OptimizerSpec& optimizer :
       {OptimizerSpec(Sgd{.weight_decay = 0.5, .l1 = 0.5}), OptimizerSpec(AdamW{.weight_decay = 0.5, .l1 = 0.5})}) {
    CAPTURE(optimizer.summary());
    Network<double> net = network_with_slopes<double>();
    const std::vector<double> before(net.values().begin(), net.values().end());
    const auto built = optimizer->build<double>();
    built->attach(net.parameters());
    built->step(net.parameters());  // all gradients are 0
    CHECK(net.values()[0] != before[0]);
    for (std::size_t unit = 0; unit < 4; ++unit) {
      CHECK(net.parameter("layers.0.alpha").value()(unit, 0) == 0.1 * static_cast<double>(unit + 1));
    }
  }
}

TEST_CASE("copies, moves and conversions keep the slopes, and have slopes of their own") {
  const Matrix<double> x = random_matrix<double>(3, 5, 1);
  Network<double> net = network_with_slopes<double>();
  const Matrix<double> expected = net.predict(x);
  Network<double> copied = net;
  Network<double> assigned(3, {Dense{1}});
  assigned = net;
  net.parameter("layers.0.alpha").value()(2, 0) = 7;
  Network<double> moved = std::move(net);
  CHECK(moved.parameter("layers.0.alpha").value()(2, 0) == 7);
  for (Network<double>* each : {&copied, &assigned}) {
    const Matrix<double> y = each->predict(x);
    CHECK(same_bits(y.elements(), expected.elements()));
  }
  const Matrix<double> changed = moved.predict(x);
  CHECK_FALSE(same_bits(changed.elements(), expected.elements()));

  const Network<float> converted = copied.convert<float>();
  CHECK(converted.parameter("layers.0.alpha").value()(2, 0) == static_cast<float>(0.1 * 3));
  const Network<float> alike = network_with_slopes<float>();
  CHECK(converted.parameter("layers.0.alpha").size() == alike.parameter("layers.0.alpha").size());
}

TEST_CASE("slopes are tensors of the model file, and come back") {
  const Network<float> net = network_with_slopes<float>();
  const std::string bytes = model_to_bytes(Model<float>(net, {}));
  const TensorFile file = read_tensors(bytes, "m");
  REQUIRE(file.tensors.size() == 5);
  CHECK(file.tensors[2].name == "layers.0.alpha");
  CHECK(file.tensors[2].shape == std::vector<std::size_t>{4});
  const StoredModel<float> stored = model_from_bytes<float>(bytes, "m", standard_model_registries());
  CHECK(same_bits(stored.model.network().values(), net.values()));
  const Matrix<float> x = random_matrix<float>(3, 5, 1);
  const Matrix<float> before = net.predict(x);
  const Matrix<float> after = stored.model.network().predict(x);
  CHECK(same_bits(before.elements(), after.elements()));
}

TEST_CASE("the scalar forms take the first of several slopes") {
  const Network<double> net = network_with_slopes<double>();
  const Activation<double>& activation = *net.layer(0).activation();
  CHECK(activation.value(-2.0) == -0.2);
  CHECK(activation.derivative(-2.0) == 0.1);
}

TEST_CASE("slopes for other units are refused") {
  const Network<double> net = network_with_slopes<double>();
  const Activation<double>& activation = *net.layer(0).activation();
  Matrix<double> z(3, 2);
  const std::string message = "prelu: 4 units have slopes of their own, but z has 3 rows";
  CHECK(error_of<ShapeError>([&] { activation.value(z.view(), z.view()); }) == message);
  CHECK(error_of<ShapeError>([&] { activation.derivative(z.view(), z.view()); }) == message);
  CHECK(error_of<ShapeError>([&] { activation.chain(z.view(), z.view(), z.view()); }) == message);
}
