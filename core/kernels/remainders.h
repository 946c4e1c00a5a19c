// Remainders of many numbers at a time. Whole numbers of 64 bits are divided one by one, floating-point numbers by vectors.
#pragma once

#include <cstddef>
#include <cstdint>

#include <hinge/core/kernels/loops.h>
#include <hinge/core/kernels/simd.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

// Whole numbers below 2⁵² are the last bits of the doubles from 2⁵² on.
HINGE_SIMD double to_double(std::uint64_t x) { return __builtin_bit_cast(double, x | 0x4330000000000000) - 0x1p52; }
HINGE_SIMD std::uint64_t to_word(double x) {
  return __builtin_bit_cast(std::uint64_t, x + 0x1p52) & 0x000FFFFFFFFFFFFF;
}

// x mod b, for whole numbers x < 2⁵³ and x/b < 2³². The quotient is rounded to the nearest, so what is left may be below 0.
HINGE_SIMD double left_of(double x, double b, double reciprocal_of_b) {
  const double quotient = (x * reciprocal_of_b + 0x1p52) - 0x1p52;
  const double left = x - quotient * b;
  return left < 0 ? left + b : left;
}

// With x = 2³²·h + l: x mod b = (2³²·(h mod b) + l) mod b, where the bracket is below 2³²·b, which a double holds as it is.
void remainders(const std::uint64_t* x, std::uint64_t first_bound, std::uint64_t* to, std::size_t count) {
  constexpr std::uint64_t most = std::uint64_t{1} << 21;
  if (first_bound + count > most) {
    for (std::size_t i = 0; i < count; ++i) to[i] = x[i] % (first_bound + i);
    return;
  }
  HINGE_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) {
    const double b = to_double(first_bound + i);
    const double reciprocal = 1 / b;
    const double upper = left_of(to_double(x[i] >> 32), b, reciprocal);
    to[i] = to_word(left_of(upper * 0x1p32 + to_double(x[i] & 0xFFFFFFFF), b, reciprocal));
  }
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
