// When a loop over epochs looks: often while the run is young, rarely when it is long.
#pragma once

#include <cstddef>

namespace hinge {

/// Says which epochs, counted from 1, are due. Epoch 1 always is. With every = n > 0 so are the multiples of n.
///
/// With every = 0 all epochs up to 1,000 are due, then every second up to 2,000, every fourth up to 4,000, and so on by
/// doubling: a run of n ≥ 1,000 epochs has at most 500·log₂(n / 250) of them. The last epoch of a run is for the loop
/// to add, which alone knows it.
class Cadence {
 public:
  explicit Cadence(std::size_t every = 0) : every_(every) {}

  bool is_due(std::size_t epoch) const {
    if (epoch <= 1) return true;
    if (every_ > 0) return epoch % every_ == 0;
    std::size_t stride = 1;
    // Divided, not multiplied: no epoch is too large. Each bound, 1,000·stride, is a multiple of the next stride.
    while ((epoch - 1) / stride >= 1000) stride *= 2;
    return epoch % stride == 0;
  }

 private:
  std::size_t every_;
};

}  // namespace hinge
