// Hard swish: SiLU with the logistic function replaced by the hard sigmoid.
#pragma once

#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z·min(max((z + 3)/6, 0), 1). Range [−0.375, ∞). [Howard et al., ICCV 2019]
/// φ′(z) = 0 for z ≤ −3, (2z + 3)/6 between, 1 for z ≥ 3.
struct HardSwish {
  static constexpr std::string_view type = "hard_swish";
  static constexpr ActivationFacts facts = {
      .formula = "z min(max((z + 3)/6, 0), 1)",
      .derivative = "0 for z ≤ −3, (2z + 3)/6 between, 1 for z ≥ 3",
      .range = "[−0.375, ∞)",
      .lowest = -0.375,
      .at_kinks = "0 at −3, 1 at 3",
      .use = "silu without exponentials. A unit with z ≤ −3 on every sample is dead.",
      .source = "Howard et al., ICCV 2019",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    const Scalar above = z >= 3 ? z : z * ((z + 3) / 6);
    return z <= -3 ? Scalar(0) : above;
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar above = z >= 3 ? Scalar(1) : (2 * z + 3) / 6;
    return z <= -3 ? Scalar(0) : above;
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    if (!(z > -3 && z < 3)) return {};
    return {"(2·z + 3)/6", format.fill("(2·{} + 3)/6", {z})};
  }

  std::vector<double> kinks() const { return {-3, 3}; }
};

extern template class HINGE_API ElementwiseActivation<HardSwish, float>;
extern template class HINGE_API ElementwiseActivation<HardSwish, double>;

}  // namespace hinge
