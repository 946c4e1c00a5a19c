// The negative log-likelihood of counts.
#pragma once

#include <hinge/layers/loss.h>

namespace hinge {

/// Poisson loss: an output is the log of the rate of a count y, so λ = exp(o), and lᵢ = (1/K)·Σₖ [exp(oₖ) − yₖ·oₖ],
/// ∂lᵢ/∂o = (exp(o) − y)/K. That is −log P(y | λ) without log y!, which no weight changes. Targets are K values ≥ 0 and
/// need not be whole, such as counts per hour. They are never scaled; predictions are rates. exp overflows beyond an
/// output of 88 in single precision and 709 in double. [McCullagh & Nelder, Generalized Linear Models, 1989, chapter 6]
struct HINGE_API Poisson {
  static constexpr std::string_view type = "poisson";
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

}  // namespace hinge
