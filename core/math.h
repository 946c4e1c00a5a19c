// exp, log and their relatives, powers and a sine, from + − × ÷ and bit operations alone.
//
// Why not <cmath>? These functions have no branches, so a compiler vectorises loops over them. The scalar form is one
// lane of the same code. Every compiler, C library and build type computes the same bits, because the library is
// compiled without contraction (-ffp-contract=off). A program that calls them from its own activation needs that flag
// too, where the base instruction set has a fused multiply-add (ARM64). They are always inlined, so a program's copy
// cannot replace the library's.
// Errors are in units in the last place (ulp) of the exact result, measured over the whole range by
// tests/core/math_test.cpp. NaN in gives NaN out. Safe from any number of threads.
//
// The method is the classical one: reduce the argument, sum the Taylor series, put the exponent back
// [Muller, Elementary Functions, 2016, ch. 11].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <hinge/core/bits.h>
#include <hinge/core/export.h>

#if defined(__GNUC__)
#define HINGE_INLINE inline __attribute__((always_inline))
#else
#define HINGE_INLINE inline
#endif

// A namespace of its own, so that after `using namespace hinge` an unqualified exp(x) is still the C library's.
namespace hinge::math {

namespace detail {

// Constants of IEEE 754 binary32 and binary64.
// ln2_high ends in zero bits, so k·ln2_high is exact for every exponent k.
//
// normal_tail holds the scaled tail of the normal distribution, (1 + u)·e^(u²/2)·Φ(−u) for u ≥ 0, as a polynomial in
// t = (u − 4)/(u + 4), which maps [0, ∞) to [−1, 1]. The form is that of Shepherd & Laframboise [Mathematics of
// Computation 36, 1981]; the coefficients are our own, by Chebyshev interpolation with 60 digits.
template <typename Scalar>
struct Ieee;

template <>
struct Ieee<float> {
  using Bits = std::uint32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr Bits exponent_bias = 127;
  static constexpr float round_to_integer = 12582912.0F;  // 1.5·2²³: adding it rounds to an integer
  static constexpr float ln2_high = 0.693359375F;
  static constexpr float ln2_low = -2.12194440e-4F;
  static constexpr float exp_lowest = -105.0F;     // exp is 0 below
  static constexpr float exp_highest = 89.0F;      // exp is infinite above
  static constexpr float expm1_lowest = -20.0F;    // expm1 is −1 below
  static constexpr float normal_tail_end = 15.0F;  // Φ(−u) is 0 above
  static constexpr int half_mantissa_bits = 12;    // clearing so many low bits makes a square exact
  static constexpr std::array<float, 12> normal_tail = {
      4.720532027e-1F, -9.670347043e-2F, 1.399991367e-2F, 2.860016814e-2F,  -3.220116289e-2F, 1.793769594e-2F,
      -4.98771425e-3F, -2.912674952e-4F, 6.649886921e-4F, -8.455401787e-5F, -5.809123526e-5F, 1.25685467e-5F,
  };
  static constexpr int exp_terms = 6;
  static constexpr int log_terms = 5;
  static constexpr int log1p_terms = 8;
  static constexpr int sine_terms = 4;
};

template <>
struct Ieee<double> {
  using Bits = std::uint64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr Bits exponent_bias = 1023;
  static constexpr double round_to_integer = 6755399441055744.0;  // 1.5·2⁵²
  static constexpr double ln2_high = 6.93147180369123816490e-01;
  static constexpr double ln2_low = 1.90821492927058770002e-10;
  static constexpr double exp_lowest = -746.0;
  static constexpr double exp_highest = 710.0;
  static constexpr double expm1_lowest = -40.0;
  static constexpr double normal_tail_end = 39.0;
  static constexpr int half_mantissa_bits = 27;
  static constexpr std::array<double, 25> normal_tail = {
      4.72053206509844684e-1,  -9.6703477326526068e-2,  1.39996347244243327e-2,  2.86003640535774896e-2,
      -3.21978374280220249e-2, 1.79360974788685885e-2,  -5.00237859251149427e-3, -2.85623086809394133e-4,
      6.94897121907316619e-4,  -9.44303394415222288e-5, -8.7853303947977457e-5,  2.12504468562083747e-5,
      1.36273952853526749e-5,  -3.43337221685327538e-6, -2.61441017065961507e-6, 4.06717301251544479e-7,
      5.5483404622077898e-7,   -1.23715336699219701e-9, -1.14468507127580798e-7, -1.79321219166424145e-8,
      2.02576671368615866e-8,  5.47470863204868944e-9,  -2.61803487312554461e-9, -6.76326721056245388e-10,
      1.78735452218526567e-10,
  };
  static constexpr int exp_terms = 12;
  static constexpr int log_terms = 12;
  static constexpr int log1p_terms = 18;
  static constexpr int sine_terms = 8;
};

template <typename Scalar>
inline constexpr Scalar log2_e = Scalar(1.4426950408889634074);

// 2^k for an integer k (held in a Scalar) whose power is a normal number.
template <typename Scalar>
HINGE_INLINE Scalar power_of_two(Scalar k) {
  using I = Ieee<Scalar>;
  using Bits = typename I::Bits;
  const Bits integer = bit_cast<Bits>(k + I::round_to_integer);  // k in two's complement in the low bits
  return bit_cast<Scalar>(static_cast<Bits>((integer + I::exponent_bias) << I::mantissa_bits));
}

// 1/2!, 1/3!, 1/4!, …
template <typename Scalar>
inline constexpr auto inverse_factorials = [] {
  std::array<Scalar, Ieee<Scalar>::exp_terms> terms{};
  double factorial = 1;
  for (int n = 0; n < Ieee<Scalar>::exp_terms; ++n) {
    factorial *= n + 2;
    terms[static_cast<std::size_t>(n)] = static_cast<Scalar>(1 / factorial);
  }
  return terms;
}();

// 1, 1/3, 1/5, …
template <typename Scalar>
inline constexpr auto inverse_odd_numbers = [] {
  std::array<Scalar, 18> terms{};
  for (std::size_t n = 0; n < terms.size(); ++n) terms[n] = static_cast<Scalar>(1.0 / static_cast<double>(2 * n + 1));
  return terms;
}();

// −1/3!, 1/5!, −1/7!, …
template <typename Scalar>
inline constexpr auto sine_coefficients = [] {
  std::array<Scalar, Ieee<Scalar>::sine_terms> terms{};
  double factorial = 1;
  for (int n = 0; n < Ieee<Scalar>::sine_terms; ++n) {
    factorial *= -(2 * n + 2) * (2 * n + 3);
    terms[static_cast<std::size_t>(n)] = static_cast<Scalar>(1 / factorial);
  }
  return terms;
}();

template <typename Scalar>
struct ReducedExponential {
  Scalar k;     // x = k·ln 2 + rest
  Scalar rest;  // |rest| ≤ ln 2 / 2
};

template <typename Scalar>
HINGE_INLINE ReducedExponential<Scalar> reduce_exponential(Scalar x) {
  using I = Ieee<Scalar>;
  const Scalar k = (x * log2_e<Scalar> + I::round_to_integer) - I::round_to_integer;
  return {k, (x - k * I::ln2_high) - k * I::ln2_low};
}

// e^r − 1
template <typename Scalar>
HINGE_INLINE Scalar expm1_series(Scalar r) {
  Scalar tail = 0;  // 1/2! + r/3! + r²/4! + …
  for (std::size_t n = Ieee<Scalar>::exp_terms; n-- > 0;) tail = tail * r + inverse_factorials<Scalar>[n];
  return r + r * r * tail;
}

// 2^k·e^r in two factors 2^(k/2): 2^k itself may be denormal or infinite.
template <typename Scalar>
HINGE_INLINE Scalar expand_exponential(Scalar k, Scalar r) {
  using I = Ieee<Scalar>;
  const Scalar half = (k * Scalar(0.5) + I::round_to_integer) - I::round_to_integer;
  return (1 + expm1_series(r)) * power_of_two(half) * power_of_two(k - half);
}

// log(1 + f) = 2·artanh(s) with s = f / (2 + f), that is 2s + 2s·(s²/3 + s⁴/5 + …). Since 2s = f − s·f, the result is
// the exact f plus a small correction, and only the correction is rounded.
template <typename Scalar>
HINGE_INLINE Scalar log1p_series(Scalar f, int terms) {
  const Scalar s = f / (2 + f);
  const Scalar s2 = s * s;
  Scalar tail = 0;  // 1/3 + s²/5 + s⁴/7 + …
  for (int n = terms; n-- > 1;) tail = tail * s2 + inverse_odd_numbers<Scalar>[static_cast<std::size_t>(n)];
  return f - s * (f - 2 * s2 * tail);
}

}  // namespace detail

/// e^x. Error ≤ 1 ulp (for a denormal result, of the smallest denormal); 0 and ∞ beyond the range.
template <typename Scalar>
HINGE_INLINE Scalar exp(Scalar x) {
  using I = detail::Ieee<Scalar>;
  x = x > I::exp_highest ? I::exp_highest : x;
  x = x < I::exp_lowest ? I::exp_lowest : x;
  const auto [k, rest] = detail::reduce_exponential(x);
  return detail::expand_exponential(k, rest);
}

/// e^x − 1 for x ≤ 0, without the cancellation near 0. Error ≤ 2 ulp.
template <typename Scalar>
HINGE_INLINE Scalar expm1_nonpositive(Scalar x) {
  x = x < detail::Ieee<Scalar>::expm1_lowest ? detail::Ieee<Scalar>::expm1_lowest : x;
  const auto [k, rest] = detail::reduce_exponential(x);
  const Scalar scale = detail::power_of_two(k);
  return scale * detail::expm1_series(rest) + (scale - 1);
}

/// Natural logarithm. Error ≤ 1 ulp; log 0 = −∞, NaN below 0.
template <typename Scalar>
HINGE_INLINE Scalar log(Scalar x) {
  using I = detail::Ieee<Scalar>;
  using Bits = typename I::Bits;
  using Limits = std::numeric_limits<Scalar>;
  const bool denormal = x < Limits::min();
  const Bits bits = bit_cast<Bits>(denormal ? x * detail::power_of_two(Scalar(I::mantissa_bits)) : x);
  constexpr Bits mantissa_mask = (Bits(1) << I::mantissa_bits) - 1;
  const Scalar mantissa = bit_cast<Scalar>((bits & mantissa_mask) | (I::exponent_bias << I::mantissa_bits));
  // Keep m within [1/√2, √2], so that the series converges fast and log 1 is exact.
  const bool is_large = mantissa > Scalar(1.41421356);
  const Scalar m = is_large ? mantissa * Scalar(0.5) : mantissa;
  const Scalar k = static_cast<Scalar>(static_cast<std::int32_t>(bits >> I::mantissa_bits)) -
                   static_cast<Scalar>(I::exponent_bias) - (denormal ? Scalar(I::mantissa_bits) : Scalar(0)) +
                   (is_large ? Scalar(1) : Scalar(0));
  const Scalar result = k * I::ln2_high + (detail::log1p_series(m - 1, I::log_terms) + k * I::ln2_low);
  const Scalar at_end = x == 0 ? -Limits::infinity() : x > 0 ? x : Limits::quiet_NaN();
  return x > 0 && x < Limits::infinity() ? result : at_end;
}

/// log(1 + u) for 0 ≤ u ≤ 1. Error ≤ 2 ulp.
template <typename Scalar>
HINGE_INLINE Scalar log1p_unit(Scalar u) {
  return detail::log1p_series(u, detail::Ieee<Scalar>::log1p_terms);
}

/// |x|, by clearing the sign bit.
template <typename Scalar>
HINGE_INLINE Scalar absolute(Scalar x) {
  using Bits = typename detail::Ieee<Scalar>::Bits;
  constexpr Bits sign = Bits(1) << (8 * sizeof(Scalar) - 1);
  return bit_cast<Scalar>(static_cast<Bits>(bit_cast<Bits>(x) & ~sign));
}

/// x, or 0 if |x| is below the smallest normal number (float: 1.2e-38, double: 2.2e-308), where an operation may take a
/// hundred times as long.
template <typename Scalar>
HINGE_INLINE Scalar normal_or_zero(Scalar x) {
  return absolute(x) < std::numeric_limits<Scalar>::min() ? Scalar(0) : x;
}

/// |x| with the sign of y.
template <typename Scalar>
HINGE_INLINE Scalar copy_sign(Scalar x, Scalar y) {
  using Bits = typename detail::Ieee<Scalar>::Bits;
  constexpr Bits sign = Bits(1) << (8 * sizeof(Scalar) - 1);
  return bit_cast<Scalar>(static_cast<Bits>((bit_cast<Bits>(x) & ~sign) | (bit_cast<Bits>(y) & sign)));
}

/// σ(x) = 1 / (1 + e^−x), without overflow for any x. Error ≤ 3 ulp.
template <typename Scalar>
HINGE_INLINE Scalar sigmoid(Scalar x) {
  const Scalar u = exp(-absolute(x));  // in [0, 1]
  return (x < 0 ? u : Scalar(1)) / (1 + u);
}

/// σ′(x) = σ(x)·(1 − σ(x)), computed as u / (1 + u)² with u = e^−|x|, which loses no digits if σ is close to 1.
template <typename Scalar>
HINGE_INLINE Scalar sigmoid_slope(Scalar x) {
  const Scalar u = exp(-absolute(x));
  return u / ((1 + u) * (1 + u));
}

/// log(1 + e^x) = max(x, 0) + log(1 + e^−|x|), without overflow for any x. Error ≤ 3 ulp.
template <typename Scalar>
HINGE_INLINE Scalar softplus(Scalar x) {
  return (x < 0 ? Scalar(0) : x) + log1p_unit(exp(-absolute(x)));
}

/// tanh x = −e / (2 + e) · sign x with e = e^(−2|x|) − 1. Error ≤ 3 ulp.
template <typename Scalar>
HINGE_INLINE Scalar tanh(Scalar x) {
  const Scalar e = expm1_nonpositive(-2 * absolute(x));
  return copy_sign(-e / (2 + e), x);
}

/// 1 − tanh² x, computed as 4u / (1 + u)² with u = e^−2|x|, which loses no digits if tanh is close to ±1.
template <typename Scalar>
HINGE_INLINE Scalar tanh_slope(Scalar x) {
  const Scalar u = exp(-2 * absolute(x));
  return 4 * u / ((1 + u) * (1 + u));
}

/// e^(−u²/2) for u ≥ 0. Error ≤ 2 ulp: u² is split into an exact part and a rest, because the exponential would magnify
/// the rounding error of u·u.
template <typename Scalar>
HINGE_INLINE Scalar exp_of_minus_half_square(Scalar u) {
  using I = detail::Ieee<Scalar>;
  using Bits = typename I::Bits;
  u = u > I::normal_tail_end ? I::normal_tail_end : u;
  constexpr Bits low_bits = (Bits(1) << I::half_mantissa_bits) - 1;
  const Scalar high = bit_cast<Scalar>(static_cast<Bits>(bit_cast<Bits>(u) & ~low_bits));
  const Scalar exact = Scalar(-0.5) * (high * high);
  const auto [k, rest] = detail::reduce_exponential(exact < I::exp_lowest ? I::exp_lowest : exact);
  return detail::expand_exponential(k, rest - Scalar(0.5) * ((u - high) * (u + high)));
}

/// e^(u²/2)·Φ(−u) for u ≥ 0, where Φ is the distribution function of the standard normal distribution. Error ≤ 3 ulp.
template <typename Scalar>
HINGE_INLINE Scalar scaled_normal_tail(Scalar u) {
  using I = detail::Ieee<Scalar>;
  u = u > I::normal_tail_end ? I::normal_tail_end : u;
  const Scalar t = (u - 4) / (u + 4);
  Scalar sum = 0;
  for (std::size_t n = I::normal_tail.size(); n-- > 0;) sum = sum * t + I::normal_tail[n];
  return sum / (1 + u);
}

/// sin x for |x| ≤ π/4. Error ≤ 1 ulp.
template <typename Scalar>
HINGE_INLINE Scalar sin_octant(Scalar x) {
  const Scalar x2 = x * x;
  Scalar tail = 0;  // −1/3! + x²/5! − x⁴/7! + …
  for (std::size_t n = detail::Ieee<Scalar>::sine_terms; n-- > 0;) {
    tail = tail * x2 + detail::sine_coefficients<Scalar>[n];
  }
  return x + x * (x2 * tail);
}

/// base^exponent by squaring, 0⁰ = 1. Error ≤ `exponent` ulp unless a product overflows or is denormal.
template <typename Scalar>
HINGE_INLINE Scalar power(Scalar base, std::uint64_t exponent) {
  Scalar result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

}  // namespace hinge::math
