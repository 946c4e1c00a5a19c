#include <doctest/doctest.h>

#include <limits>

#include <hinge/core/error.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/optim/health.h>

#include "../support/random_matrix.h"

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
