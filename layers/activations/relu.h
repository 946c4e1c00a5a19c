// The rectified linear unit, the hinge that the framework is named after.
#pragma once

#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = max(z, 0). Range [0, ∞).
/// φ′(z) = 1 for z > 0, 0 for z < 0. At 0 there is no derivative, only a convention: 0 by default, as in PyTorch.
/// A unit with z ≤ 0 on every sample passes no gradient and cannot learn: it is dead. [Nair & Hinton, ICML 2010]
struct Relu {
  static constexpr std::string_view type = "relu";
  static constexpr ActivationFacts facts = {
      .formula = "max(z, 0)",
      .derivative = "1 for z > 0, 0 for z < 0",
      .range = "[0, ∞)",
      .lowest = 0,
      .at_kinks = "0 at 0",
      .use = "The first choice for hidden layers. A unit with z ≤ 0 on every sample is dead: hinge health.",
      .source = "Nair & Hinton, ICML 2010",
  };

  double derivative_at_zero = 0;

  std::vector<Option> options() {
    return {{"derivative_at_zero", &derivative_at_zero, Range::between(0, 1), "the slope used at exactly z = 0"}};
  }

  // The comparisons are written so that NaN fails every test and stays NaN: it must never look like a dead unit.
  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z <= 0 ? Scalar(0) : z;
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar at_or_below = z < 0 ? Scalar(0) : z == 0 ? Scalar(derivative_at_zero) : z;
    return z > 0 ? Scalar(1) : at_or_below;
  }

  // The same for arrays, by the vector kernels.
  HINGE_API void values(const float* z, float* a, std::size_t count) const;
  HINGE_API void values(const double* z, double* a, std::size_t count) const;
  HINGE_API void chains(const float* z, const float* da, float* dz, std::size_t count) const;
  HINGE_API void chains(const double* z, const double* da, double* dz, std::size_t count) const;

  std::vector<double> kinks() const { return {0}; }
};

extern template class HINGE_API ElementwiseActivation<Relu, float>;
extern template class HINGE_API ElementwiseActivation<Relu, double>;

}  // namespace hinge
