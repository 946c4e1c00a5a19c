#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/random.h>
#include <hinge/layers/activations.h>

#include "../support/random_matrix.h"
#include "../support/ulp.h"

using namespace hinge;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<ActivationSpec> all_activations() {
  std::vector<ActivationSpec> specs;
  const auto known = standard_activations();
  for (const std::string& name : known.names()) specs.push_back(known.find(name));
  specs.push_back(Relu{.derivative_at_zero = 0.5});
  specs.push_back(LeakyRelu{.alpha = 0.3, .derivative_at_zero = 0.3});
  return specs;
}

// φ and φ′ in long double, straight from their definitions.
struct Truth {
  const char* name;
  long double (*value)(long double);
  long double (*derivative)(long double);
};

long double sigma(long double z) { return 1 / (1 + expl(-z)); }

const Truth truths[] = {
    {"identity", [](long double z) { return z; }, [](long double) { return 1.0L; }},
    {"relu", [](long double z) { return z > 0 ? z : 0; }, [](long double z) { return z > 0 ? 1.0L : 0.0L; }},
    {"leaky_relu", [](long double z) { return z > 0 ? z : 0.01L * z; },
     [](long double z) { return z >= 0 ? 1.0L : 0.01L; }},
    {"sigmoid", sigma, [](long double z) { return sigma(z) * sigma(-z); }},
    {"silu", [](long double z) { return z * sigma(z); }, [](long double z) { return sigma(z) * (1 + z * sigma(-z)); }},
    {"tanh", [](long double z) { return tanhl(z); }, [](long double z) { return 1 / (coshl(z) * coshl(z)); }},
};

}  // namespace

TEST_CASE("relu and leaky relu take their documented values, above, below and at the kink") {
  struct Row {
    ActivationSpec activation;
    double z;
    double value;
    double derivative;
  };
  const double tiny = std::numeric_limits<double>::denorm_min();
  const std::vector<Row> rows = {
      {Relu{}, 2, 2, 1},
      {Relu{}, -2, 0, 0},
      {Relu{}, 0.0, 0, 0},
      {Relu{}, -0.0, 0, 0},
      {Relu{.derivative_at_zero = 0.5}, 0, 0, 0.5},
      {Relu{.derivative_at_zero = 1}, -0.0, 0, 1},
      {Relu{}, tiny, tiny, 1},
      {Relu{}, -tiny, 0, 0},
      {Relu{}, inf, inf, 1},
      {Relu{}, -inf, 0, 0},
      {LeakyRelu{}, 2, 2, 1},
      {LeakyRelu{}, -2, -0.02, 0.01},
      {LeakyRelu{}, 0, 0, 1},
      {LeakyRelu{.derivative_at_zero = 0.01}, 0, 0, 0.01},
      {LeakyRelu{.alpha = 0.25}, -2, -0.5, 0.25},
      {LeakyRelu{.alpha = 2}, -3, -6, 2},
      {LeakyRelu{}, -inf, -inf, 0.01},
      {LeakyRelu{}, inf, inf, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.activation.summary());
    CAPTURE(row.z);
    CHECK(row.activation->build<double>()->value(row.z) == row.value);
    CHECK(row.activation->build<double>()->derivative(row.z) == row.derivative);
    const auto single = row.activation->build<float>();
    const auto z = static_cast<float>(row.z);
    if (z != 0 || row.z == 0) {  // the double denormal is 0 in float
      CHECK(single->value(z) == static_cast<float>(row.value));
      CHECK(single->derivative(z) == static_cast<float>(row.derivative));
    }
  }
}

// 4 ulps of max(|value|, scale). The scale is 1 where a value crosses zero or is a sum of larger terms: silu′ passes 0
// near z = −1.28. Domain: |z| ≤ 80, beyond which float values vanish or are linear.
TEST_CASE_TEMPLATE("every activation and derivative is within 4 ulp of its definition", Scalar, float, double) {
  const auto known = standard_activations();
  CHECK(known.names().size() == std::size(truths));
  for (const Truth& truth : truths) {
    const auto activation = known.find(truth.name)->build<Scalar>();
    const bool silu = std::string(truth.name) == "silu";
    double worst_value = 0;
    double worst_slope = 0;
    for (int i = -40000; i <= 40000; ++i) {
      const auto z = static_cast<Scalar>(i * 0.00199 + 1e-7);
      const auto exact = static_cast<long double>(z);
      worst_value = std::max(worst_value, ulps(activation->value(z), truth.value(exact)));
      worst_slope = std::max(worst_slope, ulps(activation->derivative(z), truth.derivative(exact), silu ? 1 : 0));
    }
    CAPTURE(truth.name);
    CHECK(worst_value <= 4);
    CHECK(worst_slope <= 4);
  }
}

TEST_CASE_TEMPLATE("arrays and scalars give the same bits, at every position and in place", Scalar, float, double) {
  for (const ActivationSpec& spec : all_activations()) {
    CAPTURE(spec.summary());
    const auto activation = spec->build<Scalar>();
    for (const std::size_t batch : {1U, 2U, 3U, 7U, 8U, 31U, 64U}) {
      Matrix<Scalar> z = random_matrix<Scalar>(3, batch + 2, batch);
      z(1, 0) = 0;
      const auto view = z.view().columns(0, batch);
      Matrix<Scalar> a(3, batch);
      Matrix<Scalar> slope(3, batch);
      Matrix<Scalar> dz(3, batch);
      const Matrix<Scalar> da = random_matrix<Scalar>(3, batch, 99);
      activation->value(view, a);
      activation->derivative(view, slope);
      activation->chain(view, da, dz);
      for (std::size_t r = 0; r < 3; ++r) {
        for (std::size_t c = 0; c < batch; ++c) {
          REQUIRE(a(r, c) == activation->value(z(r, c)));
          REQUIRE(slope(r, c) == activation->derivative(z(r, c)));
          REQUIRE(dz(r, c) == da(r, c) * slope(r, c));
        }
      }
      activation->value(view, view);
      for (std::size_t c = 0; c < batch; ++c) REQUIRE(z(2, c) == a(2, c));
    }
  }
}

TEST_CASE_TEMPLATE("NaN passes through every activation and derivative", Scalar, float, double) {
  for (const ActivationSpec& spec : all_activations()) {
    CAPTURE(spec.summary());
    const auto activation = spec->build<Scalar>();
    CHECK(std::isnan(activation->value(std::numeric_limits<Scalar>::quiet_NaN())));
    CHECK(std::isnan(activation->derivative(std::numeric_limits<Scalar>::quiet_NaN())));
  }
}

TEST_CASE_TEMPLATE("smooth activations reach their limits at infinity", Scalar, float, double) {
  constexpr Scalar infinite = std::numeric_limits<Scalar>::infinity();
  struct Row {
    ActivationSpec activation;
    double below, above, slope_below, slope_above;
  };
  for (const Row& row : std::vector<Row>{{Sigmoid{}, 0, 1, 0, 0}, {Tanh{}, -1, 1, 0, 0}, {Silu{}, 0, inf, 0, 1}}) {
    CAPTURE(row.activation.summary());
    const auto activation = row.activation->template build<Scalar>();
    CHECK(static_cast<double>(activation->value(-infinite)) == row.below);
    CHECK(static_cast<double>(activation->value(infinite)) == row.above);
    CHECK(static_cast<double>(activation->derivative(-infinite)) == row.slope_below);
    CHECK(static_cast<double>(activation->derivative(infinite)) == row.slope_above);
  }
}

TEST_CASE("the cache is the z of the last forward, and backward may be called again") {
  const auto relu = ActivationSpec(Relu{})->build<double>();
  CHECK(relu->cached_input().empty());
  const Matrix<double> z = random_matrix<double>(2, 4, 1);
  Matrix<double> a(2, 4);
  relu->forward(z, a);
  CHECK(relu->cached_input().data == z.view().data);
  Matrix<double> da(2, 4);
  for (double& x : da.elements()) x = 3;
  Matrix<double> dz(2, 4);
  for (int call = 0; call < 2; ++call) {
    relu->backward(da, dz);
    for (std::size_t i = 0; i < 8; ++i) CHECK(dz.elements()[i] == (z.elements()[i] > 0 ? 3 : 0));
  }
}

namespace {

// What an application writes to add an activation of its own.
struct Quadratic {
  static constexpr std::string_view type = "quadratic";
  double scale = 1;
  std::vector<Option> options() { return {{"scale", &scale, Range::above(0), "factor of z²"}}; }
  template <typename Scalar>
  Scalar value(Scalar z) const {
    return Scalar(scale) * z * z;
  }
  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return 2 * Scalar(scale) * z;
  }
};

}  // namespace

TEST_CASE("an application adds an activation with one struct and one line") {
  auto activations = standard_activations();
  activations.add(Quadratic{});
  ActivationSpec spec = activations.find("quadratic");
  set_option(spec.held(), "scale", 3);
  CHECK(spec.summary() == "quadratic(scale=3)");
  CHECK(spec->build<float>()->value(2.0F) == 12);
  CHECK(spec->build<double>()->derivative(2.0) == 12);
  CHECK(spec->build<double>()->kinks().empty());
}
