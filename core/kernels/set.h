// All kernels of the instruction set that the including source is compiled for.
#pragma once

#include <hinge/core/kernels/gemm.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/kernels/loops.h>
#include <hinge/core/kernels/normalization.h>
#include <hinge/core/kernels/optimizers.h>
#include <hinge/core/kernels/philox.h>
#include <hinge/core/kernels/remainders.h>
#include <hinge/core/kernels/transpose.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

template <typename Scalar>
constexpr hinge::kernels::Kernels<Scalar> kernels = {.gemm = gemm<Scalar>,
                                                     .gemv = gemv<Scalar>,
                                                     .add_rows = add_rows<Scalar>,
                                                     .transpose = transpose<Scalar>,
                                                     .gather = gather<Scalar>,
                                                     .relu = relu<Scalar>,
                                                     .leaky_relu = leaky_relu<Scalar>,
                                                     .relu_backward = relu_backward<Scalar>,
                                                     .sigmoid = sigmoid<Scalar>,
                                                     .sigmoid_chain = sigmoid_chain<Scalar>,
                                                     .tanh = tanh<Scalar>,
                                                     .tanh_chain = tanh_chain<Scalar>,
                                                     .exponentials = exponentials<Scalar>,
                                                     .logarithms = logarithms<Scalar>,
                                                     .add_binary_cross_entropy = add_binary_cross_entropy<Scalar>,
                                                     .add_sizes = add_sizes<Scalar>,
                                                     .add_squares = add_squares<Scalar>,
                                                     .sum_of_squares = sum_of_squares<Scalar>,
                                                     .scale = scale<Scalar>,
                                                     .add_firing = add_firing<Scalar>,
                                                     .keep_or_drop = keep_or_drop<Scalar>,
                                                     .descend = descend<Scalar>,
                                                     .descend_with_momentum = descend_with_momentum<Scalar>,
                                                     .remember_moments = remember_moments<Scalar>,
                                                     .move_by_moments = move_by_moments<Scalar>,
                                                     .rmsprop = rmsprop<Scalar>,
                                                     .adagrad = adagrad<Scalar>,
                                                     .rprop = rprop<Scalar>,
                                                     .row_statistics = row_statistics<Scalar>,
                                                     .column_statistics = column_statistics<Scalar>,
                                                     .normalize_rows = normalize_rows<Scalar>,
                                                     .normalize_columns = normalize_columns<Scalar>,
                                                     .sum_row_gradients = sum_row_gradients<Scalar>,
                                                     .sum_column_gradients = sum_column_gradients<Scalar>,
                                                     .normalize_rows_backward = normalize_rows_backward<Scalar>,
                                                     .normalize_columns_backward = normalize_columns_backward<Scalar>,
                                                     .exercise = exercise<Scalar>};

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
