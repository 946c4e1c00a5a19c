// All kernels of the instruction set that the including source is compiled for.
#pragma once

#include <hinge/core/kernels/gemm.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/kernels/loops.h>
#include <hinge/core/kernels/normalization.h>
#ifndef HINGE_PREDICTION_ONLY
#include <hinge/core/kernels/optimizers.h>
#include <hinge/core/kernels/philox.h>
#include <hinge/core/kernels/remainders.h>
#include <hinge/core/kernels/transpose.h>
#endif

namespace HINGE_INSTRUCTION_SET {
namespace {

// Those of a prediction.
template <typename Scalar>
constexpr void set_prediction(hinge::kernels::Kernels<Scalar>& kernels) {
  kernels.gemm = gemm<Scalar>;
  kernels.gemv = gemv<Scalar>;
  kernels.relu = relu<Scalar>;
  kernels.leaky_relu = leaky_relu<Scalar>;
  kernels.sigmoid = sigmoid<Scalar>;
  kernels.tanh = tanh<Scalar>;
  kernels.exponentials = exponentials<Scalar>;
  kernels.column_statistics = column_statistics<Scalar>;
  kernels.normalize_rows = normalize_rows<Scalar>;
  kernels.normalize_columns = normalize_columns<Scalar>;
}

// hinge::predict is built with HINGE_PREDICTION_ONLY: all that it does not call is null.
#ifdef HINGE_PREDICTION_ONLY

constexpr hinge::kernels::KernelSet kernel_set(const char* name) {
  hinge::kernels::KernelSet set{.name = name};
  set_prediction(set.of_float);
  return set;
}

#else

template <typename Scalar>
constexpr void set_training(hinge::kernels::Kernels<Scalar>& kernels) {
  kernels.add_rows = add_rows<Scalar>;
  kernels.transpose = transpose<Scalar>;
  kernels.gather = gather<Scalar>;
  kernels.relu_backward = relu_backward<Scalar>;
  kernels.sigmoid_chain = sigmoid_chain<Scalar>;
  kernels.tanh_chain = tanh_chain<Scalar>;
  kernels.logarithms = logarithms<Scalar>;
  kernels.add_binary_cross_entropy = add_binary_cross_entropy<Scalar>;
  kernels.add_sizes = add_sizes<Scalar>;
  kernels.add_squares = add_squares<Scalar>;
  kernels.sum_of_squares = sum_of_squares<Scalar>;
  kernels.scale = scale<Scalar>;
  kernels.add_firing = add_firing<Scalar>;
  kernels.keep_or_drop = keep_or_drop<Scalar>;
  kernels.descend = descend<Scalar>;
  kernels.descend_with_momentum = descend_with_momentum<Scalar>;
  kernels.remember_moments = remember_moments<Scalar>;
  kernels.move_by_moments = move_by_moments<Scalar>;
  kernels.rmsprop = rmsprop<Scalar>;
  kernels.adagrad = adagrad<Scalar>;
  kernels.rprop = rprop<Scalar>;
  kernels.row_statistics = row_statistics<Scalar>;
  kernels.sum_row_gradients = sum_row_gradients<Scalar>;
  kernels.sum_column_gradients = sum_column_gradients<Scalar>;
  kernels.normalize_rows_backward = normalize_rows_backward<Scalar>;
  kernels.normalize_columns_backward = normalize_columns_backward<Scalar>;
  kernels.exercise = exercise<Scalar>;
}

constexpr hinge::kernels::KernelSet kernel_set(const char* name) {
  hinge::kernels::KernelSet set{.name = name};
  set_prediction(set.of_float);
  set_training(set.of_float);
  set_prediction(set.of_double);
  set_training(set.of_double);
  set.random_bits = random_bits;
  set.remainders = remainders;
  return set;
}

#endif

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
