// The hyperbolic tangent.
#pragma once

#include <hinge/core/math.h>
#include <hinge/layers/activation.h>

namespace hinge::inline HINGE_ABI {

/// φ(z) = tanh z. Range (−1, 1).
/// φ′(z) = 1 − tanh² z, computed as 4u / (1 + u)² with u = e^−2|z|, which loses no digits where tanh is close to ±1.
struct Tanh {
  static constexpr std::string_view type = "tanh";
  static constexpr bool saturates = true;

  std::vector<Option> options() { return {}; }

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return math::tanh(z);
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar u = math::exp(-2 * math::absolute(z));
    return 4 * u / ((1 + u) * (1 + u));
  }
};

extern template class HINGE_API ElementwiseActivation<Tanh, float>;
extern template class HINGE_API ElementwiseActivation<Tanh, double>;

}  // namespace hinge::inline HINGE_ABI
