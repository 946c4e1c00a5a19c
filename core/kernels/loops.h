// Loops over arrays that the compilers turn into vectors by themselves. No multiply-adds: the bits are those of every set.
#pragma once

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/kernels/simd.h>
#include <hinge/core/math.h>

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
namespace math = hinge::math;

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
    // Written so that three comparisons do: of those on whole vectors AVX-512 starts one in a cycle.
    Scalar slope = z[i] > 0 ? Scalar(1) : below;
    slope = z[i] == 0 ? at_zero : slope;
    slope = z[i] != z[i] ? z[i] : slope;  // NaN
    dz[i] = da[i] * slope;
  }
}

template <typename Scalar>
void sigmoid(const Scalar* z, Scalar* a, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) a[i] = math::sigmoid(z[i]);
}

template <typename Scalar>
void sigmoid_chain(const Scalar* z, const Scalar* da, Scalar* dz, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) dz[i] = da[i] * math::sigmoid_slope(z[i]);
}

template <typename Scalar>
void tanh(const Scalar* z, Scalar* a, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) a[i] = math::tanh(z[i]);
}

template <typename Scalar>
void tanh_chain(const Scalar* z, const Scalar* da, Scalar* dz, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) dz[i] = da[i] * math::tanh_slope(z[i]);
}

template <typename Scalar>
void exponentials(const Scalar* z, const Scalar* shift, Scalar* e, Scalar* sums, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar power = math::exp(z[i] - shift[i]);
    e[i] = power;
    sums[i] += power;
  }
}

template <typename Scalar>
void logarithms(const Scalar* x, Scalar* y, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) y[i] = math::log(x[i]);
}

// Σ f(v), as the sum of `lanes` sums that are taken in turn.
template <typename Scalar, typename Function>
HINGE_SIMD double sum_in_turn(const Scalar* v, std::size_t count, const Function& f) {
  constexpr std::size_t lanes = 16;
  double sums[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    HINGE_UNROLL
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += f(static_cast<double>(v[i + lane]));
  }
  for (std::size_t lane = 0; i < count; ++i, ++lane) sums[lane] += f(static_cast<double>(v[i]));
  for (std::size_t half = lanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

template <typename Scalar>
double sum_of_sizes(const Scalar* v, std::size_t count) {
  return sum_in_turn(v, count, [](double x) { return math::absolute(x); });
}

template <typename Scalar>
double sum_of_squares(const Scalar* v, std::size_t count) {
  return sum_in_turn(v, count, [](double x) { return x * x; });
}

template <typename Scalar>
std::size_t count_positive(const Scalar* v, std::size_t count) {
  unsigned positive = 0;  // as wide as a float, so that both are vectors of one length
  for (std::size_t i = 0; i < count; ++i) positive += v[i] > 0 ? 1U : 0U;
  return positive;
}

template <typename Scalar>
void keep_or_drop(const std::uint64_t* bits, std::uint64_t dropped, Scalar kept, Scalar* mask, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) mask[i] = bits[i] >> 11 < dropped ? Scalar(0) : kept;
}

template <typename Scalar>
Scalar largest(const Scalar* v, std::size_t count) {
  Scalar result = -static_cast<Scalar>(__builtin_inf());
  for (std::size_t i = 0; i < count; ++i) result = v[i] > result ? v[i] : result;
  return result;
}

template <typename Scalar>
bool all_finite(const Scalar* v, std::size_t count) {
  int infinite = 0;
  for (std::size_t i = 0; i < count; ++i) infinite |= v[i] - v[i] == 0 ? 0 : 1;
  return infinite == 0;
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
