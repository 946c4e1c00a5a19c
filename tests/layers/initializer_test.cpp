#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/initializer.h>

#include "../support/throws.h"

using namespace hinge;

namespace {

constexpr Fans fans{300, 100};

Matrix<double> filled(const InitializerSpec& spec) {
  Matrix<double> w(fans.out, fans.in);
  spec->fill(w, fans, RandomStream(1, Purpose::user));
  return w;
}

double mean(const Matrix<double>& w) {
  double sum = 0;
  for (const double x : w.elements()) sum += x;
  return sum / static_cast<double>(w.elements().size());
}

double variance(const Matrix<double>& w) {
  const double center = mean(w);
  double sum = 0;
  for (const double x : w.elements()) sum += (x - center) * (x - center);
  return sum / static_cast<double>(w.elements().size());
}

template <typename Predicate>
void check_each(const InitializerSpec& spec, const Predicate& holds) {
  const Matrix<double> w = filled(spec);
  for (const double x : w.elements()) CHECK(holds(x));
}

}  // namespace

// n = 30,000. The mean of n draws of variance v has the standard error √(v/n); the sample variance is off by v·√(2/n)
// for a normal and less for a uniform distribution. Bounds are 5 of these.
TEST_CASE("random initialisers have the mean and variance of their formula") {
  struct Row {
    InitializerSpec initializer;
    double mean;
    double variance;
  };
  const std::vector<Row> rows = {
      {HeNormal{}, 0, 2.0 / 300},
      {HeUniform{}, 0, 2.0 / 300},
      {XavierNormal{}, 0, 2.0 / 400},
      {XavierUniform{}, 0, 2.0 / 400},
      {LecunNormal{}, 0, 1.0 / 300},
      {LecunUniform{}, 0, 1.0 / 300},
      {Normal{.mean = 2, .stddev = 3}, 2, 9},
      {Uniform{.low = -1, .high = 3}, 1, 16.0 / 12},
  };
  constexpr double n = 30'000;
  for (const Row& row : rows) {
    CAPTURE(row.initializer.summary());
    const Matrix<double> w = filled(row.initializer);
    CHECK(std::abs(mean(w) - row.mean) < 5 * std::sqrt(row.variance / n));
    CHECK(std::abs(variance(w) - row.variance) < 5 * row.variance * std::sqrt(2 / n));
  }
}

TEST_CASE("uniform initialisers stay within their limits") {
  const double limit = std::sqrt(6.0 / 300);
  check_each(HeUniform{}, [&](double x) { return std::abs(x) <= limit; });
  check_each(Uniform{.low = 2, .high = 2}, [&](double x) { return x == 2; });
  CHECK(error_of<ConfigError>([] { filled(Uniform{.low = 1, .high = 0}); }) == "uniform: low must not be above high");
}

TEST_CASE("zeros, constants and given values are what they say, row by row") {
  check_each(Zeros{}, [&](double x) { return x == 0; });
  check_each(Constant{-1.5}, [&](double x) { return x == -1.5; });
  Matrix<double> w(2, 3);
  InitializerSpec(Given{{1, 2, 3, 4, 5, 6}})->fill(w, {3, 2}, RandomStream(0, Purpose::user));
  CHECK((w(0, 2) == 3 && w(1, 0) == 4));
  CHECK(error_of<ShapeError>([&] {
          InitializerSpec(Given{{1, 2}})->fill(w, {}, RandomStream(0, Purpose::user));
        }) == "given: 2 values for a parameter of 2 x 3 = 6");
}
