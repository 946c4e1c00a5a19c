// Welch's t-test, from the incomplete beta function.
#include "statistics.h"

#include <cmath>

namespace {

// The continued fraction of the incomplete beta function I_x(a, b), summed from the front by Lentz's method.
// [Abramowitz & Stegun 26.5.8]
double beta_fraction(double x, double a, double b) {
  constexpr double tiny = 1e-300;
  const auto away_from_zero = [](double value) { return std::abs(value) < tiny ? tiny : value; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m < 500; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double term : {even, odd}) {
      d = 1 / away_from_zero(1 + term * d);
      c = away_from_zero(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (std::abs(change - 1) < 1e-15) break;
  }
  return fraction;
}

double incomplete_beta(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it, the symmetric form does.
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(1 - x, b, a);
  const double log_front = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(log_front) * beta_fraction(x, a, b) / a;
}

}  // namespace

Sample summarise(const std::vector<double>& values) {
  Sample sample{.count = values.size()};
  for (const double value : values) sample.mean += value;
  sample.mean /= static_cast<double>(values.size());  // equal values have exactly their mean
  double squares = 0;
  for (const double value : values) squares += (value - sample.mean) * (value - sample.mean);
  sample.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return sample;
}

double welch_p(const Sample& a, const Sample& b) {
  const double va = a.squared_standard_error();
  const double vb = b.squared_standard_error();
  if (va + vb == 0) return a.mean == b.mean ? 1 : 0;
  const double t2 = (a.mean - b.mean) * (a.mean - b.mean) / (va + vb);
  const double freedom =
      (va + vb) * (va + vb) / (va * va / static_cast<double>(a.count - 1) + vb * vb / static_cast<double>(b.count - 1));
  return incomplete_beta(freedom / (freedom + t2), freedom / 2, 0.5);
}
