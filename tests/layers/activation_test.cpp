#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/random.h>
#include <hinge/layers/activations/activations.h>

#include "support/random_matrix.h"
#include "support/ulp.h"

using namespace hinge;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<ActivationSpec> all_activations() {
  std::vector<ActivationSpec> specs;
  const auto known = standard_activations();
  for (const std::string& name : known.names()) specs.push_back(known.find(name));
  specs.push_back(Relu{.derivative_at_zero = 0.5});
  specs.push_back(LeakyRelu{.alpha = 0.3, .derivative_at_zero = 0.3});
  specs.push_back(Elu{.alpha = 0.5});
  specs.push_back(Gelu{.approximate = "tanh"});
  return specs;
}

// φ and φ′ in long double, straight from their definitions. Errors are counted in ulps of max(|exact|, scale). The
// scale is 0, so the error is relative, but for
//   - slopes that pass 0 as a sum of larger terms: 1;
//   - GELU by tanh, whose exponent is a rounded polynomial, of which the exponential magnifies the rounding: 1.
struct Truth {
  ActivationSpec activation;
  long double (*value)(long double);
  long double (*derivative)(long double);
  double value_scale = 0;
  double derivative_scale = 0;
};

long double sigma(long double z) { return 1 / (1 + expl(-z)); }
long double normal_cdf(long double z) { return erfcl(-z / sqrtl(2)) / 2; }
long double normal_density(long double z) { return expl(-z * z / 2) / sqrtl(2 * acosl(-1)); }
long double gelu_argument(long double z) { return sqrtl(8 / acosl(-1)) * (z + 0.044715L * z * z * z); }
// tanh(log(1 + u)), u = e^z, without the cancellation of 1 + u near 1
long double mish_factor(long double z) { return tanhl(log1pl(expl(z))); }
constexpr long double selu_lambda = 1.0507009873554804934L;
constexpr long double selu_below = 1.0507009873554804934L * 1.6732632423543772848L;

const std::vector<Truth>& truths() {
  using Real = long double;
  static const std::vector<Truth> all = {
      {Identity{}, [](Real z) { return z; }, [](Real) { return 1.0L; }},
      {Relu{}, [](Real z) { return z > 0 ? z : 0; }, [](Real z) { return z > 0 ? 1.0L : 0.0L; }},
      {LeakyRelu{}, [](Real z) { return z > 0 ? z : 0.01L * z; }, [](Real z) { return z >= 0 ? 1.0L : 0.01L; }},
      {Elu{.alpha = 0.75}, [](Real z) { return z > 0 ? z : 0.75L * expm1l(z); },
       [](Real z) { return z > 0 ? 1 : 0.75L * expl(z); }},
      {PRelu{.alpha = 0.75}, [](Real z) { return z > 0 ? z : 0.75L * z; }, [](Real z) { return z > 0 ? 1 : 0.75L; }},
      {Selu{}, [](Real z) { return z > 0 ? selu_lambda * z : selu_below * expm1l(z); },
       [](Real z) { return z > 0 ? selu_lambda : selu_below * expl(z); }},
      {Gelu{}, [](Real z) { return z * normal_cdf(z); }, [](Real z) { return normal_cdf(z) + z * normal_density(z); },
       0, 1},
      {Gelu{.approximate = "tanh"}, [](Real z) { return z * sigma(gelu_argument(z)); },
       [](Real z) {
         const Real slope = sqrtl(8 / acosl(-1)) * (1 + 3 * 0.044715L * z * z);
         return sigma(gelu_argument(z)) + z * slope * sigma(gelu_argument(z)) * sigma(-gelu_argument(z));
       },
       1, 1},
      {Sigmoid{}, sigma, [](Real z) { return sigma(z) * sigma(-z); }},
      {Silu{}, [](Real z) { return z * sigma(z); }, [](Real z) { return sigma(z) * (1 + z * sigma(-z)); }, 0, 1},
      {Mish{}, [](Real z) { return z * mish_factor(z); },
       [](Real z) { return mish_factor(z) + z * sigma(z) * (1 - mish_factor(z)) * (1 + mish_factor(z)); }, 0, 1},
      {Softplus{}, [](Real z) { return log1pl(expl(z)); }, sigma},
      {Softsign{}, [](Real z) { return z / (1 + fabsl(z)); },
       [](Real z) { return 1 / ((1 + fabsl(z)) * (1 + fabsl(z))); }},
      {Tanh{}, [](Real z) { return tanhl(z); }, [](Real z) { return 1 / (coshl(z) * coshl(z)); }},
      {HardSigmoid{}, [](Real z) { return fminl(fmaxl((z + 3) / 6, 0), 1); },
       [](Real z) { return fabsl(z) < 3 ? 1 / 6.0L : 0.0L; }},
      {HardSwish{}, [](Real z) { return z * fminl(fmaxl((z + 3) / 6, 0), 1); },
       [](Real z) { return z <= -3  ? 0
                           : z >= 3 ? 1
                                    : (2 * z + 3) / 6; }},
      {HardTanh{}, [](Real z) { return fminl(fmaxl(z, -1), 1); }, [](Real z) { return fabsl(z) < 1 ? 1.0L : 0.0L; }},
  };
  return all;
}

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
      {PRelu{}, 2, 2, 1},
      {PRelu{}, -2, -0.5, 0.25},
      {PRelu{.alpha = -1}, -2, 2, -1},
      {PRelu{}, 0, 0, 1},
      {PRelu{.derivative_at_zero = 0.25}, -0.0, 0, 0.25},
      {PRelu{}, -inf, -inf, 0.25},
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

// Domain: |z| ≤ 80, beyond which float values vanish or are linear.
TEST_CASE_TEMPLATE("every activation and derivative is within 4 ulp of its definition", Scalar, float, double) {
  for (const std::string& name : standard_activations().names()) {
    CHECK_MESSAGE(
        std::any_of(truths().begin(), truths().end(), [&](const Truth& t) { return t.activation.type() == name; }),
        name);
  }
  for (const Truth& truth : truths()) {
    const auto activation = truth.activation->template build<Scalar>();
    double worst_value = 0;
    double worst_slope = 0;
    for (int i = -40000; i <= 40000; ++i) {
      const auto z = static_cast<Scalar>(i * 0.00199 + 1e-7);
      const auto exact = static_cast<long double>(z);
      worst_value = std::max(worst_value, ulps(activation->value(z), truth.value(exact), truth.value_scale));
      worst_slope =
          std::max(worst_slope, ulps(activation->derivative(z), truth.derivative(exact), truth.derivative_scale));
    }
    CAPTURE(truth.activation.summary());
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

TEST_CASE_TEMPLATE("bounded and curved activations reach their limits at infinity", Scalar, float, double) {
  constexpr Scalar infinite = std::numeric_limits<Scalar>::infinity();
  struct Row {
    ActivationSpec activation;
    double below, above, slope_below, slope_above;
  };
  for (const Row& row : std::vector<Row>{{Sigmoid{}, 0, 1, 0, 0},
                                         {Tanh{}, -1, 1, 0, 0},
                                         {Silu{}, 0, inf, 0, 1},
                                         {Elu{.alpha = 0.5}, -0.5, inf, 0, 1},
                                         {Selu{}, -Selu::lambda * Selu::alpha, inf, 0, Selu::lambda},
                                         {Gelu{}, 0, inf, 0, 1},
                                         {Gelu{.approximate = "tanh"}, 0, inf, 0, 1},
                                         {Mish{}, 0, inf, 0, 1},
                                         {Softplus{}, 0, inf, 0, 1},
                                         {Softsign{}, -1, 1, 0, 0},
                                         {HardSigmoid{}, 0, 1, 0, 0},
                                         {HardSwish{}, 0, inf, 0, 1},
                                         {HardTanh{}, -1, 1, 0, 0}}) {
    CAPTURE(row.activation.summary());
    const auto activation = row.activation->template build<Scalar>();
    CHECK(activation->value(-infinite) == static_cast<Scalar>(row.below));
    CHECK(activation->value(infinite) == static_cast<Scalar>(row.above));
    CHECK(activation->derivative(-infinite) == static_cast<Scalar>(row.slope_below));
    CHECK(activation->derivative(infinite) == static_cast<Scalar>(row.slope_above));
  }
}

// At and around the points where a formula changes, and where numbers are hardly there.
TEST_CASE_TEMPLATE("activations take their exact values at special points", Scalar, float, double) {
  const double tiny = std::numeric_limits<Scalar>::denorm_min();
  const double huge = std::numeric_limits<Scalar>::max();
  const double sixth = static_cast<double>(Scalar(1) / 6);
  struct Row {
    ActivationSpec activation;
    double z, value, derivative;
  };
  for (const Row& row : std::vector<Row>{
           {Elu{.alpha = 0.5}, 0, 0, 0.5},
           {Elu{.alpha = 0.5}, -0.0, 0, 0.5},
           {Elu{}, tiny, tiny, 1},
           {Elu{}, -tiny, -tiny, 1},
           {Elu{}, huge, huge, 1},
           {Elu{}, -huge, -1, 0},
           {Gelu{}, huge, huge, 1},
           {Gelu{}, -huge, 0, 0},
           {Gelu{.approximate = "tanh"}, 0, 0, 0.5},
           {Gelu{.approximate = "tanh"}, huge, huge, 1},
           {Gelu{.approximate = "tanh"}, -huge, 0, 0},
           {Silu{}, 0, 0, 0.5},
           {Silu{}, huge, huge, 1},
           {Silu{}, -huge, 0, 0},
           {Mish{}, huge, huge, 1},
           {Mish{}, -huge, 0, 0},
           {Softplus{}, huge, huge, 1},
           {Softplus{}, -huge, 0, 0},
           {Softsign{}, 0, 0, 1},
           {Softsign{}, -3, -0.75, 0.0625},
           {Softsign{}, tiny, tiny, 1},
           {Softsign{}, huge, 1, 0},
           {HardSigmoid{}, 0, 0.5, sixth},
           {HardSigmoid{}, 3, 1, 0},
           {HardSigmoid{}, -3, 0, 0},
           {HardSigmoid{}, huge, 1, 0},
           {HardSwish{}, 0, 0, 0.5},
           {HardSwish{}, 3, 3, 1},
           {HardSwish{}, -3, 0, 0},
           {HardSwish{}, -huge, 0, 0},
           {HardTanh{}, 0.5, 0.5, 1},
           {HardTanh{}, 1, 1, 0},
           {HardTanh{}, -1, -1, 0},
           {HardTanh{}, tiny, tiny, 1},
       }) {
    CAPTURE(row.activation.summary());
    CAPTURE(row.z);
    const auto activation = row.activation->template build<Scalar>();
    CHECK(static_cast<double>(activation->value(static_cast<Scalar>(row.z))) == row.value);
    CHECK(static_cast<double>(activation->derivative(static_cast<Scalar>(row.z))) == row.derivative);
  }
  // PyTorch's slopes at 0, to the digits that its documentation of the formulas gives.
  CHECK(ActivationSpec(Selu{})->template build<double>()->derivative(0.0) == doctest::Approx(1.7580993408));
  CHECK(ActivationSpec(Mish{})->template build<double>()->derivative(0.0) == doctest::Approx(0.6));
  CHECK(ActivationSpec(Gelu{})->template build<Scalar>()->value(Scalar(0)) == 0);
  CHECK(static_cast<double>(ActivationSpec(Gelu{})->template build<Scalar>()->derivative(Scalar(0))) ==
        doctest::Approx(0.5).epsilon(4 * std::numeric_limits<Scalar>::epsilon()));
}

TEST_CASE("kinks are where the slope jumps") {
  struct Row {
    ActivationSpec activation;
    std::vector<double> kinks;
  };
  for (const Row& row : std::vector<Row>{{Relu{}, {0}},
                                         {Elu{}, {}},
                                         {Elu{.alpha = 0.5}, {0}},
                                         {Selu{}, {0}},
                                         {Gelu{}, {}},
                                         {HardSigmoid{}, {-3, 3}},
                                         {HardSwish{}, {-3, 3}},
                                         {HardTanh{}, {-1, 1}}}) {
    CAPTURE(row.activation.summary());
    CHECK(row.activation->build<double>()->kinks() == row.kinks);
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
