// Squared errors: their mean, and the halves of many textbooks.
#pragma once

#include <hinge/layers/loss.h>

namespace hinge {

/// Mean squared error: lᵢ = (1/K)·Σₖ (oₖ − yₖ)², ∂lᵢ/∂o = (2/K)·(o − y), over K outputs (docs/backprop.md, eq. 10).
struct HINGE_API MeanSquaredError {
  static constexpr std::string_view type = "mse";
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Half the squared error, summed over outputs and samples: lᵢ = ½·Σₖ (oₖ − yₖ)², ∂lᵢ/∂o = o − y. The form of many
/// textbooks (docs/backprop.md, eq. 9). A sum, not a mean: the gradient grows with the batch.
struct HINGE_API HalfSquaredSum {
  static constexpr std::string_view type = "half_squared_sum";
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Half the squared error, summed over outputs, averaged over samples: lᵢ = ½·Σₖ (oₖ − yₖ)², ∂lᵢ/∂o = o − y. The same as
/// HalfSquaredSum for a single sample, but the size of a step does not depend on the batch (docs/backprop.md, eq. 9).
struct HINGE_API HalfSquaredMean {
  static constexpr std::string_view type = "half_squared_mean";
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

}  // namespace hinge
