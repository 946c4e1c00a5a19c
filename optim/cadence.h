// When a loop over epochs looks: often while the run is young, rarely when it is long.
#pragma once

#include <cstddef>

#include <hinge/core/export.h>

namespace hinge {

/// Says which epochs, counted from 1, are due. Epoch 1 always is. With every = n > 0 so are the multiples of n.
///
/// With every = 0 all epochs up to 1,000 are due, then every second up to 2,000, every fourth up to 4,000, and so on by
/// doubling: a run of n ≥ 1,000 epochs has at most 500·log₂(n / 250) of them. The last epoch of a run is for the loop
/// to add, which alone knows it.
class HINGE_API Cadence {
 public:
  explicit Cadence(std::size_t every = 0) : every_(every) {}
  bool is_due(std::size_t epoch) const;

 private:
  std::size_t every_;
};

}  // namespace hinge
