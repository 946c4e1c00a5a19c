// Leaky ReLU: a ReLU with a small slope below 0, so that a unit can always come back.
#pragma once

#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z for z > 0, α·z for z ≤ 0. Range (−∞, ∞).
/// φ′(z) = 1 for z > 0, α for z < 0. At 0 there is no derivative, only a convention: 1 by default; PyTorch takes α.
/// The slope α below 0 keeps a gradient alive where ReLU has none. [Maas, Hannun & Ng, ICML 2013]
struct LeakyRelu {
  static constexpr std::string_view type = "leaky_relu";
  static constexpr ActivationFacts facts = {
      .formula = "z if z > 0, else α z",
      .where = "α = 0.01",
      .derivative = "1 for z > 0, α for z < 0",
      .range = "(−∞, ∞)",
      .at_kinks = "1 at 0",
      .use = "When hinge health shows ReLU units that die: a unit below 0 still learns, α times as fast.",
      .source = "Maas, Hannun & Ng, ICML 2013",
  };

  double alpha = 0.01;
  double derivative_at_zero = 1;

  std::vector<Option> options() {
    return {
        {"alpha", &alpha, Range::above(0), "the slope for z < 0"},
        {"derivative_at_zero", &derivative_at_zero, Range::any(), "the slope used at exactly z = 0"},
    };
  }

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z <= 0 ? Scalar(alpha) * z : z;
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar at_or_below = z < 0 ? Scalar(alpha) : z == 0 ? Scalar(derivative_at_zero) : z;
    return z > 0 ? Scalar(1) : at_or_below;
  }

  // The same for arrays, by the vector kernels.
  HINGE_API void values(const float* z, float* a, std::size_t count) const;
  HINGE_API void values(const double* z, double* a, std::size_t count) const;
  HINGE_API void chains(const float* z, const float* da, float* dz, std::size_t count) const;
  HINGE_API void chains(const double* z, const double* da, double* dz, std::size_t count) const;

  std::vector<double> kinks() const { return {0}; }
};

extern template class HINGE_API ElementwiseActivation<LeakyRelu, float>;
extern template class HINGE_API ElementwiseActivation<LeakyRelu, double>;

}  // namespace hinge
