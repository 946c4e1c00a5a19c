// SiLU, also called swish: a smooth relative of ReLU.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z·σ(z). Range [−0.2785, ∞). [Elfwing, Uchibe & Doya, Neural Networks 107, 2018]
/// φ′(z) = σ(z)·(1 + z·(1 − σ(z))).
struct Silu {
  static constexpr std::string_view type = "silu";
  static constexpr ActivationFacts facts = {
      .formula = "z σ(z)",
      .derivative = "σ(z)(1 + z(1 − σ(z)))",
      .range = "[−0.2785, ∞)",
      .lowest = -0.27846455,
      .use = "A smooth ReLU (also called swish): no kink; its slope is 0 at −1.28 alone, and below 0 beyond.",
      .source = "Elfwing, Uchibe & Doya, Neural Networks 107, 2018",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return above_vanishing(z) * math::sigmoid(z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar bounded = -above_vanishing(-above_vanishing(z));
    return math::sigmoid(z) * (1 + bounded * math::sigmoid(-z));
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    return {"σ(z)·(1 + z·(1 − σ(z)))", format.fill("{}·(1 + {}·{})", {math::sigmoid(z), z, math::sigmoid(-z)})};
  }

 private:
  // For smaller z, σ(z) is 0 in floating point and φ is at its limit 0; the bound keeps −∞·0 from becoming NaN.
  template <typename Scalar>
  static Scalar above_vanishing(Scalar z) {
    constexpr Scalar vanished = math::detail::Ieee<Scalar>::exp_lowest;
    return z < vanished ? vanished : z;
  }
};

extern template class HINGE_API ElementwiseActivation<Silu, float>;
extern template class HINGE_API ElementwiseActivation<Silu, double>;

}  // namespace hinge
