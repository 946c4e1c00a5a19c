// The scaled exponential linear unit of self-normalising networks.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = λ·z for z > 0, λ·α·(e^z − 1) for z ≤ 0, with λ ≈ 1.0507 and α ≈ 1.6733. Range (−1.7581, ∞).
/// φ′(z) = λ for z > 0, λ·α·e^z for z ≤ 0, so λ·α ≈ 1.7581 at 0, as in PyTorch.
/// Weights drawn with lecun_normal keep mean 0 and variance 1 from layer to layer. [Klambauer et al., NeurIPS 2017]
struct Selu {
  static constexpr std::string_view type = "selu";
  static constexpr ActivationFacts facts = {
      .formula = "λ z if z > 0, else λα(e^z − 1)",
      .where = "λ ≈ 1.0507, α ≈ 1.6733",
      .derivative = "λ for z > 0, λα e^z for z ≤ 0",
      .range = "(−1.7581, ∞)",
      .lowest = -1.7580993408473766,
      .at_kinks = "λα at 0",
      .use = "Deep networks: with weights from lecun_normal, outputs keep mean 0 and variance 1.",
      .source = "Klambauer et al., NeurIPS 2017",
  };

  // With these two constants, mean 0 and variance 1 are a fixed point of the layer's map.
  static constexpr double lambda = 1.0507009873554804934;
  static constexpr double alpha = 1.6732632423543772848;

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z > 0 ? Scalar(lambda) * z : Scalar(lambda * alpha) * math::expm1_nonpositive(z > 0 ? Scalar(0) : z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return z > 0 ? Scalar(lambda) : Scalar(lambda * alpha) * math::exp(z);
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    if (z > 0) return {};
    return {"λα·exp(z)", format.fill("{}·exp({})", {lambda * alpha, z})};
  }

  std::vector<double> kinks() const { return {0}; }
};

extern template class HINGE_API ElementwiseActivation<Selu, float>;
extern template class HINGE_API ElementwiseActivation<Selu, double>;

}  // namespace hinge
