// Hard sigmoid: the logistic function replaced by three straight lines.
#pragma once

#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = min(max((z + 3)/6, 0), 1). Range [0, 1]. The slope is that of PyTorch and of mobile networks
/// [Howard et al., ICCV 2019]; the form of BinaryConnect, (z + 1)/2, and that of older Keras, 0.2·z + 0.5, are steeper.
/// φ′(z) = 1/6 for −3 < z < 3, else 0, also at both kinks: a unit with |z| ≥ 3 on every sample is dead.
struct HardSigmoid {
  static constexpr std::string_view type = "hard_sigmoid";
  static constexpr bool saturates = true;
  static constexpr ActivationFacts facts = {
      .formula = "min(max((z + 3)/6, 0), 1)",
      .derivative = "1/6 for −3 < z < 3, else 0",
      .range = "[0, 1]",
      .lowest = 0,
      .highest = 1,
      .at_kinks = "0 at −3 and 3",
      .use = "A gate without exponentials. A unit with |z| ≥ 3 on every sample is dead.",
      .source = "Courbariaux, Bengio & David, NeurIPS 2015; this slope: Howard et al., ICCV 2019",
  };

  template <typename Scalar>
  Scalar value(Scalar z) const {
    const Scalar above = z >= 3 ? Scalar(1) : (z + 3) / 6;
    return z <= -3 ? Scalar(0) : above;
  }

  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    const Scalar outside = z <= -3 || z >= 3 ? Scalar(0) : z;  // NaN stays NaN
    return z > -3 && z < 3 ? Scalar(1) / 6 : outside;
  }

  std::vector<double> kinks() const { return {-3, 3}; }
};

extern template class HINGE_API ElementwiseActivation<HardSigmoid, float>;
extern template class HINGE_API ElementwiseActivation<HardSigmoid, double>;

}  // namespace hinge
