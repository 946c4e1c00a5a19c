// A vector of numbers, as wide as the registers of the instruction set that the source is compiled for.
//
// A new instruction set needs a multiply-add, a load and a store of a part of a vector, a load of floats as doubles, whole and
// in part, a choice of the first lanes, a width, and a product of words. All else is the compilers' own arithmetic on vectors.
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <immintrin.h>
#endif
#ifdef HINGE_NEON
#include <arm_neon.h>
#endif

#define HINGE_SIMD [[gnu::always_inline]] static inline

// Before a short loop over an array of vectors. GCC keeps the array in registers only where it unrolls every such loop
// early; without this it stores the sums of some tiles in each iteration (26 instead of 65 GFLOP/s).
#if defined(__clang__)
#define HINGE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define HINGE_UNROLL _Pragma("GCC unroll 32")
#endif

namespace HINGE_INSTRUCTION_SET {
namespace {

template <typename Scalar>
struct Machine;

#if defined(__AVX512F__)

template <>
struct Machine<float> {
  using Vector = __m512;
  static constexpr int registers = 32;
  HINGE_SIMD __mmask16 mask(std::size_t count) { return static_cast<__mmask16>((1U << count) - 1); }
  HINGE_SIMD Vector load_some(const float* from, std::size_t count) { return _mm512_maskz_loadu_ps(mask(count), from); }
  HINGE_SIMD void store_some(float* to, Vector v, std::size_t count) { _mm512_mask_storeu_ps(to, mask(count), v); }
  HINGE_SIMD Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
};

template <>
struct Machine<double> {
  using Vector = __m512d;
  static constexpr int registers = 32;
  HINGE_SIMD __mmask8 mask(std::size_t count) { return static_cast<__mmask8>((1U << count) - 1); }
  HINGE_SIMD Vector load_some(const double* from, std::size_t count) {
    return _mm512_maskz_loadu_pd(mask(count), from);
  }
  HINGE_SIMD void store_some(double* to, Vector v, std::size_t count) { _mm512_mask_storeu_pd(to, mask(count), v); }
  HINGE_SIMD Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_pd(a, b, c); }
  HINGE_SIMD Vector load_floats(const float* from) { return _mm512_maskz_cvtps_pd(0xFF, _mm256_loadu_ps(from)); }
  HINGE_SIMD Vector load_some_floats(const float* from, std::size_t count) {
    const __m512 all = _mm512_maskz_loadu_ps(mask(count), from);
    return _mm512_maskz_cvtps_pd(0xFF, __builtin_shufflevector(all, all, 0, 1, 2, 3, 4, 5, 6, 7));
  }
  // The first `count` lanes of v, and the others of `rest`.
  HINGE_SIMD Vector first_of(Vector v, std::size_t count, Vector rest) {
    return _mm512_mask_mov_pd(rest, mask(count), v);
  }
};

struct Words {
  using Vector [[gnu::vector_size(64)]] = std::uint64_t;
  HINGE_SIMD Vector multiply(Vector a, Vector b) {
    return (Vector)_mm512_maskz_mul_epu32(0xFF, (__m512i)a, (__m512i)b);
  }
};

#elif defined(__AVX2__) && defined(__FMA__)

// Eight ones, then eight zeros: from place 8 − n on, a mask of the first n. A double takes two.
alignas(64) constexpr int lane_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

template <>
struct Machine<float> {
  using Vector = __m256;
  static constexpr int registers = 16;
  HINGE_SIMD __m256i mask(std::size_t count) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lane_mask + 8 - count));
  }
  HINGE_SIMD Vector load_some(const float* from, std::size_t count) { return _mm256_maskload_ps(from, mask(count)); }
  HINGE_SIMD void store_some(float* to, Vector v, std::size_t count) { _mm256_maskstore_ps(to, mask(count), v); }
  HINGE_SIMD Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
};

template <>
struct Machine<double> {
  using Vector = __m256d;
  static constexpr int registers = 16;
  HINGE_SIMD __m256i mask(std::size_t count) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lane_mask + 8 - 2 * count));
  }
  HINGE_SIMD Vector load_some(const double* from, std::size_t count) { return _mm256_maskload_pd(from, mask(count)); }
  HINGE_SIMD void store_some(double* to, Vector v, std::size_t count) { _mm256_maskstore_pd(to, mask(count), v); }
  HINGE_SIMD Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_pd(a, b, c); }
  HINGE_SIMD Vector load_floats(const float* from) { return _mm256_cvtps_pd(_mm_loadu_ps(from)); }
  HINGE_SIMD Vector load_some_floats(const float* from, std::size_t count) {
    return _mm256_cvtps_pd(
        _mm_maskload_ps(from, _mm_loadu_si128(reinterpret_cast<const __m128i*>(lane_mask + 8 - count))));
  }
  HINGE_SIMD Vector first_of(Vector v, std::size_t count, Vector rest) {
    return _mm256_blendv_pd(rest, v, _mm256_castsi256_pd(mask(count)));
  }
};

struct Words {
  using Vector [[gnu::vector_size(32)]] = std::uint64_t;
  HINGE_SIMD Vector multiply(Vector a, Vector b) { return (Vector)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
};

#else

#ifdef HINGE_NEON
constexpr int vector_registers = 32;
HINGE_SIMD float32x4_t fused(float32x4_t a, float32x4_t b, float32x4_t c) { return vfmaq_f32(c, a, b); }
HINGE_SIMD float64x2_t fused(float64x2_t a, float64x2_t b, float64x2_t c) { return vfmaq_f64(c, a, b); }
#else
constexpr int vector_registers = 16;
template <typename Vector>
HINGE_SIMD Vector fused(Vector a, Vector b, Vector c) {
  return a * b + c;  // rounds twice
}
#endif

template <typename Scalar>
struct Machine {
  using Vector [[gnu::vector_size(16)]] = Scalar;
  static constexpr int registers = vector_registers;
  HINGE_SIMD Vector load_some(const Scalar* from, std::size_t count) {
    Vector v{};
    HINGE_UNROLL
    for (std::size_t i = 0; i < sizeof(Vector) / sizeof(Scalar); ++i) {
      if (i < count) v[i] = from[i];
    }
    return v;
  }
  HINGE_SIMD void store_some(Scalar* to, Vector v, std::size_t count) {
    HINGE_UNROLL
    for (std::size_t i = 0; i < sizeof(Vector) / sizeof(Scalar); ++i) {
      if (i < count) to[i] = v[i];
    }
  }
  HINGE_SIMD Vector fma(Vector a, Vector b, Vector c) { return fused(a, b, c); }
  HINGE_SIMD Vector load_floats(const float* from) {
    return Vector{from[0], from[1]};
  }  // two doubles, of Machine<double>
  HINGE_SIMD Vector load_some_floats(const float* from, std::size_t count) {
    return Vector{from[0], count > 1 ? from[1] : Scalar(0)};
  }
  HINGE_SIMD Vector first_of(Vector v, std::size_t count, Vector rest) {
    HINGE_UNROLL
    for (std::size_t i = 0; i < sizeof(Vector) / sizeof(Scalar); ++i) {
      if (i >= count) v[i] = rest[i];
    }
    return v;
  }
};

// Whole numbers of 64 bits, and the products of their lower halves.
struct Words {
  using Vector [[gnu::vector_size(16)]] = std::uint64_t;
#ifdef __SSE2__
  HINGE_SIMD Vector multiply(Vector a, Vector b) { return (Vector)_mm_mul_epu32((__m128i)a, (__m128i)b); }
#else
  HINGE_SIMD Vector multiply(Vector a, Vector b) { return (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF); }
#endif
};

#endif

template <typename Scalar>
struct Simd : Machine<Scalar> {
  using Vector = typename Machine<Scalar>::Vector;
  static constexpr std::size_t lanes = sizeof(Vector) / sizeof(Scalar);

  HINGE_SIMD Vector broadcast(Scalar x) { return x - Vector{}; }  // x + 0 would lose the sign of -0
  HINGE_SIMD Vector load(const Scalar* from) {
    Vector v;
    __builtin_memcpy(&v, from, sizeof(v));
    return v;
  }
  HINGE_SIMD void store(Scalar* to, Vector v) { __builtin_memcpy(to, &v, sizeof(v)); }
};

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
