// Loops over arrays that the compilers turn into vectors by themselves. No multiply-adds: the bits are those of every set.
#pragma once

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/kernels/simd.h>

// Element i depends on element i of the inputs only, also where input and output are the same memory.
#if defined(__clang__)
#define HINGE_INDEPENDENT _Pragma("clang loop vectorize(enable)")
#else
#define HINGE_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace HINGE_INSTRUCTION_SET {
namespace {

using hinge::kernels::Adam;
using hinge::kernels::Descent;
using hinge::kernels::Penalty;

template <typename Scalar>
void relu(const Scalar* z, Scalar* a, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) a[i] = z[i] <= 0 ? Scalar(0) : z[i];
}

template <typename Scalar>
void leaky_relu(const Scalar* z, Scalar* a, std::size_t count, Scalar below) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) a[i] = z[i] <= 0 ? below * z[i] : z[i];
}

template <typename Scalar>
void bent_chain(const Scalar* z, const Scalar* da, Scalar* dz, std::size_t count, Scalar below, Scalar at_zero) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar at_or_below = z[i] < 0 ? below : z[i] == 0 ? at_zero : z[i];
    dz[i] = da[i] * (z[i] > 0 ? Scalar(1) : at_or_below);
  }
}

template <typename Scalar>
Scalar sum(const Scalar* row, std::size_t count) {
  constexpr std::size_t lanes = 8;
  Scalar sums[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    HINGE_UNROLL
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += row[i + lane];
  }
  for (std::size_t lane = 0; i < count; ++i, ++lane) sums[lane] += row[i];
  HINGE_UNROLL
  for (std::size_t half = lanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

// l2·p + l1·sign(p)
template <typename Scalar>
HINGE_SIMD Scalar pull(const Penalty<Scalar>& penalty, Scalar p) {
  const Scalar sign = (p > 0 ? Scalar(1) : Scalar(0)) - (p < 0 ? Scalar(1) : Scalar(0));
  return penalty.l2 * p + penalty.l1 * sign;
}

template <typename Scalar>
void descend(const Descent<Scalar>& d, const Scalar* gradient, Scalar* value, std::size_t count) {
  const Descent<Scalar> o = d;
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) value[i] -= o.rate * (gradient[i] + pull(o.penalty, value[i]));
}

template <typename Scalar>
void descend_with_momentum(const Descent<Scalar>& d, const Scalar* gradient, Scalar* velocity, Scalar* value,
                           std::size_t count) {
  const Descent<Scalar> o = d;
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar g = gradient[i] + pull(o.penalty, value[i]);
    const Scalar v = o.momentum * velocity[i] + o.fresh * g;
    velocity[i] = v;
    value[i] -= o.rate * (o.own * g + o.ahead * v);
  }
}

template <typename Scalar>
void remember_moments(const Adam<Scalar>& adam, const Scalar* gradient, const Scalar* value, Scalar* mean,
                      Scalar* squares, std::size_t count) {
  const Adam<Scalar> o = adam;
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar g = gradient[i] + pull(o.penalty, value[i]);
    mean[i] = o.beta1 * mean[i] + o.new1 * g;
    squares[i] = o.beta2 * squares[i] + o.new2 * (g * g);
  }
}

HINGE_SIMD float root(float x) { return __builtin_sqrtf(x); }
HINGE_SIMD double root(double x) { return __builtin_sqrt(x); }

template <typename Scalar>
void move_by_moments(const Adam<Scalar>& adam, const Scalar* mean, const Scalar* squares, Scalar* value,
                     std::size_t count) {
  const Adam<Scalar> o = adam;
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar size = root(squares[i]) / o.root_correction + o.epsilon;
    const Scalar step = size == 0 ? mean[i] : mean[i] / size;  // 0 where the gradient was always 0, without epsilon too
    value[i] -= o.rate * pull(o.penalty_apart, value[i]) + o.mean_rate * step;
  }
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
