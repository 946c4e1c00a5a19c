// The logistic function.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = σ(z) = 1 / (1 + e^−z). Range (0, 1).
/// φ′(z) = σ(z)·(1 − σ(z)), computed as u / (1 + u)² with u = e^−|z|, which loses no digits if σ is close to 1.
struct Sigmoid {
  static constexpr std::string_view type = "sigmoid";
  static constexpr bool saturates = true;
  static constexpr ActivationFacts facts = {
      .formula = "σ(z) = 1 / (1 + e^−z)",
      .derivative = "σ(z)(1 − σ(z))",
      .range = "(0, 1)",
      .lowest = 0,
      .highest = 1,
      .use = "Gates and textbooks. Its slope is at most 1/4 and dies away: gradients fade from layer to layer.",
      .source = "Rumelhart, Hinton & Williams, Nature 323, 1986",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return math::sigmoid(z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return math::sigmoid_slope(z);
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    return {"a(1 − a)", format.fill("{}·{}", {math::sigmoid(z), math::sigmoid(-z)})};
  }

  // The same for arrays, by the vector kernels.
  HINGE_API void values(const float* z, float* a, std::size_t count) const;
  HINGE_API void values(const double* z, double* a, std::size_t count) const;
  HINGE_API void chains(const float* z, const float* da, float* dz, std::size_t count) const;
  HINGE_API void chains(const double* z, const double* da, double* dz, std::size_t count) const;
};

extern template class HINGE_API ElementwiseActivation<Sigmoid, float>;
extern template class HINGE_API ElementwiseActivation<Sigmoid, double>;

}  // namespace hinge
