// Hard tanh: tanh replaced by three straight lines.
#pragma once

#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = min(max(z, −1), 1). Range [−1, 1]. [Collobert, 2004]
/// φ′(z) = 1 for −1 < z < 1, else 0, also at both kinks: a unit with |z| ≥ 1 on every sample is dead.
struct HardTanh {
  static constexpr std::string_view type = "hard_tanh";
  static constexpr bool saturates = true;
  static constexpr ActivationFacts facts = {
      .formula = "min(max(z, −1), 1)",
      .derivative = "1 for −1 < z < 1, else 0",
      .range = "[−1, 1]",
      .lowest = -1,
      .highest = 1,
      .at_kinks = "0 at −1 and 1",
      .use = "tanh without exponentials. A unit with |z| ≥ 1 on every sample is dead.",
      .source = "Collobert, 2004",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    const Scalar above = z >= 1 ? Scalar(1) : z;
    return z <= -1 ? Scalar(-1) : above;
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar outside = z <= -1 || z >= 1 ? Scalar(0) : z;  // NaN stays NaN
    return z > -1 && z < 1 ? Scalar(1) : outside;
  }

  std::vector<double> kinks() const { return {-1, 1}; }
};

extern template class HINGE_API ElementwiseActivation<HardTanh, float>;
extern template class HINGE_API ElementwiseActivation<HardTanh, double>;

}  // namespace hinge
