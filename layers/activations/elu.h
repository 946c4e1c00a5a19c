// The exponential linear unit: ReLU with a smooth floor at −α.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z for z > 0, α·(e^z − 1) for z ≤ 0. Range (−α, ∞). [Clevert, Unterthiner & Hochreiter, ICLR 2016]
/// φ′(z) = 1 for z > 0, α·e^z for z ≤ 0, so α at 0, as in PyTorch. With the default α = 1 the slope has no jump.
struct Elu {
  static constexpr std::string_view type = "elu";
  static constexpr ActivationFacts facts = {
      .formula = "z if z > 0, else α(e^z − 1)",
      .where = "α = 1",
      .derivative = "1 for z > 0, α e^z for z ≤ 0",
      .range = "(−α, ∞)",
      .lowest = -1,
      .at_kinks = "α at 0",
      .use = "Where ReLU units die and smooth outputs are wanted: negative ones pull the mean of a layer towards 0.",
      .source = "Clevert, Unterthiner & Hochreiter, ICLR 2016",
  };

  double alpha = 1;

  std::vector<Option> options() {
    return {{"alpha", &alpha, Range::above(0), "minus the value that is approached below 0"}};
  }

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z > 0 ? z : Scalar(alpha) * math::expm1_nonpositive(z > 0 ? Scalar(0) : z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return z > 0 ? Scalar(1) : Scalar(alpha) * math::exp(z);
  }

  // φ′(z) in letters and in numbers, for equations.
  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const {
    if (z > 0) return {};
    return {"α·exp(z)", format.fill("{}·exp({})", {alpha, z})};
  }

  std::vector<double> kinks() const { return alpha == 1 ? std::vector<double>{} : std::vector<double>{0}; }
};

extern template class HINGE_API ElementwiseActivation<Elu, float>;
extern template class HINGE_API ElementwiseActivation<Elu, double>;

}  // namespace hinge
