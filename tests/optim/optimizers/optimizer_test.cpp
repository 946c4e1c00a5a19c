#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/network.h>
#include <hinge/optim/optimizers/optimizers.h>

#include "support/same_bits.h"
#include "support/throws.h"

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

// An application's own: p ← p/2, whatever the gradient. It says nothing of its equations.
class Halving final : public Optimizer<double> {
 public:
  explicit Halving(std::vector<std::string> names = {}) : Optimizer<double>(1), names_(std::move(names)) {}

  std::vector<std::string> state_names() const override {
    return names_.empty() ? Optimizer<double>::state_names() : names_;
  }

 protected:
  std::size_t state_count() const override { return 1; }
  void update(std::size_t, std::span<double> value, std::span<const double>, bool) override {
    for (double& p : value) p /= 2;
  }

 private:
  std::vector<std::string> names_;
};

// `v = 0.5·4 + (−2) = 3`, and the remark.
std::vector<std::string> texts_of(const std::vector<Equation>& equations) {
  std::vector<std::string> texts;
  for (const Equation& equation : equations) {
    std::string text = equation.left;
    for (const std::string& side : equation.sides) text += " = " + side;
    texts.push_back(equation.remark.empty() ? text : text + " (" + equation.remark + ")");
  }
  return texts;
}

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
      // v_w = 1, 1.5, 0.25; v_b = −4, −2, 3
      {{.learning_rate = 0.5, .momentum = 0.5, .dampening = 0.5}, {0.5, -0.25, -0.375}, {0, 1, -0.5}},
      // w: g + w/4 = 1.25, 2.09375, −1.16796875; b is not decayed
      {{.learning_rate = 0.5, .weight_decay = 0.25}, {0.375, -0.671875, -0.087890625}, {0, 0, -4}},
      // b: g + b/4 = −4.5, 0.0625, 8.0546875
      {{.learning_rate = 0.5, .weight_decay = 0.25, .decay_biases = true},
       {0.375, -0.671875, -0.087890625},
       {0.25, 0.21875, -3.80859375}},
      // w: g + sign(w)/4 = 1.25, 2.25, −1.25
      {{.learning_rate = 0.5, .l1 = 0.25}, {0.375, -0.75, -0.125}, {0, 0, -4}},
      // w: g + w/4 + sign(w)/2 = 1.75, 2.53125, −1.78515625
      {{.learning_rate = 0.5, .weight_decay = 0.25, .l1 = 0.5}, {0.125, -1.140625, -0.248046875}, {0, 0, -4}},
      // b: g + sign(b)/4 = −4.25, 0.25, and at b = 0 nothing is added to 8
      {{.learning_rate = 0.5, .l1 = 0.25, .decay_biases = true}, {0.375, -0.75, -0.125}, {0.125, 0, -4}},
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

// By hand with round constants; the gradients of the steps are those of the row. The tolerance is a few roundings.
TEST_CASE("adaptive optimisers take the steps of their equations on two tensors") {
  struct Row {
    OptimizerSpec optimizer;
    std::vector<double> dw, db;  // one gradient a step
    std::vector<double> w, b;    // the values after it; they start at 1 and −2
  };
  const double root = std::sqrt(0.4375);  // √(1 − β₂²) for β₂ = ¾
  const double root3 = std::sqrt(0.578125);
  const auto adam = [](bool amsgrad, double decay) {
    return Adam{
        .learning_rate = 0.5, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0, .amsgrad = amsgrad, .weight_decay = decay};
  };
  const std::vector<Row> rows = {
      // w: m = 1, 1, ½ and s = 1, 1, ¾; b: m = −2, 0 and s = 4, 4
      {adam(false, 0),
       {2, 1, 0},
       {-4, 2, 0},
       {0.5, 0.5 - 2.0 / 3 * root, 0.5 - 2.0 / 3 * root - 2.0 / 7 * root3 / std::sqrt(0.75)},
       {-1.5, -1.5, -1.5}},
      // the largest s stays 1
      {adam(true, 0),
       {2, 1, 0},
       {-4, 2, 0},
       {0.5, 0.5 - 2.0 / 3 * root, 0.5 - 2.0 / 3 * root - 2.0 / 7 * root3},
       {-1.5, -1.5, -1.5}},
      // g = 2½, 1¼; the bias is not decayed
      {adam(false, 0.5), {2, 1}, {-4, 2}, {0.5, 0.5 - 2.0 / 3 * root}, {-1.5, -1.5}},
      // w · ¾ before each step
      {AdamW{.learning_rate = 0.5, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0, .weight_decay = 0.5},
       {2, 1},
       {-4, 2},
       {0.25, 0.1875 - 2.0 / 3 * root},
       {-1.5, -1.5}},
      // w − ⅛ before each step
      {AdamW{.learning_rate = 0.5, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0, .weight_decay = 0, .l1 = 0.25},
       {2, 1},
       {-4, 2},
       {0.375, 0.25 - 2.0 / 3 * root},
       {-1.5, -1.5}},
      // g = 2½, 1½: m = 1¼, 1⅜ and s = 25/16, 111/64
      {Adam{.learning_rate = 0.5, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0, .l1 = 0.5},
       {2, 1},
       {-4, 2},
       {0.5, 0.5 - 0.5 * (1.375 / 0.75) / std::sqrt(1.734375 / 0.4375)},
       {-1.5, -1.5}},
      // s = 1, 1 and 4, 4
      {RmsProp{.learning_rate = 0.5, .alpha = 0.75, .epsilon = 0}, {2, 1}, {4, 2}, {0, -0.5}, {-3, -3.5}},
      // the same directions 2, 1: v = 2, 2
      {RmsProp{.learning_rate = 0.5, .alpha = 0.75, .epsilon = 0, .momentum = 0.5}, {2, 1}, {4, 2}, {0, -1}, {-3, -4}},
      // means ½, ⅝ and 1, 1¼
      {RmsProp{.learning_rate = 0.5, .alpha = 0.75, .epsilon = 0, .centered = true},
       {2, 1},
       {4, 2},
       {1 - 1 / std::sqrt(0.75), 1 - 1 / std::sqrt(0.75) - 0.5 / std::sqrt(1 - 0.390625)},
       {-2 - 2 / std::sqrt(3), -2 - 2 / std::sqrt(3) - 1 / std::sqrt(4 - 1.5625)}},
      // s = 9, 25 and 16, 25
      {Adagrad{.learning_rate = 0.5, .epsilon = 0}, {3, 4}, {-4, 3}, {0.5, 0.1}, {-1.5, -1.8}},
      // 7 + 9 = 16 below the root
      {Adagrad{.learning_rate = 0.5, .initial_accumulator = 7, .epsilon = 0}, {3}, {-3}, {0.625}, {-1.625}},
      // lengths of w ½, 1, ½ (turned back: no move), ½, 1; of b ½, ½ after a gradient of 0, 1, 1½ at most
      {Rprop{.learning_rate = 0.5, .increase = 2, .largest_step = 1.5},
       {1, 2, -1, -1, -3},
       {-4, 0, -1, -1, -1},
       {0.5, -0.5, -0.5, 0, 1},
       {-1.5, -1.5, -1, 0, 1.5}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.optimizer.summary());
    TwoTensors tensors;
    const auto optimizer = row.optimizer->build<double>();
    optimizer->attach(tensors.net.parameters());
    for (std::size_t step = 0; step < row.dw.size(); ++step) {
      CAPTURE(step);
      tensors.set_gradients(row.dw[step], row.db[step]);
      optimizer->step(tensors.net.parameters());
      CHECK(tensors.w() == doctest::Approx(row.w[step]).epsilon(1e-14));
      CHECK(tensors.b() == doctest::Approx(row.b[step]).epsilon(1e-14));
    }
  }
}

// A library that counts time once a tensor, not once a step, moves the later tensors by less.
TEST_CASE("the first step of adam moves every tensor by the learning rate") {
  Network<double> net(3, {Dense{.units = 4, .activation = Tanh{}}, Dense{.units = 2}}, 1);
  const std::vector<double> before(net.values().begin(), net.values().end());
  const auto optimizer = OptimizerSpec(Adam{.learning_rate = 0.01, .epsilon = 0})->build<double>();
  optimizer->attach(net.parameters());
  for (double& g : net.gradients()) g = 0.3;
  optimizer->step(net.parameters());
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(before[i] - net.values()[i] == doctest::Approx(0.01).epsilon(1e-12));
  }
}

TEST_CASE("no optimiser moves a parameter whose gradient is always 0, nor makes a NaN of it") {
  for (const OptimizerSpec& spec :
       {OptimizerSpec(Adam{.epsilon = 0}), OptimizerSpec(AdamW{.epsilon = 0, .weight_decay = 0}),
        OptimizerSpec(RmsProp{.epsilon = 0, .centered = true}), OptimizerSpec(Adagrad{.epsilon = 0}),
        OptimizerSpec(Rprop{})}) {
    CAPTURE(spec.summary());
    TwoTensors tensors;
    const auto optimizer = spec->build<double>();
    optimizer->attach(tensors.net.parameters());
    for (int step = 0; step < 5; ++step) {
      tensors.set_gradients(0, 0.1);
      optimizer->step(tensors.net.parameters());
      CHECK(tensors.w() == 1);
      CHECK(tensors.b() < -2);
    }
  }
}

// Subnormal numbers, which a decaying memory comes to where no gradient is left, would slow down every step after.
TEST_CASE_TEMPLATE("what an optimiser remembers fades to 0, not to numbers too small for a normal one", Scalar, float,
                   double) {
  const std::vector<OptimizerSpec> specs = {
      Sgd{.learning_rate = 0.1, .momentum = 0.5},
      Sgd{.learning_rate = 0.1, .momentum = 0.5, .nesterov = true},
      Adam{.learning_rate = 0.1, .beta1 = 0.5, .beta2 = 0.5},
      AdamW{.learning_rate = 0.1, .beta1 = 0.5, .beta2 = 0.5, .weight_decay = 0},
      RmsProp{.learning_rate = 0.1, .alpha = 0.5},
      RmsProp{.learning_rate = 0.1, .alpha = 0.5, .centered = true, .momentum = 0.5}};
  constexpr std::size_t halvings = 1100;  // 2⁻¹⁰²² is the smallest normal double
  for (const OptimizerSpec& spec : specs) {
    Network<Scalar> network(3, {Dense{.units = 7}}, 1);
    const auto optimizer = spec->template build<Scalar>();
    optimizer->attach(network.parameters());
    std::fill(network.gradients().begin(), network.gradients().end(), Scalar(1));
    optimizer->step(network.parameters());
    network.zero_gradients();
    for (std::size_t i = 0; i < halvings; ++i) {
      optimizer->step(network.parameters());
      for (const auto& slot : optimizer->state()) {
        CHECK(std::none_of(slot.begin(), slot.end(), [](Scalar x) { return std::fpclassify(x) == FP_SUBNORMAL; }));
      }
    }
    for (const auto& slot : optimizer->state()) {
      CHECK(std::all_of(slot.begin(), slot.end(), [](Scalar x) { return x == 0; }));
    }
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

// MiniDNN and tiny-dnn keep what an optimiser remembers by the address of the parameters, so a copy starts anew.
TEST_CASE("what an optimiser remembers belongs to the order of the parameters, not to their addresses") {
  Network<double> first(1, {Dense{1}}, 1);
  const auto optimizer = OptimizerSpec(Sgd{.learning_rate = 1, .momentum = 0.5})->build<double>();
  optimizer->attach(first.parameters());
  first.gradients()[0] = 1;
  optimizer->step(first.parameters());
  Network<double> second = first;
  second.zero_gradients();
  optimizer->step(second.parameters());
  CHECK(second.values()[0] == doctest::Approx(first.values()[0] - 0.5).epsilon(1e-15));
}

// flashlight adds the decay to the gradient that the caller sees.
TEST_CASE("no optimiser changes a gradient") {
  for (const OptimizerSpec& spec : std::vector<OptimizerSpec>{
           Sgd{.momentum = 0.9, .weight_decay = 0.1, .l1 = 0.1}, Adam{.weight_decay = 0.1}, AdamW{.weight_decay = 0.1},
           RmsProp{.weight_decay = 0.1}, Adagrad{.weight_decay = 0.1}, Rprop{}}) {
    CAPTURE(spec.summary());
    Network<double> net(3, {Dense{2}}, 1);
    const auto optimizer = spec->build<double>();
    optimizer->attach(net.parameters());
    for (std::size_t i = 0; i < net.gradients().size(); ++i) net.gradients()[i] = i % 2 == 0 ? 0.5 : -2;
    const std::vector<double> before(net.gradients().begin(), net.gradients().end());
    for (int k = 0; k < 3; ++k) optimizer->step(net.parameters());
    CHECK(same_bits(net.gradients(), before));
  }
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

namespace {

// The slope of λ₂/2·p² + λ₁·|p| by a central difference: exact but for rounding, about 1e-16·2¹⁰, while |p| > 2⁻¹⁰.
double slope_of_penalty(double l2, double l1, double p) {
  const auto penalty = [&](double value) { return l2 / 2 * value * value + l1 * std::abs(value); };
  constexpr double h = 1.0 / 1024;
  return (penalty(p + h) - penalty(p - h)) / (2 * h);
}

constexpr double l2 = 0.3;
constexpr double l1 = 0.2;

struct DecayRow {
  OptimizerSpec plain;
  OptimizerSpec decaying;
  bool decoupled;
};

// Each optimiser that knows decay, without and with it.
template <typename T>
DecayRow decay_row(T plain, bool decay_biases, bool decoupled = false) {
  plain.weight_decay = plain.l1 = 0;
  T decaying = plain;
  decaying.weight_decay = l2;
  decaying.l1 = l1;
  decaying.decay_biases = decay_biases;
  return {plain, decaying, decoupled};
}

std::vector<DecayRow> decay_rows(bool decay_biases) {
  return {decay_row(Sgd{.learning_rate = 0.1}, decay_biases),
          decay_row(Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}, decay_biases),
          decay_row(Adam{.learning_rate = 0.1}, decay_biases),
          decay_row(Adam{.learning_rate = 0.1, .amsgrad = true}, decay_biases),
          decay_row(RmsProp{.learning_rate = 0.1, .centered = true, .momentum = 0.5}, decay_biases),
          decay_row(Adagrad{.learning_rate = 0.1}, decay_biases),
          decay_row(AdamW{.learning_rate = 0.1}, decay_biases, true)};
}

}  // namespace

TEST_CASE("decay pulls with the gradient of its penalty, and biases only where it is told to") {
  const double gradients[3][2] = {{1, -4}, {0.5, 0.25}, {-1, 2}};
  for (const bool decay_biases : {false, true}) {
    for (const DecayRow& row : decay_rows(decay_biases)) {
      CAPTURE(row.decaying.summary());
      TwoTensors decayed;
      TwoTensors plain;
      const auto optimizer = row.decaying->build<double>();
      const auto without = row.plain->build<double>();
      optimizer->attach(decayed.net.parameters());
      without->attach(plain.net.parameters());
      for (const auto& [dw, db] : gradients) {
        const double pull_w = slope_of_penalty(l2, l1, decayed.w());
        const double pull_b = decay_biases ? slope_of_penalty(l2, l1, decayed.b()) : 0;
        const double in_gradient = row.decoupled ? 0 : 1;
        // The same place, and the pull as a part of the gradient, or beside it as a step of its own.
        plain.w() = decayed.w() - (row.decoupled ? 0.1 * pull_w : 0);
        plain.b() = decayed.b() - (row.decoupled ? 0.1 * pull_b : 0);
        decayed.set_gradients(dw, db);
        plain.set_gradients(dw + in_gradient * pull_w, db + in_gradient * pull_b);
        optimizer->step(decayed.net.parameters());
        without->step(plain.net.parameters());
        CHECK(decayed.w() == doctest::Approx(plain.w()).epsilon(1e-10));
        CHECK(decayed.b() == doctest::Approx(plain.b()).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("an optimiser writes the update of an element with its numbers") {
  struct Row {
    OptimizerSpec optimizer;
    std::uint64_t step;
    std::vector<ElementUpdate::Change> state;
    std::vector<std::string> texts;
  };
  // The numbers after the step are made up: they are shown as they are.
  const Row rows[] = {
      {Sgd{.learning_rate = 0.5}, 1, {}, {"w = 0.5 − 0.5·(−2) = 0.25"}},
      {Sgd{.momentum = 0.5, .dampening = 0.75, .weight_decay = 0.25},
       2,
       {{4, 3}},
       {"g = −2 + 0.25·0.5 = −1.875 (with decay)", "v = 0.5·4 + 0.25·(−1.875) = 3", "w = 0.5 − 0.5·3 = 0.25"}},
      {Sgd{.momentum = 0.5, .dampening = 0.75}, 1, {{0, -2}}, {"v = 0.5·0 + (−2) = −2", "w = 0.5 − 0.5·(−2) = 0.25"}},
      {Sgd{.momentum = 0.5, .nesterov = true},
       2,
       {{4, 3}},
       {"v = 0.5·4 + (−2) = 3", "w = 0.5 − 0.5·(−2 + 0.5·3) = 0.25"}},
      {Adam{.beta1 = 0.5, .beta2 = 0.75, .epsilon = 1, .l1 = 0.5},
       2,
       {{0, -1.5}, {0, 1.75}},
       {"g = −2 + 0.5·sign(0.5) = −1.5 (with decay)", "m = 0.5·0 + 0.5·(−1.5) = −1.5",
        "s = 0.75·0 + 0.25·(−1.5)² = 1.75", "w = 0.5 − 0.5·(−2)/(√4 + 1) = 0.25"}},
      {AdamW{.beta1 = 0.5, .beta2 = 0.5, .epsilon = 0, .amsgrad = true, .weight_decay = 0.25, .l1 = 0.5},
       1,
       {{0, -1}, {0, 1}, {2, 2}},
       {"m = 0.5·0 + 0.5·(−2) = −1", "s = 0.5·0 + 0.5·(−2)² = 1", "largest s = max(2, 1) = 2",
        "w = 0.5 − 0.5·(0.25·0.5 + 0.5·sign(0.5)) − 0.5·(−2)/(√4 + 0) = 0.25"}},
      {Adam{.beta1 = 0.5, .beta2 = 0.5, .epsilon = 0},
       1,
       {{0, 0}, {0, 0}},
       {"m = 0.5·0 + 0.5·(−2) = 0", "s = 0.5·0 + 0.5·(−2)² = 0", "w = 0.25 (was 0.5)"}},
      {RmsProp{.alpha = 0.75, .epsilon = 1},
       1,
       {{0, 1}},
       {"s = 0.75·0 + 0.25·(−2)² = 1", "w = 0.5 − 0.5·(−2)/(√1 + 1) = 0.25"}},
      {RmsProp{.alpha = 0.75, .epsilon = 0, .centered = true, .momentum = 0.5},
       1,
       {{0, 4}, {2, 3}, {0, -1}},
       {"s = 0.75·0 + 0.25·(−2)² = 4", "v = 0.5·2 + (−2)/(√(4 − (−1)²) + 0) = 3", "mean g = 0.75·0 + 0.25·(−2) = −1",
        "w = 0.5 − 0.5·3 = 0.25"}},
      {Adagrad{.initial_accumulator = 1, .epsilon = 0.5},
       1,
       {{1, 5}},
       {"s = 1 + (−2)² = 5", "w = 0.5 − 0.5·(−2)/(√6 + 0.5) = 0.25"}},
      {Rprop{},
       2,
       {{-1, -2}, {2, 2.5}},
       {"last g = −2 (was −1)", "length = min(2·1.2, 50) = 2.5", "w = 0.5 − sign(−2)·2.5 = 0.25"}},
      {Rprop{},
       2,
       {{1, 0}, {2, 1}},
       {"last g = 0 (was 1)", "length = max(2·0.5, 1e-06) = 1", "w = 0.5 − sign(0)·1 = 0.25"}},
      {Rprop{}, 1, {{0, -2}, {0, 0.5}}, {"last g = −2 (was 0)", "length = 0.5 = 0.5", "w = 0.5 − sign(−2)·0.5 = 0.25"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.optimizer.summary());
    const auto optimizer = row.optimizer->build<double>();
    REQUIRE(optimizer->state_names().size() == row.state.size());
    const ElementUpdate element{
        .value = {0.5, 0.25}, .gradient = -2, .state = row.state, .step = row.step, .learning_rate = 0.5};
    CHECK(texts_of(optimizer->equations(element, "w", EquationFormat(9, 4))) == row.texts);
  }
}

TEST_CASE("an optimiser that says nothing of its equations shows what each number was") {
  const ElementUpdate element{.value = {0.5, 0.25}, .state = {{4, 3}}};
  CHECK(texts_of(Halving().equations(element, "w", EquationFormat(9, 4))) ==
        std::vector<std::string>{"memory 1 = 3 (was 4)", "w = 0.25 (was 0.5)"});
  TwoTensors two;
  CHECK(error_of<ConfigError>([&] {
          Halving({"a", "b"}).attach(two.net.parameters());
        }) == "optimizer: 2 names for 1 arrays of state");
}
