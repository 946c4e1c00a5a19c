// Means and quartiles of numbers.
#pragma once

#include <cstddef>
#include <span>

#include <hinge/core/export.h>

namespace hinge {

/// The mean of the numbers so far; 0 before the first. A sum of large numbers could overflow; this cannot.
class RunningMean {
 public:
  void add(double x) {
    const double weight = 1.0 / static_cast<double>(++count_);
    mean_ = (1 - weight) * mean_ + weight * x;
  }
  double mean() const { return mean_; }
  std::size_t count() const { return count_; }

 private:
  double mean_ = 0;
  std::size_t count_ = 0;
};

struct Quartiles {
  double lower = 0;
  double median = 0;
  double upper = 0;
};

/// The values below which a quarter, a half and three quarters of the numbers lie, linear between two of them. Takes
/// linear time and reorders the values: at least one, no NaN.
HINGE_API Quartiles quartiles(std::span<double> values);
HINGE_API double median(std::span<double> values);

}  // namespace hinge
