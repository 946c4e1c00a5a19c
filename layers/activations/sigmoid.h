// The logistic function.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge::inline HINGE_ABI {

/// φ(z) = σ(z) = 1 / (1 + e^−z). Range (0, 1).
/// φ′(z) = σ(z)·(1 − σ(z)), computed as u / (1 + u)² with u = e^−|z|, which loses no digits where σ is close to 1.
struct Sigmoid {
  static constexpr std::string_view type = "sigmoid";
  static constexpr bool saturates = true;

  std::vector<Option> options() { return {}; }

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return math::sigmoid(z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar u = math::exp(-math::absolute(z));
    return u / ((1 + u) * (1 + u));
  }
};

extern template class HINGE_API ElementwiseActivation<Sigmoid, float>;
extern template class HINGE_API ElementwiseActivation<Sigmoid, double>;

}  // namespace hinge::inline HINGE_ABI
