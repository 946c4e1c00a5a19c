// The transposition in memory, in squares as wide as a 16-byte vector.
#pragma once

#include <cstddef>

namespace HINGE_INSTRUCTION_SET {
namespace {

using Floats [[gnu::vector_size(16)]] = float;
using Doubles [[gnu::vector_size(16)]] = double;

template <typename Vector, typename Scalar>
[[gnu::always_inline]] inline Vector load_square_row(const Scalar* from) {
  Vector v;
  __builtin_memcpy(&v, from, sizeof(v));
  return v;
}

// Rows a b c d become columns: pairs of numbers first, then pairs of pairs.
[[gnu::always_inline]] inline void transpose_square(const float* from, std::size_t from_row, float* to,
                                                    std::size_t to_row) {
  const auto a = load_square_row<Floats>(from);
  const auto b = load_square_row<Floats>(from + from_row);
  const auto c = load_square_row<Floats>(from + 2 * from_row);
  const auto d = load_square_row<Floats>(from + 3 * from_row);
  const Floats ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Floats ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Floats cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Floats cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Floats columns[4] = {
      __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
      __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  for (std::size_t k = 0; k < 4; ++k) __builtin_memcpy(to + k * to_row, &columns[k], sizeof(Floats));
}

[[gnu::always_inline]] inline void transpose_square(const double* from, std::size_t from_row, double* to,
                                                    std::size_t to_row) {
  const auto a = load_square_row<Doubles>(from);
  const auto b = load_square_row<Doubles>(from + from_row);
  const Doubles columns[2] = {__builtin_shufflevector(a, b, 0, 2), __builtin_shufflevector(a, b, 1, 3)};
  for (std::size_t k = 0; k < 2; ++k) __builtin_memcpy(to + k * to_row, &columns[k], sizeof(Doubles));
}

template <typename Scalar>
void transpose(const Scalar* from, std::size_t from_row, Scalar* to, std::size_t to_row, std::size_t rows,
               std::size_t cols) {
  constexpr std::size_t side = 16 / sizeof(Scalar);
  std::size_t r = 0;
  for (; r + side <= rows; r += side) {
    const Scalar* top = from + r * from_row;
    std::size_t c = 0;
    for (; c + side <= cols; c += side) transpose_square(top + c, from_row, to + c * to_row + r, to_row);
    for (; c < cols; ++c) {
      for (std::size_t i = 0; i < side; ++i) to[c * to_row + r + i] = top[i * from_row + c];
    }
  }
  for (; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) to[c * to_row + r] = from[r * from_row + c];
  }
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
