// Softplus: ReLU with a rounded corner.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = log(1 + e^z). Range (0, ∞). [Dugas et al., NeurIPS 2000]
/// φ′(z) = σ(z).
struct Softplus {
  static constexpr std::string_view type = "softplus";
  static constexpr ActivationFacts facts = {
      .formula = "log(1 + e^z)",
      .derivative = "σ(z)",
      .range = "(0, ∞)",
      .lowest = 0,
      .use = "Where an output must be above 0; the smooth function whose limit is ReLU.",
      .source = "Dugas et al., NeurIPS 2000",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return math::softplus(z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return math::sigmoid(z);
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    return {"σ(z)", format.fill("σ({})", {z})};
  }
};

extern template class HINGE_API ElementwiseActivation<Softplus, float>;
extern template class HINGE_API ElementwiseActivation<Softplus, double>;

}  // namespace hinge
