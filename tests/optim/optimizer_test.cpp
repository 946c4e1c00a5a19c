#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/network.h>
#include <hinge/optim/optimizer.h>

#include "../support/throws.h"

using namespace hinge;

namespace {

// Two tensors of one element each: a weight w and a bias b.
struct TwoTensors {
  Network<double> net{1, {Dense{.units = 1, .weight_init = Constant{1}, .bias_init = Constant{-2}}}};

  double& w() { return net.values()[0]; }
  double& b() { return net.values()[1]; }
  void set_gradients(double dw, double db) {
    net.gradients()[0] = dw;
    net.gradients()[1] = db;
  }
};

}  // namespace

// Three steps by hand, gradients (1, −4), then (2, 0), then (−1, 8); learning rate 0.5, powers of two throughout, so
// that all numbers are exact.
TEST_CASE("sgd takes the steps of its equations on two tensors") {
  struct Row {
    Sgd sgd;
    double w[3];
    double b[3];
  };
  const Row rows[] = {
      {{.learning_rate = 0.5}, {0.5, -0.5, 0}, {0, 0, -4}},
      // v_w = 1, 2.5, 0.25; v_b = −4, −2, 7
      {{.learning_rate = 0.5, .momentum = 0.5}, {0.5, -0.75, -0.875}, {0, 1, -2.5}},
      // g + v/2: w 1.5, 3.25, −0.875; b −6, −1, 11.5
      {{.learning_rate = 0.5, .momentum = 0.5, .nesterov = true}, {0.25, -1.375, -0.9375}, {1, 1.5, -4.25}},
      // w: g + w/4 = 1.25, 2.09375, −1.16796875; b is not decayed
      {{.learning_rate = 0.5, .weight_decay = 0.25}, {0.375, -0.671875, -0.087890625}, {0, 0, -4}},
      // b: g + b/4 = −4.5, 0.0625, 8.0546875
      {{.learning_rate = 0.5, .weight_decay = 0.25, .decay_biases = true},
       {0.375, -0.671875, -0.087890625},
       {0.25, 0.21875, -3.80859375}},
  };
  for (const Row& row : rows) {
    TwoTensors tensors;
    const auto optimizer = OptimizerSpec(row.sgd)->build<double>();
    optimizer->attach(tensors.net.parameters());
    const double gradients[3][2] = {{1, -4}, {2, 0}, {-1, 8}};
    CAPTURE(OptimizerSpec(row.sgd).summary());
    for (std::size_t step = 0; step < 3; ++step) {
      CAPTURE(step);
      tensors.set_gradients(gradients[step][0], gradients[step][1]);
      optimizer->step(tensors.net.parameters());
      CHECK(tensors.w() == row.w[step]);
      CHECK(tensors.b() == row.b[step]);
      CHECK(tensors.net.gradients()[0] == gradients[step][0]);
      CHECK(tensors.net.gradients()[1] == gradients[step][1]);
    }
    CHECK(optimizer->steps() == 3);
  }
}

// f(w) = ½(w − 3)²: with momentum the error shrinks by √0.9 a step, 0.9^(300/2) = 1.4e-7.
TEST_CASE("sgd reaches the bottom of a parabola") {
  for (const Sgd& sgd : {Sgd{.learning_rate = 0.1}, Sgd{.learning_rate = 0.1, .momentum = 0.9},
                         Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}}) {
    TwoTensors tensors;
    const auto optimizer = OptimizerSpec(sgd)->build<double>();
    optimizer->attach(tensors.net.parameters());
    for (int step = 0; step < 300; ++step) {
      tensors.set_gradients(tensors.w() - 3, tensors.b() - 3);
      optimizer->step(tensors.net.parameters());
    }
    CHECK(tensors.w() == doctest::Approx(3).epsilon(1e-5));
    CHECK(tensors.b() == doctest::Approx(3).epsilon(1e-5));
  }
}

TEST_CASE("parameters that are not trainable stay as they are") {
  Network<double> net(1, {Dense{.units = 1, .weight_init = Constant{1}, .train_bias = false}});
  const auto optimizer = OptimizerSpec(Sgd{.learning_rate = 1, .momentum = 0.5, .weight_decay = 0.5})->build<double>();
  optimizer->attach(net.parameters());
  net.gradients()[0] = net.gradients()[1] = 1;
  optimizer->step(net.parameters());
  CHECK(net.values()[0] == -0.5);
  CHECK(net.values()[1] == 0);
}

TEST_CASE("attaching again forgets velocity and time") {
  TwoTensors tensors;
  const auto optimizer = OptimizerSpec(Sgd{.learning_rate = 1, .momentum = 0.5})->build<double>();
  optimizer->attach(tensors.net.parameters());
  tensors.set_gradients(1, 1);
  optimizer->step(tensors.net.parameters());
  optimizer->attach(tensors.net.parameters());
  CHECK(optimizer->steps() == 0);
  tensors.w() = 0;
  optimizer->step(tensors.net.parameters());
  CHECK(tensors.w() == -1);
}

TEST_CASE("wrong use is refused") {
  TwoTensors tensors;
  Network<double> other(2, {Dense{1}});
  Network<double> deeper(1, {Dense{1}, Dense{1}});
  const auto optimizer = OptimizerSpec(Sgd{})->build<double>();
  optimizer->attach(tensors.net.parameters());
  CHECK(error_of<ShapeError>([&] { optimizer->step(deeper.parameters()); }) ==
        "optimizer: attached to 2 parameters, but got 4");
  CHECK(error_of<ShapeError>([&] { optimizer->step(other.parameters()); }) ==
        "optimizer: parameter layers.0.weight has another size than at attach");
  CHECK(optimizer->steps() == 0);
  CHECK(error_of<ConfigError>([&] { optimizer->set_learning_rate(-1); }) == "learning_rate = -1, must be >= 0");
  CHECK_THROWS_AS(optimizer->set_learning_rate(std::numeric_limits<double>::quiet_NaN()), ConfigError);
  CHECK(error_of<ConfigError>([] { OptimizerSpec(Sgd{.nesterov = true})->build<float>(); }) ==
        "sgd: nesterov needs momentum > 0, such as 0.9");
}
