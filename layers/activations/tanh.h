// The hyperbolic tangent.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = tanh z. Range (−1, 1).
/// φ′(z) = 1 − tanh² z, computed as 4u / (1 + u)² with u = e^−2|z|, which loses no digits if tanh is close to ±1.
struct Tanh {
  static constexpr std::string_view type = "tanh";
  static constexpr bool saturates = true;
  static constexpr ActivationFacts facts = {
      .formula = "tanh z",
      .derivative = "1 − tanh² z",
      .range = "(−1, 1)",
      .lowest = -1,
      .highest = 1,
      .use = "Small smooth networks, with weights from xavier_normal. Saturates far from 0.",
      .source = "LeCun et al., Efficient BackProp, 1998",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return math::tanh(z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return math::tanh_slope(z);
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    return {"(1 − a)(1 + a)", format.fill("{}·{}", {2 * math::sigmoid(-2 * z), 2 * math::sigmoid(2 * z)})};
  }

  // The same for arrays, by the vector kernels.
  HINGE_API void values(const float* z, float* a, std::size_t count) const;
  HINGE_API void values(const double* z, double* a, std::size_t count) const;
  HINGE_API void chains(const float* z, const float* da, float* dz, std::size_t count) const;
  HINGE_API void chains(const double* z, const double* da, double* dz, std::size_t count) const;
};

extern template class HINGE_API ElementwiseActivation<Tanh, float>;
extern template class HINGE_API ElementwiseActivation<Tanh, double>;

}  // namespace hinge
