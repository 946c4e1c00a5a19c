// The steps of the optimisers, element by element, in loops that compilers turn into vector code. No multiply-adds: the
// bits are those of every set.
#pragma once

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/kernels/loops.h>
#include <hinge/core/kernels/simd.h>
#include <hinge/core/math.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

using hinge::kernels::Adagrad;
using hinge::kernels::Adam;
using hinge::kernels::Descent;
using hinge::kernels::Penalty;
using hinge::kernels::RmsProp;
using hinge::kernels::Rprop;

// 1, −1, or 0 for 0 and NaN.
template <typename Scalar>
HINGE_SIMD Scalar sign(Scalar x) {
  return (x > 0 ? Scalar(1) : Scalar(0)) - (x < 0 ? Scalar(1) : Scalar(0));
}

// l2·p + l1·sign(p)
template <typename Scalar>
HINGE_SIMD Scalar pull(const Penalty<Scalar>& penalty, Scalar p) {
  return penalty.l2 * p + penalty.l1 * sign(p);
}

template <typename Scalar>
void descend(const Descent<Scalar>& d, const Scalar* gradient, Scalar* value, std::size_t count) {
  const Descent<Scalar> o = d;
  if (o.penalty.l2 == 0 && o.penalty.l1 == 0) {
    HINGE_INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) value[i] -= o.rate * gradient[i];
    return;
  }
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
    const Scalar v = math::normal_or_zero(o.momentum * velocity[i] + o.fresh * g);
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
    mean[i] = math::normal_or_zero(o.beta1 * mean[i] + o.new1 * g);
    squares[i] = math::normal_or_zero(o.beta2 * squares[i] + o.new2 * (g * g));
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

// Where Centered, `mean` is the mean gradient and the variance divides instead of the mean square.
template <bool Centered, bool Momentum, typename Scalar>
HINGE_SIMD void rmsprop_elements(const RmsProp<Scalar>& step, const Scalar* gradient, Scalar* squares, Scalar* mean,
                                 Scalar* velocity, Scalar* value, std::size_t count) {
  const RmsProp<Scalar> o = step;
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar g = gradient[i] + pull(o.penalty, value[i]);
    Scalar variance = math::normal_or_zero(o.alpha * squares[i] + o.fresh * (g * g));
    squares[i] = variance;
    if constexpr (Centered) {
      const Scalar m = math::normal_or_zero(o.alpha * mean[i] + o.fresh * g);
      mean[i] = m;
      variance -= m * m;
      variance = variance < 0 ? Scalar(0) : variance;  // a constant gradient leaves rounding errors only
    }
    const Scalar size = root(variance) + o.epsilon;
    Scalar direction = size == 0 ? g : g / size;
    if constexpr (Momentum) {
      direction = math::normal_or_zero(o.momentum * velocity[i] + direction);
      velocity[i] = direction;
    }
    value[i] -= o.rate * direction;
  }
}

template <typename Scalar>
void rmsprop(const RmsProp<Scalar>& step, const Scalar* gradient, Scalar* squares, Scalar* mean, Scalar* velocity,
             Scalar* value, std::size_t count) {
  if (mean != nullptr && velocity != nullptr) {
    rmsprop_elements<true, true>(step, gradient, squares, mean, velocity, value, count);
  } else if (mean != nullptr) {
    rmsprop_elements<true, false>(step, gradient, squares, mean, velocity, value, count);
  } else if (velocity != nullptr) {
    rmsprop_elements<false, true>(step, gradient, squares, mean, velocity, value, count);
  } else {
    rmsprop_elements<false, false>(step, gradient, squares, mean, velocity, value, count);
  }
}

template <typename Scalar>
void adagrad(const Adagrad<Scalar>& step, const Scalar* gradient, Scalar* squares, Scalar* value, std::size_t count) {
  const Adagrad<Scalar> o = step;
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar g = gradient[i] + pull(o.penalty, value[i]);
    squares[i] += g * g;
    const Scalar size = root(o.initial + squares[i]) + o.epsilon;
    value[i] -= o.rate * (size == 0 ? g : g / size);
  }
}

template <typename Scalar>
void rprop(const Rprop<Scalar>& step, const Scalar* gradient, Scalar* last, Scalar* length, Scalar* value,
           std::size_t count) {
  const Rprop<Scalar> o = step;
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const Scalar agreement = sign(gradient[i]) * sign(last[i]);
    const Scalar old = length[i] == 0 ? o.first_length : length[i];  // no length is 0 after the first step
    Scalar longer = old * o.increase;
    longer = o.largest < longer ? o.largest : longer;
    Scalar shorter = old * o.decrease;
    shorter = shorter < o.smallest ? o.smallest : shorter;
    Scalar now = agreement > 0 ? longer : old;
    now = agreement < 0 ? shorter : now;
    const Scalar g = agreement < 0 ? Scalar(0) : gradient[i];
    length[i] = now;
    last[i] = g;
    value[i] -= sign(g) * now;
  }
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
