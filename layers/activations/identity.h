// The identity: no activation at all, as on most output layers.
#pragma once

#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z, φ′(z) = 1. Range (−∞, ∞).
struct Identity {
  static constexpr std::string_view type = "identity";
  static constexpr ActivationFacts facts = {
      .formula = "z",
      .derivative = "1",
      .range = "(−∞, ∞)",
      .use = "The last layer: its outputs are values or logits, and the loss does the rest.",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z;
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return z == z ? Scalar(1) : z;
  }
};

extern template class HINGE_API ElementwiseActivation<Identity, float>;
extern template class HINGE_API ElementwiseActivation<Identity, double>;

}  // namespace hinge
