// The mean absolute error.
#pragma once

#include <hinge/layers/loss.h>

namespace hinge {

/// Mean absolute error: lᵢ = (1/K)·Σₖ |oₖ − yₖ|, ∂lᵢ/∂o = sign(o − y)/K, and 0 where o = y. Its minimum is the median, so
/// a few wild targets do not move it.
struct HINGE_API MeanAbsoluteError {
  static constexpr std::string_view type = "mae";
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

}  // namespace hinge
