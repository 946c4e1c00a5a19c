#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/health/probe.h>

#include "support/random_matrix.h"

using namespace hinge;

namespace {

// 200 hidden units with bias −10 on N(0, 1) inputs: z is about N(−10, 2), so none is ever positive.
template <typename Scalar>
HealthReport report_of_buried_network(const ActivationSpec& activation) {
  Network<Scalar> net(8, {Dense{.units = 200, .activation = activation, .bias_init = Constant{-10}}, Dense{1}}, 1);
  return HealthProbe<Scalar>(random_matrix<Scalar>(8, 300, 1)).measure(net);
}

}  // namespace

TEST_CASE_TEMPLATE("a network with bias −10 is dead, its leaky twin only one-sided", Scalar, float, double) {
  const HealthReport relu = report_of_buried_network<Scalar>(Relu{});
  CHECK(relu.samples == 300);
  REQUIRE(relu.layers.size() == 1);
  CHECK(relu.layers[0].layer == 1);
  CHECK(relu.layers[0].dead_fraction() == 1);
  CHECK(relu.layers[0].one_sided_fraction() == 1);

  const HealthReport leaky = report_of_buried_network<Scalar>(LeakyRelu{});
  CHECK(leaky.layers[0].dead_fraction() == 0);
  CHECK(leaky.layers[0].one_sided_fraction() == 1);

  const HealthReport smooth = report_of_buried_network<Scalar>(Tanh{});
  CHECK(smooth.layers[0].dead_fraction() == 0);
}

// Units: w = 1 fires where x > 0, w = −1 where x < 0, w = 0 with bias 0 sits on the kink, bias −5 never fires.
TEST_CASE("dead means a slope of zero on every sample, whatever the convention at the kink") {
  Matrix<double> x(1, 3);
  x(0, 0) = 1;
  x(0, 1) = 2;
  x(0, 2) = 3;
  const auto count = [&](const ActivationSpec& activation, std::size_t chunk) {
    Network<double> net(1, {Dense{.units = 4,
                                  .activation = activation,
                                  .weight_init = Given{{1, -1, 0, 1}},
                                  .bias_init = Given{{0, 2.5, 0, -5}}},
                            Dense{1}});
    return HealthProbe<double>(x, chunk).measure(net).layers[0];
  };
  for (const std::size_t chunk : {1U, 2U, 3U, 100U}) {
    CHECK(count(Relu{}, chunk).dead == 2);
    CHECK(count(Relu{}, chunk).one_sided == 2);
    CHECK(count(Relu{.derivative_at_zero = 1}, chunk).dead == 1);
    CHECK(count(Relu{.derivative_at_zero = 1}, chunk).one_sided == 2);
    CHECK(count(LeakyRelu{}, chunk).dead == 0);
  }
}

TEST_CASE("units that are not finite are counted apart, and never as dead") {
  Network<double> net(
      1, {Dense{.units = 3, .activation = Relu{}, .bias = false, .weight_init = Given{{-1, 1, 1}}}, Dense{1}});
  Matrix<double> x(1, 2);
  x(0, 0) = 1;
  x(0, 1) = 2;
  net.values()[1] = std::numeric_limits<double>::quiet_NaN();
  net.values()[2] = -std::numeric_limits<double>::infinity();
  const LayerHealth health = HealthProbe<double>(x).measure(net).layers[0];
  CHECK(health.non_finite == 2);
  CHECK(health.dead == 1);
  CHECK(health.one_sided == 1);
  CHECK(health.dormant == 1);  // though ReLU makes a 0 of -infinity, too
}

// GELU and SiLU fall from 0 to their smallest value and rise from there: slopes below 0.
TEST_CASE("a slope below 0 is a slope") {
  for (const ActivationSpec& activation : std::vector<ActivationSpec>{Gelu{}, Silu{}}) {
    Network<double> net(
        1, {Dense{.units = 1, .activation = activation, .weight_init = Zeros{}, .bias_init = Constant{-2}}, Dense{1}});
    CHECK(HealthProbe<double>(random_matrix<double>(1, 5, 1)).measure(net).layers[0].dead == 0);
  }
}

TEST_CASE("every layer but the last is reported, with or without an activation of its own") {
  Network<double> net(2, {Dense{3}, ActivationLayer{Relu{}}, Dense{4, Relu{}}, Dense{1, Relu{}}}, 1);
  const HealthReport report = HealthProbe<double>(random_matrix<double>(2, 50, 1)).measure(net);
  REQUIRE(report.layers.size() == 3);
  CHECK((report.layers[0].units == 3 && report.layers[0].dead == 0 && report.layers[0].one_sided == 0));
  CHECK((report.layers[2].layer == 3 && report.layers[2].units == 4));
  Network<double> single(2, {Dense{1}}, 1);
  CHECK(HealthProbe<double>(random_matrix<double>(2, 5, 1)).measure(single).layers.empty());
}

TEST_CASE("measuring does not change the network, and an empty probe is refused") {
  Network<double> net(2, {Dense{3, Relu{}}, Dense{1}}, 1);
  const Matrix<double> x = random_matrix<double>(2, 5, 1);
  const Matrix<double> before = net.predict(x);
  HealthProbe<double>(random_matrix<double>(2, 50, 2), 7).measure(net);
  const Matrix<double> after = net.predict(x);
  for (std::size_t i = 0; i < 5; ++i) CHECK(after(0, i) == before(0, i));
  CHECK_THROWS_AS(HealthProbe<double>(Matrix<double>(2, 0)), DataError);
}

TEST_CASE("the summary names only what is wrong") {
  CHECK(summary(HealthReport{}) == "not measured");
  CHECK(summary(HealthReport{.samples = 9, .layers = {{.layer = 1, .units = 4}}}) == "all units alive");
  CHECK(summary(HealthReport{
            .samples = 9,
            .layers = {{.layer = 1, .units = 64, .dead = 3, .one_sided = 3},
                       {.layer = 2, .units = 8, .one_sided = 2, .one_sided_alive = 2, .non_finite = 1}}}) ==
        "layer 1 of 64 units: 3 dead (4.69 %); layer 2 of 8 units: 1 not finite, 2 one-sided");
}

// σ′ rounds to 0 in double where |z| > 746: unit 0 is dead above, unit 1 dead below, unit 2 one-sided and alive.
TEST_CASE("a unit may be dead without being one-sided, and one-sided without being dead") {
  Network<double> net(
      1, {Dense{.units = 3, .activation = Sigmoid{}, .weight_init = Zeros{}, .bias_init = Given{{800, -800, -1}}},
          Dense{1}});
  const LayerHealth health = HealthProbe<double>(random_matrix<double>(1, 5, 1)).measure(net).layers[0];
  CHECK(health.dead == 2);
  CHECK(health.one_sided == 2);
  CHECK(health.one_sided_alive == 1);
}

TEST_CASE("a layer without an activation has no dead and no one-sided units") {
  Network<double> net(1, {Dense{.units = 2, .weight_init = Zeros{}, .bias_init = Constant{-1}}, Dense{1}});
  const LayerHealth health = HealthProbe<double>(random_matrix<double>(1, 5, 1)).measure(net).layers[0];
  CHECK((health.dead == 0 && health.one_sided == 0 && health.one_sided_alive == 0));
}

// z = w·x + b on x = 1 … 200: unit 0 fires always, unit 1 never, unit 2 on the last sample alone, unit 3 on two of them,
// unit 4 on half.
TEST_CASE("firing is counted sample by sample, whatever the chunk") {
  Matrix<double> x(1, 200);
  for (std::size_t i = 0; i < 200; ++i) x(0, i) = static_cast<double>(i + 1);
  for (const ActivationSpec& activation : std::vector<ActivationSpec>{Relu{}, LeakyRelu{}, Tanh{}}) {
    for (const std::size_t chunk : {7U, 200U}) {
      Network<double> net(1, {Dense{.units = 5,
                                    .activation = activation,
                                    .weight_init = Constant{1},
                                    .bias_init = Given{{0, -200, -199.5, -198, -100}}},
                              Dense{1}});
      const LayerHealth health = HealthProbe<double>(x, chunk).measure(net).layers[0];
      const std::vector<std::size_t> fires = {200, 0, 1, 2, 100};
      for (std::size_t u = 0; u < 5; ++u) CHECK(health.each[u].fires == fires[u]);
      CHECK(health.always_on == 1);
      CHECK(health.rare == 1);  // 1 of 200 is below 1 %, 2 of 200 is not
      CHECK(health.one_sided == 1);
      CHECK(health.firing_rates == RateQuantiles{0, 0.005, 0.01, 0.5, 1});
      CHECK(health.each[4].largest_z == 100);
      CHECK(health.input_norm == doctest::Approx(std::sqrt(201.0 * 401 / 6)));  // Σi²/n = (n + 1)(2n + 1)/6
    }
  }
}

// Mean activations 1, 0.1 and 0.025 of unit 0 and their bounds: m = (8 + 0.8 + 0.2 + 0) / 4 = 2.25, 0.1·m = 0.225.
TEST_CASE("a dormant unit is a silent one beside its layer") {
  Matrix<double> x(1, 2);
  x(0, 0) = x(0, 1) = 1;
  Network<double> net(1, {Dense{.units = 4, .activation = LeakyRelu{}, .weight_init = Given{{8, 0.8, -20, 0}}},
                          Dense{.units = 1, .weight_init = Given{{0, 1, 1, 0.5}}}});
  HealthReport report = HealthProbe<double>(x).measure(net);
  CHECK(report.layers[0].mean_activation == doctest::Approx(2.25));
  CHECK(report.layers[0].dormant == 2);
  CHECK(report.layers[0].deeply_dormant == 1);
  CHECK(report.layers[0].gradient_dormant == 0);  // not measured without targets

  Batch<double> batch(1, 1, 2);
  copy(x.view(), batch.inputs());
  const auto loss = LossSpec(HalfSquaredSum{})->build<double>();
  net.gradients()[0] = 7;
  report = HealthProbe<double>(std::move(batch), *loss).measure(net);
  // dz = w₂·o·φ′ with o = 0.8 − 0.2: 0, 0.6, 0.006, 0.3 (the slope at 0 is 1); their mean is 0.2265.
  CHECK(report.layers[0].each[1].mean_gradient == doctest::Approx(0.6));
  CHECK(report.layers[0].each[2].mean_gradient == doctest::Approx(0.006));
  CHECK(report.layers[0].gradient_dormant == 1);
  CHECK(net.gradients()[0] == 0);
}

// Five means of 9.42, 0.3, 0.18, 0.06 and 0.04 add up to 10, so m = 2, 0.1·m = 0.2 and 0.025·m = 0.05.
TEST_CASE("the two shares of the mean below which a unit is dormant are 0.1 and 0.025") {
  Matrix<double> x(1, 1);
  x(0, 0) = 1;
  Network<double> net(
      1, {Dense{.units = 5, .activation = Relu{}, .weight_init = Given{{9.42, 0.3, 0.18, 0.06, 0.04}}}, Dense{1}});
  const LayerHealth health = HealthProbe<double>(x).measure(net).layers[0];
  CHECK(health.dormant == 3);
  CHECK(health.deeply_dormant == 1);
}

TEST_CASE("gradients are added up over all chunks, each sample with its own weight") {
  const auto loss = LossSpec(HalfSquaredSum{})->build<double>();
  const auto gradient_of = [&](std::size_t chunk) {
    Batch<double> batch(1, 1, 4, true);
    for (std::size_t i = 0; i < 4; ++i) {
      batch.inputs()(0, i) = static_cast<double>(i + 1);
      batch.weights()[i] = static_cast<double>(1 << i);
    }
    Network<double> net(1, {Dense{.units = 1, .activation = Relu{}, .weight_init = Constant{1}},
                            Dense{.units = 1, .weight_init = Constant{1}}});
    return HealthProbe<double>(std::move(batch), *loss, chunk).measure(net).layers[0].each[0].mean_gradient;
  };
  // The targets are 0, so dz = wᵢ·xᵢ: (1·1 + 2·2 + 4·3 + 8·4) / 4.
  for (const std::size_t chunk : {1U, 3U, 4U}) CHECK(gradient_of(chunk) == 12.25);
}

TEST_CASE("bounded units saturate where their slope is below a hundredth of the steepest") {
  // σ′(z)/σ′(0) is 0.0104 at 5.95 and 0.0099 at 6; tanh′ is 0.0099 at 3 and 0.0106 at 2.965.
  struct Row {
    ActivationSpec activation;
    double bias;
    std::size_t saturated;
  };
  for (const Row& row : std::vector<Row>{{Sigmoid{}, 6, 1},
                                         {Sigmoid{}, -6, 1},
                                         {Sigmoid{}, 5.95, 0},
                                         {Tanh{}, 3, 1},
                                         {Tanh{}, 2.965, 0},
                                         {LeakyRelu{.alpha = 0.001}, -1, 0},
                                         {HardTanh{}, 2, 0}}) {  // dead, not saturated
    Network<double> net(
        1, {Dense{.units = 1, .activation = row.activation, .weight_init = Zeros{}, .bias_init = Constant{row.bias}},
            Dense{1}});
    CAPTURE(row.activation.summary());
    CAPTURE(row.bias);
    const LayerHealth health = HealthProbe<double>(random_matrix<double>(1, 5, 1)).measure(net).layers[0];
    CHECK(health.saturated == row.saturated);
    CHECK(health.dead == (row.activation.type() == HardTanh::type ? 1 : 0));
  }
}

TEST_CASE("the margin is how far the hinge lies off the data") {
  CHECK(UnitHealth{.one_sided = true, .largest_z = -6, .weight_norm = 3}.margin().value() == 2);
  CHECK(!UnitHealth{.one_sided = false, .largest_z = 6, .weight_norm = 3}.margin().has_value());
  CHECK(!UnitHealth{.one_sided = true, .largest_z = -6, .weight_norm = 0}.margin().has_value());
  CHECK(!UnitHealth{.finite = false, .one_sided = true, .largest_z = -6, .weight_norm = 3}.margin().has_value());
  CHECK(rate_bound(300) == doctest::Approx(0.01));

  Network<double> net(
      2, {Dense{.units = 1, .activation = Relu{}, .weight_init = Given{{3, 4}}, .bias_init = Constant{-20}}, Dense{1}});
  Matrix<double> x(2, 2);
  x(0, 0) = 1;
  x(1, 1) = 2;
  const UnitHealth unit = HealthProbe<double>(x).measure(net).layers[0].each[0];
  CHECK(unit.weight_norm == 5);
  CHECK(unit.largest_z == -12);
  CHECK(unit.margin().value() == doctest::Approx(2.4));
}

TEST_CASE("the slope of a single unit is not taken for a weight") {
  Network<double> net(1, {ActivationLayer{PRelu{}}, Dense{1}});
  CHECK(HealthProbe<double>(random_matrix<double>(1, 5, 1)).measure(net).layers[0].each[0].weight_norm == 0);
}

TEST_CASE("a collapse is measured: outputs that are the same on all samples") {
  const Matrix<double> x = random_matrix<double>(2, 50, 1);
  const auto is_constant = [&](double bias) {
    Network<double> net(2, {Dense{.units = 8, .activation = Relu{}, .bias_init = Constant{bias}}, Dense{3}}, 1);
    return HealthProbe<double>(x).measure(net).output_is_constant;
  };
  CHECK(is_constant(-100));
  CHECK(!is_constant(0));
  Network<double> nearly(2, {Dense{.units = 1, .weight_init = Constant{1e-5}, .bias_init = Constant{1}}});
  CHECK(!HealthProbe<double>(x).measure(nearly).output_is_constant);
  CHECK(!HealthProbe<double>(random_matrix<double>(2, 1, 1)).measure(nearly).output_is_constant);  // of one sample
  Network<double> cut(2, {Dense{.units = 2, .activation = Relu{}, .bias_init = Constant{-100}}}, 1);
  CHECK(HealthProbe<double>(x).measure(cut).dead_outputs == 2);
  CHECK(HealthProbe<double>(x).measure(cut).largest_input > 1);
}

TEST_CASE("dropout has no units of its own, and does not drop where health is looked at") {
  const auto measure = [](std::vector<LayerSpec> layers) {
    Network<double> net(2, std::move(layers), 1);
    return HealthProbe<double>(random_matrix<double>(2, 50, 1)).measure(net);
  };
  const HealthReport with = measure({Dense{5, Relu{}}, Dropout{.rate = 0.9}, Dense{4, Relu{}}, Dense{1}});
  REQUIRE(with.layers.size() == 2);
  CHECK(with.layers[1].layer == 3);
  const HealthReport without = measure({Dense{5, Relu{}}, ActivationLayer{Identity{}}, Dense{4, Relu{}}, Dense{1}});
  CHECK(with.layers[0].mean_activation == without.layers[0].mean_activation);
}

TEST_CASE("each unit of a PReLU has its own slope when health is measured") {
  Network<double> net(
      1, {Dense{.units = 2, .activation = PRelu{.alpha = 0, .per_unit = true}, .bias_init = Constant{-9}}, Dense{1}});
  net.parameter("layers.0.alpha").value()(1, 0) = 0.5;
  Matrix<double> x(1, 3);
  const LayerHealth health = HealthProbe<double>(x).measure(net).layers[0];
  CHECK(health.dead == 1);
  CHECK(health.each[0].dead);
  CHECK(health.one_sided == 2);
}
