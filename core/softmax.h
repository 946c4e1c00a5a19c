// The sums of a softmax, over a block of samples side by side: so loops over a block are vector code, and its scratch fits
// on the stack.
#pragma once

#include <array>
#include <cstddef>

#include <hinge/core/matrix.h>

namespace hinge {

inline constexpr std::size_t block_size = 64;

/// A number for each sample of a block.
template <typename Scalar>
using BlockRow = std::array<Scalar, block_size>;

/// The largest output of each sample; NaN only if the first one is.
template <typename Scalar>
BlockRow<Scalar> column_maxima(const MatrixView<const Scalar>& outputs);

/// Σₖ exp(oₖ − shift) of each sample. Each exponential is written to `exponentials` unless that is empty; it may be
/// `outputs` itself.
template <typename Scalar>
BlockRow<Scalar> sum_of_exponentials(const MatrixView<const Scalar>& outputs, const BlockRow<Scalar>& shift,
                                     const MatrixView<Scalar>& exponentials);

}  // namespace hinge
