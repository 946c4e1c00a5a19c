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

using hinge::kernels::Firing;
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

// So many vectors hold one of each sum.
template <typename Scalar>
constexpr std::size_t turn_vectors = sums_in_turn / Simd<Scalar>::lanes;

HINGE_SIMD Simd<double>::Vector load_as_double(const double* from) { return Simd<double>::load(from); }
HINGE_SIMD Simd<double>::Vector load_as_double(const float* from) { return Simd<double>::load_floats(from); }
// The first `count` ≥ 1 of them, and zeros.
HINGE_SIMD Simd<double>::Vector load_some_as_double(const double* from, std::size_t count) {
  return Simd<double>::load_some(from, count);
}
HINGE_SIMD Simd<double>::Vector load_some_as_double(const float* from, std::size_t count) {
  return Simd<double>::load_some_floats(from, count);
}

// sums[i % Sums] += f(vᵢ), with f of a vector of doubles and of a single one.
template <std::size_t Sums, typename Scalar, typename Function>
HINGE_SIMD void add_in_turn(const Scalar* v, std::size_t count, double* sums, const Function& f) {
  using S = Simd<double>;
  constexpr std::size_t vectors = Sums / S::lanes;
  typename S::Vector all[vectors];
  HINGE_UNROLL
  for (std::size_t k = 0; k < vectors; ++k) all[k] = S::load(sums + k * S::lanes);
  std::size_t i = 0;
  for (; i + Sums <= count; i += Sums) {
    HINGE_UNROLL
    for (std::size_t k = 0; k < vectors; ++k) all[k] = all[k] + f(load_as_double(v + i + k * S::lanes));
  }
  HINGE_UNROLL
  for (std::size_t k = 0; k < vectors; ++k) S::store(sums + k * S::lanes, all[k]);
  for (std::size_t lane = 0; i < count; ++i, ++lane) sums[lane] += f(static_cast<double>(v[i]));
}

template <typename Scalar>
void add_sizes(const Scalar* v, std::size_t count, double* sums) {
  add_in_turn<sums_in_turn>(v, count, sums, [](auto x) { return x < 0 ? -x : x; });
}

template <typename Scalar>
void add_squares(const Scalar* v, std::size_t count, double* sums) {
  add_in_turn<sums_in_turn>(v, count, sums, [](auto x) { return x * x; });
}

// With fewer sums each addition would wait for the one before.
template <typename Scalar>
double sum_of_squares(const Scalar* v, std::size_t count) {
  constexpr std::size_t sums = 32;
  double parts[sums] = {};
  add_in_turn<sums>(v, count, parts, [](auto x) { return x * x; });
  double sum = 0;
  for (std::size_t k = 0; k < sums; ++k) sum += parts[k];
  return sum;
}

template <typename Scalar>
void scale(Scalar* v, std::size_t count, Scalar factor) {
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) v[i] *= factor;
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

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
