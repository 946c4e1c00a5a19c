// Loops over arrays: element by element, which the compilers turn into vectors by themselves, and sums in turn, which they
// do not. No multiply-adds: the bits are those of every set.
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
using hinge::kernels::Firing;
using hinge::kernels::Penalty;
using hinge::kernels::sums_in_turn;
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

// Few comparisons: of those on whole vectors AVX-512 starts one in a cycle.
template <typename Scalar>
void relu_backward(const Scalar* z, const Scalar* da, Scalar* dz, std::size_t count, Scalar below, Scalar at_zero) {
  if (below == at_zero) {
    HINGE_INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      const Scalar slope = z[i] > 0 ? Scalar(1) : below;
      dz[i] = da[i] * (z[i] != z[i] ? z[i] : slope);  // NaN
    }
    return;
  }
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    Scalar slope = z[i] > 0 ? Scalar(1) : below;
    slope = z[i] == 0 ? at_zero : slope;
    dz[i] = da[i] * (z[i] != z[i] ? z[i] : slope);
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
void exponentials(const Scalar* z, std::size_t z_row, std::size_t rows, std::size_t count, const Scalar* shift,
                  Scalar* e, std::size_t e_row, Scalar* sums) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = 0;
  for (std::size_t k = 0; k < rows; ++k, z += z_row, e += e_row) {
    HINGE_INDEPENDENT
    for (std::size_t i = 0; i < count; ++i) {
      const Scalar power = math::exp(z[i] - shift[i]);
      e[i] = power;
      sums[i] += power;
    }
  }
}

template <typename Scalar>
void logarithms(const Scalar* x, Scalar* y, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) y[i] = math::log(x[i]);
}

// So many vectors hold one of each sum.
template <typename Scalar>
constexpr std::size_t turn_vectors = sums_in_turn / Simd<Scalar>::lanes;

HINGE_SIMD Simd<double>::Vector load_as_double(const double* from) { return Simd<double>::load(from); }
HINGE_SIMD Simd<double>::Vector load_as_double(const float* from) {
  using Floats [[gnu::vector_size(Simd<double>::lanes * sizeof(float))]] = float;
  Floats v;
  __builtin_memcpy(&v, from, sizeof(v));
  return __builtin_convertvector(v, Simd<double>::Vector);
}

// sums[i % 16] += f(vᵢ), with f of a vector of doubles and of a single one.
template <typename Scalar, typename Function>
HINGE_SIMD void add_in_turn(const Scalar* v, std::size_t count, double* sums, const Function& f) {
  using S = Simd<double>;
  typename S::Vector all[turn_vectors<double>];
  HINGE_UNROLL
  for (std::size_t k = 0; k < turn_vectors<double>; ++k) all[k] = S::load(sums + k * S::lanes);
  std::size_t i = 0;
  for (; i + sums_in_turn <= count; i += sums_in_turn) {
    HINGE_UNROLL
    for (std::size_t k = 0; k < turn_vectors<double>; ++k) all[k] = all[k] + f(load_as_double(v + i + k * S::lanes));
  }
  HINGE_UNROLL
  for (std::size_t k = 0; k < turn_vectors<double>; ++k) S::store(sums + k * S::lanes, all[k]);
  for (std::size_t lane = 0; i < count; ++i, ++lane) sums[lane] += f(static_cast<double>(v[i]));
}

template <typename Scalar>
void add_sizes(const Scalar* v, std::size_t count, double* sums) {
  add_in_turn(v, count, sums, [](auto x) { return x < 0 ? -x : x; });
}

template <typename Scalar>
void add_squares(const Scalar* v, std::size_t count, double* sums) {
  add_in_turn(v, count, sums, [](auto x) { return x * x; });
}

// Of a vector of z, or of a single one.
template <typename Z>
HINGE_SIMD void see(const Z& z, Z& largest, Z& doubt, Z& fires) {
  const Z zero{};
  const Z one = zero + 1;
  largest = z > largest ? z : largest;
  doubt += z - z;
  fires += z > 0 ? one : zero;
}

template <typename Scalar>
void add_firing(const Scalar* z, std::size_t count, Firing<Scalar>& firing) {
  using S = Simd<Scalar>;
  const std::size_t whole = count - count % sums_in_turn;
  for (std::size_t k = 0; k < turn_vectors<Scalar>; ++k) {
    const std::size_t lane = k * S::lanes;
    auto largest = S::load(firing.largest + lane);
    auto doubt = S::load(firing.doubt + lane);
    auto fires = S::load(firing.fires + lane);
    for (std::size_t i = lane; i < whole; i += sums_in_turn) see(S::load(z + i), largest, doubt, fires);
    S::store(firing.largest + lane, largest);
    S::store(firing.doubt + lane, doubt);
    S::store(firing.fires + lane, fires);
  }
  for (std::size_t i = whole; i < count; ++i) {
    const std::size_t lane = i - whole;
    see(z[i], firing.largest[lane], firing.doubt[lane], firing.fires[lane]);
  }
}

template <typename Scalar>
void keep_or_drop(const std::uint64_t* bits, std::uint64_t dropped, Scalar kept, Scalar* mask, std::size_t count) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) mask[i] = bits[i] >> 11 < dropped ? Scalar(0) : kept;
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

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
