#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/health/recycle.h>
#include <hinge/optim/optimizers/optimizers.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> optimizer_for(Network<Scalar>& net, const OptimizerSpec& spec = Sgd{}) {
  auto optimizer = spec->build<Scalar>();
  optimizer->attach(net.parameters());
  return optimizer;
}

// A report of hand-made means |a| for the layer, counted from 1.
HealthReport report_of_means(std::size_t layer, const std::vector<double>& means) {
  LayerHealth health{.layer = layer, .units = means.size()};
  for (const double mean : means) {
    health.each.push_back({.mean_activation = mean});
    health.mean_activation += mean / static_cast<double>(means.size());
  }
  return {.samples = 1, .layers = {health}};
}

// Every second unit, from the first, of every hidden dense layer gets a bias that no input outweighs.
template <typename Scalar>
void bury_half(Network<Scalar>& net) {
  for (std::size_t i = 0; i + 1 < net.size(); ++i) {
    if (net.specs()[i].type() != Dense::type) continue;
    MatrixView<Scalar> bias = net.parameter("layers." + std::to_string(i) + ".bias").value();
    for (std::size_t u = 0; u < bias.rows; u += 2) bias(u, 0) = -10;
  }
}

template <typename Scalar>
std::vector<Scalar> copy_of(std::span<const Scalar> values) {
  return {values.begin(), values.end()};
}

// The names and places (row, column) of what differs to the bit.
template <typename Scalar>
std::set<std::string> changes(const Network<Scalar>& before, const Network<Scalar>& after) {
  std::set<std::string> changed;
  for (std::size_t p = 0; p < before.parameters().size(); ++p) {
    const auto a = before.parameters()[p].value();
    const auto b = after.parameters()[p].value();
    for (std::size_t r = 0; r < a.rows; ++r) {
      for (std::size_t c = 0; c < a.cols; ++c) {
        if (same_bits(std::span(&a(r, c), 1), std::span(&b(r, c), 1))) continue;
        changed.insert(before.parameters()[p].name() + "(" + std::to_string(r) + "," + std::to_string(c) + ")");
      }
    }
  }
  return changed;
}

std::vector<OptimizerSpec> optimizers_with_memory() {
  return {Sgd{.learning_rate = 0.1, .momentum = 0.9},
          Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true},
          Adam{.learning_rate = 0.1},
          Adam{.learning_rate = 0.1, .amsgrad = true},
          AdamW{.learning_rate = 0.1, .weight_decay = 0},
          RmsProp{.learning_rate = 0.1},
          RmsProp{.learning_rate = 0.1, .centered = true},
          RmsProp{.learning_rate = 0.1, .centered = true, .momentum = 0.9},
          Adagrad{.learning_rate = 0.1},
          Rprop{.learning_rate = 0.1}};
}

// One hidden layer of 3 units between 2 inputs and 2 outputs, whose unit 1 is recycled.
struct SmallNetwork {
  Network<double> net{2, {Dense{.units = 3, .activation = Relu{}, .bias_init = HeNormal{}}, Dense{2}}, 5};
  HealthReport report = report_of_means(1, {1, 0, 2});

  // In memory order: the rows of W1 lie 3 apart, the columns of W2 behind W1 (6) and b1 (3) are 2 long.
  static std::vector<std::size_t> renewed() { return {1, 4, 7, 11, 12}; }
  void set_gradients(double scale) {
    for (std::size_t i = 0; i < net.gradients().size(); ++i) {
      net.gradients()[i] = scale * (1 + static_cast<double>(i)) / 8;
    }
  }
};

}  // namespace

TEST_CASE("exactly the row, bias and column of the dormant unit change") {
  SmallNetwork small;
  const Network<double> before = small.net;
  const auto optimizer = optimizer_for(small.net);
  const RecycleReport report = recycle(small.net, *optimizer, small.report, 0, 3);
  REQUIRE(report.units.size() == 1);
  CHECK(report.units[0].layer == 1);
  CHECK(report.units[0].unit == 1);
  CHECK_FALSE(report.largest_change);
  CHECK(changes(before, small.net) == std::set<std::string>{"layers.0.weight(1,0)", "layers.0.weight(1,1)",
                                                            "layers.0.bias(1,0)", "layers.1.weight(0,1)",
                                                            "layers.1.weight(1,1)"});
  CHECK(small.net.parameter("layers.1.weight").value()(0, 1) == 0);
  CHECK(small.net.parameter("layers.1.weight").value()(1, 1) == 0);
  // Row 1 of 3 × 2 weights has the normals of index 2 and 3; N(0, 2/in) with in = 2 has the deviation 1.
  const RandomStream weights(5, Purpose::recycle, 0, 256 * 3);
  const RandomStream biases(5, Purpose::recycle, 0, 256 * 3 + 1);
  CHECK(small.net.parameter("layers.0.weight").value()(1, 0) == weights.normal(2));
  CHECK(small.net.parameter("layers.0.weight").value()(1, 1) == weights.normal(3));
  CHECK(small.net.parameter("layers.0.bias").value()(1, 0) == biases.normal(1));
}

// Mean over the layer 1: at 0.25 the unit of just that mean is in, and one that is not finite never.
TEST_CASE("a unit is dormant up to tau times the mean of its layer") {
  struct Row {
    double tau;
    std::set<std::size_t> units;
  };
  const Row rows[] = {{0, {2}},         {0.0625, {2, 3}}, {0.25, {1, 2, 3}},
                      {0.5, {1, 2, 3}}, {1, {1, 2, 3}},   {4, {0, 1, 2, 3}}};
  for (const Row& row : rows) {
    CAPTURE(row.tau);
    Network<double> net(1, {Dense{5, Relu{}}, Dense{1}}, 1);
    HealthReport report = report_of_means(1, {3.6875, 0.25, 0, 0.0625, 0});
    report.layers[0].mean_activation = 1;
    report.layers[0].each[4].finite = false;
    const auto optimizer = optimizer_for(net);
    std::set<std::size_t> units;
    for (const RecycledUnit& unit : recycle(net, *optimizer, report, row.tau, 0).units) units.insert(unit.unit);
    CHECK(units == row.units);
  }
}

TEST_CASE_TEMPLATE("at tau = 0 the outputs on the probe keep every bit", Scalar, float, double) {
  const std::vector<std::vector<LayerSpec>> networks = {
      {Dense{40, Relu{}}, Dense{3}},
      {Dense{40, Relu{}}, Dropout{.rate = 0.5}, Dense{40, Relu{}}, Dropout{.rate = 0.2}, Dense{30, Relu{}}, Dense{3}},
      {Dense{40, Relu{}}, ActivationLayer{Tanh{}}, Dropout{}, Dense{20, Relu{}}, Dense{2, Sigmoid{}}},
  };
  for (std::size_t n = 0; n < networks.size(); ++n) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(n);
      CAPTURE(seed);
      Network<Scalar> net(6, networks[n], seed);
      bury_half(net);
      const auto optimizer = optimizer_for(net);
      const HealthProbe<Scalar> probe(random_matrix<Scalar>(6, 203, seed), 64);
      const HealthReport report = probe.measure(net);
      const Matrix<Scalar> before = probe.predict(net);
      const RecycleReport recycled = recycle(net, *optimizer, report, probe, 0, seed);
      CHECK(recycled.units.size() >= 20);
      CHECK(recycled.largest_change == 0);
      const Matrix<Scalar> after = probe.predict(net);
      CHECK(same_bits(before.elements(), after.elements()));
    }
  }
}

TEST_CASE("above 0 the largest change on the probe is reported") {
  const ActivationSpec activations[] = {Relu{}, LeakyRelu{}, Sigmoid{}, Tanh{}};
  for (const ActivationSpec& activation : activations) {
    CAPTURE(activation.summary());
    Network<double> net(4, {Dense{.units = 30, .activation = activation}, Dense{2}}, 2);
    const auto optimizer = optimizer_for(net);
    const Matrix<double> x = random_matrix<double>(4, 50, 3);
    const HealthProbe<double> probe(x, 16);
    const Matrix<double> before = net.predict(x.view());
    const RecycleReport recycled = recycle(net, *optimizer, probe.measure(net), probe, 0.9, 0);
    const Matrix<double> after = net.predict(x.view());
    double largest = 0;
    for (std::size_t i = 0; i < after.elements().size(); ++i) {
      largest = std::max(largest, std::abs(after.elements()[i] - before.elements()[i]));
    }
    CHECK_FALSE(recycled.units.empty());
    CHECK(largest > 0.01);
    CHECK(recycled.largest_change.value() == doctest::Approx(largest).epsilon(1e-12));
    CHECK(recycle(net, *optimizer, report_of_means(1, std::vector<double>(30, 1)), probe, 0.9, 0).largest_change == 0);
  }
}

TEST_CASE("after recycling, a step without a gradient does not move the new weights") {
  for (const OptimizerSpec& spec : optimizers_with_memory()) {
    CAPTURE(spec.summary());
    SmallNetwork small;
    const auto optimizer = optimizer_for(small.net, spec);
    for (const double scale : {1.0, 2.0, 1.5}) {
      small.set_gradients(scale);
      optimizer->step(small.net.parameters());
    }
    recycle(small.net, *optimizer, small.report, 0, 0);
    const auto before = copy_of<double>(small.net.values());
    small.set_gradients(0);
    optimizer->step(small.net.parameters());
    for (const std::size_t i : SmallNetwork::renewed()) CHECK(small.net.values()[i] == before[i]);
  }
}

// A twin makes the same steps without recycling: all other elements must go the same way. A new optimiser's first step
// is what the forgotten elements must do, but for Adam, whose time goes on: there m = (1 − β₁)·g and s = (1 − β₂)·g².
TEST_CASE("the optimiser begins anew for the new weights and goes on for all others") {
  for (const OptimizerSpec& spec : optimizers_with_memory()) {
    CAPTURE(spec.summary());
    SmallNetwork small;
    SmallNetwork twin;
    const auto optimizer = optimizer_for(small.net, spec);
    const auto twin_optimizer = optimizer_for(twin.net, spec);
    for (const double scale : {1.0, -2.0, -1.5, -1.0}) {
      for (SmallNetwork* each : {&small, &twin}) each->set_gradients(scale);
      optimizer->step(small.net.parameters());
      twin_optimizer->step(twin.net.parameters());
    }
    recycle(small.net, *optimizer, small.report, 0, 0);
    SmallNetwork fresh;
    fresh.net = small.net;
    const auto fresh_optimizer = optimizer_for(fresh.net, spec);
    for (SmallNetwork* each : {&small, &twin, &fresh}) each->set_gradients(-1);
    const auto before = copy_of<double>(small.net.values());
    optimizer->step(small.net.parameters());
    twin_optimizer->step(twin.net.parameters());
    fresh_optimizer->step(fresh.net.parameters());

    const auto renewed = SmallNetwork::renewed();
    const std::set<std::size_t> is_new(renewed.begin(), renewed.end());
    const bool adam = spec.type() == Adam::type || spec.type() == AdamW::type;
    const double adam_step = 0.1 * 0.1 / (1 - std::pow(0.9, 5)) / std::sqrt(0.001 / (1 - std::pow(0.999, 5)));
    for (std::size_t i = 0; i < small.net.values().size(); ++i) {
      CAPTURE(i);
      if (is_new.count(i) == 0) {
        CHECK(small.net.values()[i] == twin.net.values()[i]);
      } else if (adam) {
        CHECK(small.net.values()[i] - before[i] == doctest::Approx(adam_step).epsilon(1e-6));
      } else {
        CHECK(small.net.values()[i] == fresh.net.values()[i]);
      }
    }
    CHECK(optimizer->steps() == 5);
  }
}

TEST_CASE("frozen layers, and layers whose consumer is frozen, are left alone") {
  struct Row {
    Dense hidden;
    Dense output;
    std::size_t recycled;
    bool bias_changes;
  };
  const Dense hidden{.units = 3, .activation = Relu{}, .bias_init = HeNormal{}};
  Dense frozen = hidden;
  frozen.train_weight = false;
  Dense frozen_bias = hidden;
  frozen_bias.train_bias = false;
  const Row rows[] = {{hidden, Dense{2}, 1, true},
                      {frozen, Dense{2}, 0, false},
                      {hidden, Dense{.units = 2, .train_weight = false}, 0, false},
                      {hidden, Dense{.units = 2, .train_bias = false}, 1, true},
                      {frozen_bias, Dense{2}, 1, false}};
  for (const Row& row : rows) {
    Network<double> net(2, {row.hidden, row.output}, 5);
    const Network<double> before = net;
    const auto optimizer = optimizer_for(net);
    CHECK(recycle(net, *optimizer, report_of_means(1, {1, 0, 2}), 0, 0).units.size() == row.recycled);
    const auto changed = changes(before, net);
    CHECK(changed.size() == (row.recycled == 0 ? 0 : row.bias_changes ? 5 : 4));
    CHECK(changed.count("layers.0.bias(1,0)") == (row.bias_changes ? 1 : 0));
  }
}

TEST_CASE("the consumer is found behind layers that pass units and 0 on, and only there") {
  struct Row {
    std::vector<LayerSpec> behind;
    bool recycled;
  };
  const Row rows[] = {{{Dense{2}}, true},
                      {{Dropout{}, Dense{2}}, true},
                      {{ActivationLayer{Tanh{}}, Dropout{}, Dense{2}}, true},
                      {{ActivationLayer{PRelu{.per_unit = true}}, Dense{2}}, true},
                      {{ActivationLayer{Sigmoid{}}, Dense{2}}, false},
                      {{Dropout{}, ActivationLayer{Softplus{}}, Dense{2}}, false},
                      {{ActivationLayer{Relu{}}}, false},
                      {{Dropout{}}, false}};
  for (const Row& row : rows) {
    std::vector<LayerSpec> layers = {Dense{3, Relu{}}};
    layers.insert(layers.end(), row.behind.begin(), row.behind.end());
    Network<double> net(2, layers, 1);
    CAPTURE(net.summary());
    const Network<double> before = net;
    const auto optimizer = optimizer_for(net);
    const RecycleReport recycled = recycle(net, *optimizer, report_of_means(1, {1, 0, 2}), 0, 0);
    CHECK(recycled.units.size() == (row.recycled ? 1 : 0));
    CHECK(changes(before, net).empty() != row.recycled);
    if (!row.recycled) continue;
    const auto weight = net.parameter("layers." + std::to_string(net.size() - 1) + ".weight").value();
    CHECK((weight(0, 1) == 0 && weight(1, 1) == 0 && weight(0, 0) != 0));
  }
}

TEST_CASE("a dormant unit of an activation layer starts anew in the dense layer that makes it") {
  struct Row {
    std::vector<LayerSpec> layers;
    std::size_t reported;  // counted from 1
    bool recycled;
  };
  const ActivationLayer prelu{PRelu{.alpha = 0.25, .per_unit = true}};
  const Row rows[] = {
      {{Dense{3}, prelu, Dense{2}}, 2, true},
      {{Dense{3}, Dropout{}, prelu, Dense{2}}, 3, true},
      {{Dense{3}, ActivationLayer{Softplus{}}, prelu, Dense{2}}, 3, true},  // f(0) ≠ 0 is in front of it
      {{Dense{3}, prelu, ActivationLayer{Softplus{}}, Dense{2}}, 2, false},
      {{ActivationLayer{Relu{}}, Dense{2}}, 1, false}};  // units that no dense layer makes
  for (const Row& row : rows) {
    Network<double> net(3, row.layers, 1);
    CAPTURE(net.summary());
    for (Parameter<double>& p : net.parameters()) std::fill_n(p.value().data, p.size(), 0.5);
    const Network<double> before = net;
    const auto optimizer = optimizer_for(net);
    const RecycleReport report = recycle(net, *optimizer, report_of_means(row.reported, {1, 0, 2}), 0, 0);
    const std::string own = "layers." + std::to_string(row.reported - 1) + ".alpha(1,0)";
    const std::string reader = "layers." + std::to_string(net.size() - 1) + ".weight(";
    std::set<std::string> expected = {"layers.0.weight(1,0)",
                                      "layers.0.weight(1,1)",
                                      "layers.0.weight(1,2)",
                                      "layers.0.bias(1,0)",
                                      reader + "0,1)",
                                      reader + "1,1)",
                                      own};
    if (!row.recycled) expected.clear();
    CHECK(changes(before, net) == expected);
    REQUIRE(report.units.size() == (row.recycled ? 1 : 0));
    if (row.recycled) CHECK((report.units[0].layer == row.reported && report.units[0].unit == 1));
  }
}

TEST_CASE("a unit that its dense layer and an activation layer report starts anew once") {
  Network<double> net(3, {Dense{3}, ActivationLayer{Tanh{}}, Dense{2}}, 1);
  const auto optimizer = optimizer_for(net);
  HealthReport report = report_of_means(1, {1, 0, 2});
  report.layers.push_back(report_of_means(2, {0, 0, 2}).layers[0]);
  const RecycleReport recycled = recycle(net, *optimizer, report, 0, 0);
  REQUIRE(recycled.units.size() == 2);
  CHECK((recycled.units[0].layer == 1 && recycled.units[0].unit == 1));
  CHECK((recycled.units[1].layer == 2 && recycled.units[1].unit == 0));
}

TEST_CASE("a slope of the unit's own goes back to its start, one for all stays") {
  for (const bool per_unit : {true, false}) {
    for (const bool alone : {true, false}) {
      const PRelu prelu{.alpha = 0.25, .per_unit = per_unit};
      std::vector<LayerSpec> layers = {Dense{.units = 3, .activation = prelu}, Dense{2}};
      if (alone) layers = {Dense{3}, ActivationLayer{prelu}, Dense{2}};
      Network<double> net(2, layers, 1);
      const MatrixView<double> alpha = net.parameter(alone ? "layers.1.alpha" : "layers.0.alpha").value();
      for (std::size_t r = 0; r < alpha.rows; ++r) alpha(r, 0) = -1;
      const auto optimizer = optimizer_for(net);
      CHECK(recycle(net, *optimizer, report_of_means(1, {1, 0, 2}), 0, 0).units.size() == 1);
      for (std::size_t r = 0; r < alpha.rows; ++r) CHECK(alpha(r, 0) == (per_unit && r == 1 ? 0.25 : -1));
    }
  }
}

namespace {

// y = x, unit by unit, with a number kept for each unit and one for all.
template <typename Scalar>
class KeepingLayer final : public Layer<Scalar> {
 public:
  explicit KeepingLayer(std::size_t inputs) : Layer<Scalar>(inputs, inputs) {}
  bool is_unit_wise() const override { return true; }
  std::vector<StateDeclaration> declare_state() const override {
    return {{"all", 1, 7}, {"each", this->outputs(), 0.5}};
  }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override { copy(x, y); }
  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    if (!dx.empty()) copy(dy, dx);
  }
};

struct Keeping {
  static constexpr std::string_view type = "keeping";
  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const {
    return std::make_unique<KeepingLayer<Scalar>>(inputs);
  }
};

}  // namespace

TEST_CASE("what a unit-wise layer keeps for a recycled unit is as at the start") {
  Network<double> net(2, {Keeping{}, Dense{3, Relu{}}, Keeping{}, Dense{2}}, 1);
  std::fill(net.state_values().begin(), net.state_values().end(), 2);
  const auto optimizer = optimizer_for(net);
  CHECK(recycle(net, *optimizer, report_of_means(2, {1, 0, 2}), 0, 0).units.size() == 1);
  CHECK(copy_of<double>(net.state_values()) == std::vector<double>{2, 2, 2, 2, 2, 0.5, 2});
}

// With momentum 1 the running statistics, which the probe sees, are those of the last batch.
TEST_CASE("a unit that is dead behind batch normalisation starts anew with its statistics, and fires again") {
  Network<double> net(4, {Dense{5}, BatchNorm{.momentum = 1}, ActivationLayer{Relu{}}, Dense{2}}, 1);
  const Matrix<double> x = random_matrix<double>(4, 200, 1);
  const Matrix<double> dz = random_matrix<double>(2, 200, 2);
  const HealthProbe<double> probe(x);
  const auto train = [&] {
    net.forward(x);
    net.backward(dz);
  };
  train();
  net.parameter("layers.1.beta").value()(3, 0) = -10;
  const HealthReport report = probe.measure(net);
  REQUIRE(report.layers.size() == 3);
  CHECK(report.layers[2].dead == 1);
  const auto optimizer = optimizer_for(net);
  const RecycleReport recycled = recycle(net, *optimizer, report, probe, 0, 0);
  REQUIRE(recycled.units.size() == 1);
  CHECK((recycled.units[0].layer == 3 && recycled.units[0].unit == 3));
  CHECK(recycled.largest_change == 0);
  CHECK(net.parameter("layers.1.beta").value()(3, 0) == 0);
  CHECK(net.state()[0].values()[3] == 0);
  CHECK(net.state()[1].values()[3] == 1);
  CHECK(net.state()[1].values()[2] != 1);
  train();
  CHECK(probe.measure(net).layers[2].dead == 0);
}

TEST_CASE_TEMPLATE("the same seed and draw give the same bits, another draw others", Scalar, float, double) {
  const auto recycled_values = [](std::uint64_t seed, std::uint64_t draw) {
    Network<Scalar> net(20, {Dense{20, Relu{}}, Dense{20, Relu{}}, Dense{2}}, seed);
    HealthReport report = report_of_means(1, std::vector<double>(20, 0));
    report.layers.push_back(report_of_means(2, std::vector<double>(20, 0)).layers[0]);
    const auto optimizer = optimizer_for(net);
    recycle(net, *optimizer, report, 0, draw);
    return copy_of<Scalar>(net.values());
  };
  const auto values = recycled_values(1, 0);
  CHECK(same_bits(values, recycled_values(1, 0)));
  for (const auto& others : {recycled_values(1, 1), recycled_values(1, 2), recycled_values(2, 0)}) {
    for (std::size_t i = 0; i < 400; ++i) CHECK(values[i] != others[i]);  // the first layer's weights
  }
  const Network<Scalar> start(20, {Dense{20, Relu{}}, Dense{20, Relu{}}, Dense{2}}, 1);
  for (std::size_t i = 0; i < 400; ++i) CHECK(values[i] != start.values()[i]);
  for (std::size_t i = 0; i < 400; ++i) CHECK(values[i] != values[420 + i]);  // nor are two layers alike
}

TEST_CASE("the float network draws what the double one draws, rounded") {
  Network<double> net(4, {Dense{20, Relu{}}, Dense{2}}, 1);
  Network<float> rounded = net.convert<float>();
  const HealthReport report = report_of_means(1, std::vector<double>(20, 0));
  recycle(net, *optimizer_for(net), report, 0, 7);
  recycle(rounded, *optimizer_for(rounded), report, 0, 7);
  CHECK(same_bits(net.convert<float>().values(), rounded.values()));
}

// Entries of (w | b) are N(0, 0.6007²/4) but for one in [0, 1]; both parameters must make the same choice of it, so the
// row has just one entry of Beta(2, 1). The normals are small: 400 rows hold 2000 − 400 of them, mean |·| 0.24.
TEST_CASE("an initialiser that chooses among weights and bias together does so here too") {
  Network<double> net(
      4, {Dense{.units = 400, .activation = Relu{}, .weight_init = Given{std::vector<double>(1600, 0)}}, Dense{1}}, 1);
  Network<double> joint(4,
                        {Dense{.units = 400,
                               .activation = Relu{},
                               .weight_init = RandomizedAsymmetric{},
                               .bias_init = RandomizedAsymmetric{}},
                         Dense{1}},
                        1);
  const HealthReport report = report_of_means(1, std::vector<double>(400, 0));
  recycle(joint, *optimizer_for(joint), report, 0, 2);
  const RandomStream shared(1, Purpose::recycle, 0, 256 * 2 + 255);
  Matrix<double> weight(400, 4);
  Matrix<double> bias(400, 1);
  RandomizedAsymmetric{}.fill(weight, {4, 400}, RandomStream(1, Purpose::recycle, 0, 512), {shared, 0});
  RandomizedAsymmetric{}.fill(bias, {4, 400}, RandomStream(1, Purpose::recycle, 0, 513), {shared, 4});
  for (std::size_t r = 0; r < 400; ++r) {
    for (std::size_t c = 0; c < 4; ++c) CHECK(joint.parameter("layers.0.weight").value()(r, c) == weight(r, c));
    CHECK(joint.parameter("layers.0.bias").value()(r, 0) == bias(r, 0));
  }
  recycle(net, *optimizer_for(net), report, 0, 2);
  for (std::size_t i = 0; i < 1600; ++i) CHECK(net.values()[i] == 0);  // given values are where they were
}

// With He's weights and no bias z is symmetric: a unit stays silent on 300 samples with a probability of 2⁻³⁰⁰.
TEST_CASE("recycled units fire again on the probe") {
  Network<double> net(8, {Dense{200, Relu{}}, Dense{1}}, 1);
  bury_half(net);
  const auto optimizer = optimizer_for(net);
  const HealthProbe<double> probe(random_matrix<double>(8, 300, 1));
  CHECK(probe.measure(net).layers[0].dead == 100);
  CHECK(recycle(net, *optimizer, probe.measure(net), probe, 0, 0).units.size() == 100);
  const HealthReport after = probe.measure(net);
  CHECK(after.layers[0].dead == 0);
  CHECK(recycle(net, *optimizer, after, probe, 0, 1).units.empty());
}

TEST_CASE("what does not fit is refused, and nothing has changed") {
  SmallNetwork small;
  const auto optimizer = optimizer_for(small.net);
  const auto before = copy_of<double>(small.net.values());
  const auto message = [&](const HealthReport& report) {
    return error_of<ShapeError>([&] { recycle(small.net, *optimizer, report, 0, 0); });
  };
  CHECK(message(report_of_means(2, {0, 0})) ==
        "recycle: layer 2 of the report is no hidden layer of the network, which has 2 layers");
  CHECK(message(report_of_means(1, {0, 0})) ==
        "recycle: layer 1 of the report tells of 2 units, but the network's has 3; measure it with HealthProbe");
  CHECK_THROWS_AS(recycle(small.net, *optimizer, report_of_means(0, {0}), 0, 0), ShapeError);
  for (const double tau : {-0.1, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(recycle(small.net, *optimizer, small.report, tau, 0), ConfigError);
  }
  const auto unattached = OptimizerSpec(Sgd{})->build<double>();
  CHECK_THROWS_AS(recycle(small.net, *unattached, small.report, 0, 0), ShapeError);
  CHECK(same_bits(before, small.net.values()));
}

TEST_CASE("an optimiser forgets elements that it has, and no others") {
  SmallNetwork small;
  const auto optimizer = optimizer_for(small.net, Adam{});
  CHECK_NOTHROW(optimizer->forget(0, 5));
  CHECK_NOTHROW(optimizer->forget(3, 1));
  CHECK_THROWS_AS(optimizer->forget(0, 6), ShapeError);
  CHECK_THROWS_AS(optimizer->forget(4, 0), ShapeError);
  CHECK_THROWS_AS(optimizer->forget(std::numeric_limits<std::size_t>::max(), 0), ShapeError);
}

namespace {

// y = sin(2x) on 64 points of [−2, 2], learned by full batches; before the first step and every `period` steps after it
// dormant units are recycled, never with 0. Returns the loss before the last step.
double loss_after(Network<double>& net, const OptimizerSpec& spec, std::size_t steps, std::size_t period) {
  constexpr std::size_t samples = 64;
  Matrix<double> x(1, samples);
  Matrix<double> y(1, samples);
  for (std::size_t i = 0; i < samples; ++i) {
    x(0, i) = -2 + 4 * static_cast<double>(i) / (samples - 1);
    y(0, i) = std::sin(2 * x(0, i));
  }
  const auto loss = Loss<double>::from(MeanSquaredError{});
  const auto optimizer = optimizer_for(net, spec);
  const HealthProbe<double> probe(x);
  Matrix<double> dz(1, samples);
  double last = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    if (period > 0 && step % period == 0) recycle(net, *optimizer, probe.measure(net), 0, step);
    net.zero_gradients();
    const auto sums = loss->evaluate(net.forward(x.view()), {.classes = {}, .values = y.view()}, {}, 1.0 / samples, dz);
    net.backward(dz.view());
    optimizer->step(net.parameters());
    last = sums.loss / samples;
  }
  return last;
}

}  // namespace

TEST_CASE("a network with half of its units dead learns better once they are recycled") {
  const OptimizerSpec optimizers[] = {Sgd{.learning_rate = 0.05, .momentum = 0.9}, Adam{.learning_rate = 0.01}};
  for (const OptimizerSpec& optimizer : optimizers) {
    CAPTURE(optimizer.summary());
    int better = 0;
    double with_sum = 0;
    double without_sum = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      Network<double> net(1, {Dense{8, Relu{}}, Dense{8, Relu{}}, Dense{1}}, seed);
      bury_half(net);
      Network<double> twin = net;
      const double with = loss_after(net, optimizer, 600, 50);
      const double without = loss_after(twin, optimizer, 600, 0);
      with_sum += with;
      without_sum += without;
      better += with < without ? 1 : 0;
    }
    CHECK(better >= 8);
    CHECK(with_sum < without_sum / 2);
  }
}

// Every hidden unit dead: all gradients but the last bias's are 0. Zeros in the weights between two recycled layers
// would keep them so.
TEST_CASE("a network that is dead as a whole learns again when it is recycled once") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    const Dense buried{.units = 16, .activation = Relu{}};
    Network<double> net(1, {buried, buried, buried, Dense{1}}, seed);
    for (const std::size_t i : {1U, 3U, 5U}) {
      const MatrixView<double> bias = net.parameters()[i].value();
      for (std::size_t u = 0; u < 16; ++u) bias(u, 0) = -30;
    }
    Network<double> twin = net;
    const OptimizerSpec optimizer = Adam{.learning_rate = 0.01};
    CHECK(loss_after(twin, optimizer, 600, 0) > 0.4);  // the variance of the targets: sin² has the mean ½
    CHECK(loss_after(net, optimizer, 600, 600) < 0.1);
  }
}
