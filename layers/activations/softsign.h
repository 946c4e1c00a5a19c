// Softsign: an S-curve like tanh that approaches its limits slowly.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z / (1 + |z|). Range (−1, 1). [Bergstra et al., 2009; Glorot & Bengio, AISTATS 2010]
/// φ′(z) = 1 / (1 + |z|)².
struct Softsign {
  static constexpr std::string_view type = "softsign";
  static constexpr bool saturates = true;
  static constexpr ActivationFacts facts = {
      .formula = "z / (1 + |z|)",
      .derivative = "1 / (1 + |z|)²",
      .range = "(−1, 1)",
      .lowest = -1,
      .highest = 1,
      .use = "tanh with a slope that dies away more slowly.",
      .source = "Bergstra et al., 2009; Glorot & Bengio, AISTATS 2010",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    constexpr Scalar one_from_here = Scalar(1e30);  // a bound, so that ∞/∞ does not occur
    const Scalar size = math::absolute(z);
    const Scalar bounded = size > one_from_here ? one_from_here : size;
    return math::copy_sign(bounded / (1 + bounded), z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar base = 1 / (1 + math::absolute(z));
    return base * base;
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    return {"1/(1 + |z|)²", format.fill("1/(1 + {})²", {math::absolute(z)})};
  }
};

extern template class HINGE_API ElementwiseActivation<Softsign, float>;
extern template class HINGE_API ElementwiseActivation<Softsign, double>;

}  // namespace hinge
