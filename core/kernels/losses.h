// The losses of one output over many samples. No multiply-adds: the bits are those of every set.
#pragma once

#include <hinge/core/kernels/loops.h>
#include <hinge/core/math.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

template <typename Scalar>
void add_binary_cross_entropy(const Scalar* o, const Scalar* y, Scalar positive_weight, const Scalar* factors,
                              Scalar* losses, Scalar* dz, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar positive = positive_weight * y[i];
    const Scalar both = (1 - y[i]) + positive;  // exactly 1 without a weight
    // both·softplus(o) − positive·o, with the large parts subtracted first.
    losses[i] += (both * (o[i] < 0 ? Scalar(0) : o[i]) - positive * o[i]) +
                 both * math::log1p_unit(math::exp(-math::absolute(o[i])));
    if (dz != nullptr) dz[i] = factors[i] * (both * math::sigmoid(o[i]) - positive);
  }
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
