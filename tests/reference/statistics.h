// The little statistics that comparing two sets of runs needs.
#pragma once

#include <cstddef>
#include <vector>

/// Mean and sample standard deviation (n − 1) of some runs.
struct Sample {
  std::size_t count = 0;
  double mean = 0;
  double deviation = 0;  ///< below 0: not known

  double squared_standard_error() const {
    return deviation < 0 ? 0 : deviation * deviation / static_cast<double>(count);
  }
};

Sample summarise(const std::vector<double>& values);

/// Two-sided p of Welch's t-test: the chance of such a difference of means, or a larger one, if both were equal.
double welch_p(const Sample& a, const Sample& b);
