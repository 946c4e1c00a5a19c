// GELU, the Gaussian error linear unit: z times the probability that a standard normal variable is below z.
#pragma once

#include <cmath>

#include <string>

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z·Φ(z), Φ being the distribution function of the standard normal distribution. Range [−0.1700, ∞).
/// φ′(z) = Φ(z) + z·e^(−z²/2)/√(2π). [Hendrycks & Gimpel, arXiv 1606.08415]
struct ExactGelu {
  static constexpr ActivationFacts facts = {
      .formula = "z Φ(z)",
      .where = "Φ: the distribution function of the standard normal distribution",
      .derivative = "Φ(z) + z e^(−z²/2) / √(2π)",
      .range = "[−0.1700, ∞)",
      .lowest = -0.16997121,
      .use = "Common in transformers; smooth, and dips below 0. The form \"tanh\" gives other numbers.",
      .source = "Hendrycks & Gimpel, arXiv 1606.08415",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    const Scalar u = math::absolute(z);
    const Scalar bell = math::exp_of_minus_half_square(u);
    const Scalar tail = math::scaled_normal_tail(u);
    // Below 0 `bell` may be denormal and have few digits, so it comes last.
    return z < 0 ? -(bounded(u) * tail) * bell : z * (1 - tail * bell);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar u = math::absolute(z);
    const Scalar bell = math::exp_of_minus_half_square(u);
    const Scalar tail = math::scaled_normal_tail(u) * bell;
    const Scalar slope_of_cdf = Scalar(0.39894228040143267794) * bell;  // 1/√(2π)
    return (z < 0 ? tail : 1 - tail) + math::copy_sign(bounded(u), z) * slope_of_cdf;
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    const double cdf = std::erfc(-z / std::sqrt(2.0)) / 2;
    const double density = 0.39894228040143267794 * std::exp(-z * z / 2);
    return {"Φ(z) + z·exp(−z²/2)/√(2π)", format.fill("{} + {}·{}", {cdf, z, density})};
  }

 private:
  // For larger u, Φ(−u) is 0 in floating point; the bound keeps ∞·0 from becoming NaN.
  template <typename Scalar>
  static Scalar bounded(Scalar u) {
    constexpr Scalar vanished = math::detail::Ieee<Scalar>::normal_tail_end;
    return u > vanished ? vanished : u;
  }
};

/// φ(z) = z/2·(1 + tanh(√(2/π)·(z + 0.044715·z³))) = z·σ(s) with s = 2√(2/π)·(z + 0.044715·z³): off by up to 5e-4.
/// φ′(z) = σ(s) + z·σ(s)·σ(−s)·ds/dz.
struct TanhGelu {
  static constexpr ActivationFacts facts = {
      .formula = "z/2 (1 + tanh(√(2/π) (z + 0.044715 z³)))",
      .derivative = "σ(s) + z σ(s) σ(−s) ds/dz, s = 2√(2/π) (z + 0.044715 z³)",
      .range = "[−0.1700, ∞)",
      .lowest = -0.17004075,
      .use = "Common in transformers; smooth, and dips below 0. Approximates the form \"none\" to 5e-4.",
      .source = "Hendrycks & Gimpel, arXiv 1606.08415",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    const Scalar b = bounded(z);
    return (z > b ? z : b) * math::sigmoid(argument(b));
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar b = bounded(z);
    const Scalar s = argument(b);
    const Scalar slope = Scalar(factor) * (1 + 3 * Scalar(cubic) * b * b);
    return math::sigmoid(s) + b * slope * (math::sigmoid(s) * math::sigmoid(-s));
  }

 private:
  static constexpr double factor = 1.59576912160573071176;  // 2√(2/π)
  static constexpr double cubic = 0.044715;

  template <typename Scalar>
  static Scalar argument(Scalar z) {
    return Scalar(factor) * (z + Scalar(cubic) * z * z * z);
  }

  // σ(s) is 0 or 1 in floating point beyond |z| = 25.
  template <typename Scalar>
  static Scalar bounded(Scalar z) {
    const Scalar below = z > 25 ? Scalar(25) : z;
    return below < -25 ? Scalar(-25) : below;
  }
};

/// GELU in one of its two forms. They give different numbers, so a network must use the one that it was trained with.
struct HINGE_API Gelu {
  static constexpr std::string_view type = "gelu";

  std::string approximate = "none";

  std::vector<Option> options() {
    return {{.name = "approximate",
             .place = &approximate,
             .meaning = "none: by the normal distribution; tanh: as z/2 (1 + tanh(√(2/π) (z + 0.044715 z³)))",
             .choices = {"none", "tanh"}}};
  }

  template <typename Scalar>
  std::unique_ptr<Activation<Scalar>> build() const {
    if (approximate == "tanh") return std::make_unique<ElementwiseActivation<TanhGelu, Scalar>>(TanhGelu{});
    return std::make_unique<ElementwiseActivation<ExactGelu, Scalar>>(ExactGelu{});
  }
};

extern template class HINGE_API ElementwiseActivation<ExactGelu, float>;
extern template class HINGE_API ElementwiseActivation<ExactGelu, double>;
extern template class HINGE_API ElementwiseActivation<TanhGelu, float>;
extern template class HINGE_API ElementwiseActivation<TanhGelu, double>;

}  // namespace hinge
