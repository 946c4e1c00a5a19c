// Confidence intervals of means and of differences.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "drawing/scale.h"

namespace hinge_command {

/// The t for which |T| ≤ t with probability `confidence` in (0, 1), T having Student's distribution with `freedom` ≥ 1 degrees
/// of freedom; above 1000 those of 1000. [Abramowitz & Stegun 1964, 26.7.3 and 26.7.4]
double student_t(std::size_t freedom, double confidence);

/// A share of n ≥ 1 independent samples: Wilson's interval, which stays within [0, 1]. [Wilson 1927]
Range share_interval(double share, double n, double confidence);

/// mean ± t·s·√(1/n + overlap) of n values, t with n − 1 degrees of freedom; none of less than two values. Few values have a
/// bootstrap that is too narrow, so it is t. `overlap` is 1/(K − 1) for the folds of a K-fold cross-validation, whose
/// training parts overlap, else 0. [Nadeau & Bengio 2003; Bouckaert & Frank 2004]
std::optional<Range> mean_interval(std::span<const double> values, double confidence, double overlap = 0);

/// mean(a) − mean(b) of values that are not paired: Welch's interval. If one of them is a single value, it is taken to spread
/// as the others do. None of two single values.
std::optional<Range> unpaired_interval(std::span<const double> a, std::span<const double> b, double confidence,
                                       double overlap = 0);

/// a − b of two shares of samples that are not paired. [Newcombe 1998, method 10]
Range shares_interval(double a, double of_a, double b, double of_b, double confidence);

double mean_of(std::span<const double> values);

}  // namespace hinge_command
