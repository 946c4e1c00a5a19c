// The penalty on weights that SGD, Adam, RMSprop and Adagrad share.
#pragma once

#include <hinge/core/kernels/kernels.h>

namespace hinge {

/// The penalty of the options weight_decay and l1 on a parameter: none if it does not decay.
template <typename Scalar, typename Options>
kernels::Penalty<Scalar> penalty(const Options& options, bool decays) {
  if (!decays && !options.decay_biases) return {};
  return {static_cast<Scalar>(options.weight_decay), static_cast<Scalar>(options.l1)};
}

}  // namespace hinge
