// Computes confidence intervals.
#include "compare/interval.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <hinge/optim/run/study.h>

namespace hinge_command {

namespace {

// P(|T| ≤ √freedom · tan(angle)).
double probability_within(double angle, std::size_t freedom) {
  const bool is_odd = freedom % 2 == 1;
  const double cosine = std::cos(angle);
  double term = is_odd ? cosine : 1;
  double sum = freedom > 1 ? term : 0;
  for (std::size_t k = is_odd ? 3 : 2; k + 2 <= freedom; k += 2) {
    term *= cosine * cosine * static_cast<double>(k - 1) / static_cast<double>(k);
    sum += term;
  }
  return is_odd ? 2 / std::numbers::pi * (angle + std::sin(angle) * sum) : std::sin(angle) * sum;
}

// The square of the standard error of the mean.
double squared_error(const hinge::Spread& spread, double deviation, double overlap) {
  return deviation * deviation * (1 / static_cast<double>(spread.count) + overlap);
}

}  // namespace

double student_t(std::size_t freedom, double confidence) {
  constexpr std::size_t hardly_normal = 1000;
  freedom = std::min(freedom, hardly_normal);
  double low = 0;
  double high = std::numbers::pi / 2;
  for (int i = 0; i < 60; ++i) {  // halves the angle's interval down to its last bit
    const double middle = (low + high) / 2;
    (probability_within(middle, freedom) < confidence ? low : high) = middle;
  }
  return std::sqrt(static_cast<double>(freedom)) * std::tan(low);
}

Range share_interval(double share, double n, double confidence) {
  const double z = student_t(1000, confidence);
  const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

std::optional<Range> mean_interval(std::span<const double> values, double confidence, double overlap) {
  if (values.size() < 2) return {};
  const hinge::Spread spread = hinge::spread_of(values);
  const double half =
      student_t(values.size() - 1, confidence) * std::sqrt(squared_error(spread, *spread.deviation, overlap));
  return Range{spread.mean - half, spread.mean + half};
}

std::optional<Range> unpaired_interval(std::span<const double> a, std::span<const double> b, double confidence,
                                       double overlap) {
  if (a.empty() || b.empty() || a.size() + b.size() < 3) return {};
  const hinge::Spread of_a = hinge::spread_of(a);
  const hinge::Spread of_b = hinge::spread_of(b);
  const double va = squared_error(of_a, of_a.deviation ? *of_a.deviation : *of_b.deviation, overlap);
  const double vb = squared_error(of_b, of_b.deviation ? *of_b.deviation : *of_a.deviation, overlap);
  double freedom = static_cast<double>(std::max(a.size(), b.size()) - 1);
  if (of_a.deviation && of_b.deviation && va + vb > 0) {
    freedom = (va + vb) * (va + vb) /
              (va * va / static_cast<double>(a.size() - 1) + vb * vb / static_cast<double>(b.size() - 1));
  }
  const double half = student_t(static_cast<std::size_t>(std::max(1.0, freedom)), confidence) * std::sqrt(va + vb);
  return Range{of_a.mean - of_b.mean - half, of_a.mean - of_b.mean + half};
}

Range shares_interval(double a, double of_a, double b, double of_b, double confidence) {
  const Range range_a = share_interval(a, of_a, confidence);
  const Range range_b = share_interval(b, of_b, confidence);
  return {a - b - std::hypot(a - range_a.low, range_b.high - b), a - b + std::hypot(range_a.high - a, b - range_b.low)};
}

double mean_of(std::span<const double> values) { return hinge::spread_of(values).mean; }

}  // namespace hinge_command
