#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <hinge/core/math.h>

#include "support/ulp.h"

using namespace hinge;

namespace {

// Walks a range in steps that visit every binade and, by an odd stride through the bit patterns, all mantissas.
template <typename Scalar, typename Visit>
void visit_numbers(Scalar lowest, Scalar highest, const Visit& visit) {
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits stride = sizeof(Scalar) == 4 ? Bits(40009) : Bits(180143985094819);
  const auto from = [&](Scalar magnitude_limit, Scalar sign) {
    for (Bits bits = 0; bits <= std::bit_cast<Bits>(magnitude_limit); bits += stride) {
      visit(sign * std::bit_cast<Scalar>(bits));
    }
  };
  if (highest > 0) from(highest, Scalar(1));
  if (lowest < 0) from(-lowest, Scalar(-1));
}

template <typename Scalar, typename Function, typename Exact>
double worst_ulps(Scalar lowest, Scalar highest, const Function& function, const Exact& exact) {
  double worst = 0;
  visit_numbers(lowest, highest,
                [&](Scalar x) { worst = std::max(worst, ulps(function(x), exact(static_cast<long double>(x)))); });
  return worst;
}

template <typename Scalar>
constexpr Scalar inf = std::numeric_limits<Scalar>::infinity();
template <typename Scalar>
constexpr Scalar nan_of = std::numeric_limits<Scalar>::quiet_NaN();

}  // namespace

// The bounds are those that core/math.h promises; the truth is the C library in long double (64-bit mantissa).
TEST_CASE_TEMPLATE("exp, log and their relatives keep their promised accuracy", Scalar, float, double) {
  constexpr Scalar most = std::numeric_limits<Scalar>::max();
  CHECK(worst_ulps<Scalar>(
            -800, 800, [](Scalar x) { return math::exp(x); }, [](long double x) { return expl(x); }) <= 1);
  CHECK(worst_ulps<Scalar>(
            -800, 0, [](Scalar x) { return math::expm1_nonpositive(x); }, [](long double x) { return expm1l(x); }) <=
        2);
  CHECK(worst_ulps<Scalar>(
            0, most, [](Scalar x) { return math::log(x); }, [](long double x) { return logl(x); }) <= 1);
  CHECK(worst_ulps<Scalar>(
            0, 1, [](Scalar x) { return math::log1p_unit(x); }, [](long double x) { return log1pl(x); }) <= 2);
  CHECK(worst_ulps<Scalar>(
            -most, most, [](Scalar x) { return math::tanh(x); }, [](long double x) { return tanhl(x); }) <= 3);
  CHECK(worst_ulps<Scalar>(
            -most, most, [](Scalar x) { return math::sigmoid(x); }, [](long double x) { return 1 / (1 + expl(-x)); }) <=
        3);
  CHECK(worst_ulps<Scalar>(
            -most, most, [](Scalar x) { return math::softplus(x); },
            [](long double x) { return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x)); }) <= 3);
  CHECK(worst_ulps<Scalar>(
            0, 50, [](Scalar x) { return math::exp_of_minus_half_square(x); },
            [](long double x) { return expl(-x * x / 2); }) <= 2);
  CHECK(worst_ulps<Scalar>(
            0, sizeof(Scalar) == 4 ? 15 : 39, [](Scalar x) { return math::scaled_normal_tail(x); },
            [](long double x) { return expl(x * x / 2) * erfcl(x / sqrtl(2)) / 2; }) <= 3);
  constexpr auto quarter_pi = Scalar(0.78539816339744830962);
  CHECK(worst_ulps<Scalar>(
            -quarter_pi, quarter_pi, [](Scalar x) { return math::sin_octant(x); },
            [](long double x) { return sinl(x); }) <= 1);
}

// A rounding of base^(2^n) is squared with it, so that in base^exponent they weigh as much as exponent − 1 roundings. Each
// is at most one ulp of a result just below a power of two, and half an ulp above it.
TEST_CASE_TEMPLATE("powers are right to as many ulps as their exponent", Scalar, float, double) {
  for (const Scalar base : {Scalar(0.1), Scalar(0.5), Scalar(0.95), Scalar(0.999), Scalar(-0.7), Scalar(1.1)}) {
    CAPTURE(base);
    CHECK(math::power(base, 0) == 1);
    CHECK(math::power(base, 1) == base);
    for (unsigned exponent = 2; exponent <= 30; ++exponent) {
      CAPTURE(exponent);
      long double exact = 1;
      for (unsigned i = 0; i < exponent; ++i) exact *= static_cast<long double>(base);
      CHECK(ulps(math::power(base, exponent), exact) <= exponent);
    }
  }
  CHECK(math::power(Scalar(2), 100) == std::ldexp(Scalar(1), 100));
  CHECK(math::power(Scalar(0), 0) == 1);
  CHECK(math::power(Scalar(0.5), std::numeric_limits<std::uint64_t>::max()) == 0);
  CHECK(math::power(Scalar(1), std::numeric_limits<std::uint64_t>::max()) == 1);
}

TEST_CASE_TEMPLATE("functions reach their limits at zero and infinity, and keep NaN", Scalar, float, double) {
  CHECK(math::exp(Scalar(0)) == 1);
  CHECK(math::exp(inf<Scalar>) == inf<Scalar>);
  CHECK(math::exp(-inf<Scalar>) == 0);
  CHECK(math::log(Scalar(1)) == 0);
  CHECK(math::log(Scalar(0)) == -inf<Scalar>);
  CHECK(math::log(inf<Scalar>) == inf<Scalar>);
  CHECK(std::isnan(math::log(Scalar(-1))));
  CHECK(math::tanh(inf<Scalar>) == 1);
  CHECK(math::tanh(-inf<Scalar>) == -1);
  CHECK(std::signbit(math::tanh(Scalar(-0.0))));
  CHECK(math::sigmoid(Scalar(0)) == Scalar(0.5));
  CHECK(math::sigmoid(inf<Scalar>) == 1);
  CHECK(math::sigmoid(-inf<Scalar>) == 0);
  CHECK(math::softplus(-inf<Scalar>) == 0);
  CHECK(math::softplus(inf<Scalar>) == inf<Scalar>);
  for (const Scalar result :
       {math::exp(nan_of<Scalar>), math::log(nan_of<Scalar>), math::tanh(nan_of<Scalar>), math::sigmoid(nan_of<Scalar>),
        math::softplus(nan_of<Scalar>), math::expm1_nonpositive(nan_of<Scalar>), math::absolute(nan_of<Scalar>),
        math::sin_octant(nan_of<Scalar>), math::power(nan_of<Scalar>, 3)}) {
    CHECK(std::isnan(result));
  }
}

TEST_CASE("beside using namespace hinge, exp, log and tanh without a qualifier are still the C library's") {
  CHECK(exp(1.0) == std::exp(1.0));
  CHECK(log(2.0) == std::log(2.0));
  CHECK(tanh(0.5) == std::tanh(0.5));
}
