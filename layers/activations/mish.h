// Mish: a smooth relative of ReLU that dips below 0 like SiLU.
#pragma once

#include <cmath>

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z·tanh(softplus(z)). Range [−0.3088, ∞). [Misra, BMVC 2020]
/// φ′(z) = tanh(softplus(z)) + z·σ(z)·(1 − tanh²(softplus(z))).
///
/// With u = e^z, tanh(log(1 + u)) = (u² + 2u) / (u² + 2u + 2), and the factor of z in φ′ is 4u(1 + u) / (u² + 2u + 2)².
/// For z > 0 both are computed from v = e^−z, so that nothing overflows.
struct Mish {
  static constexpr std::string_view type = "mish";
  static constexpr ActivationFacts facts = {
      .formula = "z tanh(log(1 + e^z))",
      .derivative = "t + z σ(z)(1 − t²), t = tanh(log(1 + e^z))",
      .range = "[−0.3088, ∞)",
      .lowest = -0.30884341,
      .use = "Much like silu, at a higher cost.",
      .source = "Misra, BMVC 2020",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    const Scalar v = math::exp(-math::absolute(z));
    return above_vanishing(z) * (rise(z, v) / denominator(z, v));
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar bounded = -above_vanishing(-above_vanishing(z));
    const Scalar v = math::exp(-math::absolute(z));
    const Scalar d = denominator(z, v);
    return rise(z, v) / d + bounded * (4 * v * (z < 0 ? 1 + v : v * (1 + v)) / (d * d));
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    const double t = std::tanh(std::log1p(std::exp(z)));
    return {"t + z·σ(z)·(1 − t²)", format.fill("{} + {}·{}·{}", {t, z, math::sigmoid(z), (1 - t) * (1 + t)})};
  }

 private:
  // v is e^z below 0, e^−z above.
  template <typename Scalar>
  static Scalar rise(Scalar z, Scalar v) {
    return z < 0 ? v * (v + 2) : 1 + 2 * v;
  }
  template <typename Scalar>
  static Scalar denominator(Scalar z, Scalar v) {
    return rise(z, v) + 2 * (z < 0 ? Scalar(1) : v * v);
  }

  // For smaller z, e^z is 0 in floating point and φ is at its limit 0; the bound keeps −∞·0 from becoming NaN.
  template <typename Scalar>
  static Scalar above_vanishing(Scalar z) {
    constexpr Scalar vanished = math::detail::Ieee<Scalar>::exp_lowest;
    return z < vanished ? vanished : z;
  }
};

extern template class HINGE_API ElementwiseActivation<Mish, float>;
extern template class HINGE_API ElementwiseActivation<Mish, double>;

}  // namespace hinge
