// How far a floating-point result is from the exact one, in units in the last place.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

/// |computed − exact| in ulps of max(|exact|, scale). The ulp of a number below the normal range is the smallest
/// denormal. Equal infinities and NaN for NaN are 0 apart; anything else with a NaN or an infinity is infinitely far.
template <typename Scalar>
double ulps(Scalar computed, long double exact, long double scale = 0) {
  if (std::isnan(computed) || std::isnan(exact)) {
    return std::isnan(computed) && std::isnan(exact) ? 0 : std::numeric_limits<double>::infinity();
  }
  const auto rounded = static_cast<Scalar>(exact);
  if (std::isinf(computed) || std::isinf(rounded)) {
    return computed == rounded ? 0 : std::numeric_limits<double>::infinity();
  }
  const long double magnitude = std::max(std::fabs(exact), scale);
  const int exponent = magnitude == 0 ? std::numeric_limits<Scalar>::min_exponent : std::ilogb(magnitude) + 1;
  const int bounded = std::max(exponent, std::numeric_limits<Scalar>::min_exponent);
  const long double ulp = std::ldexp(1.0L, bounded - std::numeric_limits<Scalar>::digits);
  return static_cast<double>(std::fabs(static_cast<long double>(computed) - exact) / ulp);
}
