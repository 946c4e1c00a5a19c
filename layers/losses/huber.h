// Huber's loss: squared for small errors, absolute for large ones.
#pragma once

#include <hinge/layers/loss.h>

namespace hinge {

/// Huber's loss, squared near 0 and absolute beyond δ: lᵢ = (1/K)·Σₖ h(oₖ − yₖ) with h(e) = ½e² for |e| ≤ δ, else
/// δ·(|e| − ½δ); ∂lᵢ/∂o = max(−δ, min(o − y, δ))/K. [Huber, Annals of Mathematical Statistics 35, 1964]
struct HINGE_API Huber {
  static constexpr std::string_view type = "huber";
  double delta = 1;
  std::vector<Option> options() {
    return {{"delta", &delta, Range::above(0), "the error from which on the loss is linear"}};
  }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

}  // namespace hinge
