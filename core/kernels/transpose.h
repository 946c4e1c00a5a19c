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

template <typename Scalar>
constexpr std::size_t side = 16 / sizeof(Scalar);

// Rows a b c d become columns: pairs of numbers first, then pairs of pairs.
[[gnu::always_inline]] inline void transpose_square(const float* const (&rows)[4], float* to, std::size_t to_row) {
  const auto a = load_square_row<Floats>(rows[0]);
  const auto b = load_square_row<Floats>(rows[1]);
  const auto c = load_square_row<Floats>(rows[2]);
  const auto d = load_square_row<Floats>(rows[3]);
  const Floats ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Floats ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Floats cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Floats cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Floats columns[4] = {
      __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
      __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  for (std::size_t k = 0; k < 4; ++k) __builtin_memcpy(to + k * to_row, &columns[k], sizeof(Floats));
}

[[gnu::always_inline]] inline void transpose_square(const double* const (&rows)[2], double* to, std::size_t to_row) {
  const auto a = load_square_row<Doubles>(rows[0]);
  const auto b = load_square_row<Doubles>(rows[1]);
  const Doubles columns[2] = {__builtin_shufflevector(a, b, 0, 2), __builtin_shufflevector(a, b, 1, 3)};
  for (std::size_t k = 0; k < 2; ++k) __builtin_memcpy(to + k * to_row, &columns[k], sizeof(Doubles));
}

// `Squares` times as many rows as a square has, of equal length, become columns.
template <std::size_t Squares, typename Scalar>
[[gnu::always_inline]] inline void transpose_strip(const Scalar* const (&rows)[Squares * side<Scalar>], Scalar* to,
                                                   std::size_t to_row, std::size_t length) {
  std::size_t c = 0;
  for (; c + side<Scalar> <= length; c += side<Scalar>) {
    for (std::size_t s = 0; s < Squares; ++s) {
      const Scalar* square[side<Scalar>];
      for (std::size_t i = 0; i < side<Scalar>; ++i) square[i] = rows[s * side<Scalar> + i] + c;
      transpose_square(square, to + c * to_row + s * side<Scalar>, to_row);
    }
  }
  for (; c < length; ++c) {
    for (std::size_t i = 0; i < Squares * side<Scalar>; ++i) to[c * to_row + i] = rows[i][c];
  }
}

template <typename Scalar>
void transpose(const Scalar* from, std::size_t from_row, Scalar* to, std::size_t to_row, std::size_t rows,
               std::size_t cols) {
  std::size_t r = 0;
  for (; r + side<Scalar> <= rows; r += side<Scalar>) {
    const Scalar* strip[side<Scalar>];
    for (std::size_t i = 0; i < side<Scalar>; ++i) strip[i] = from + (r + i) * from_row;
    transpose_strip<1>(strip, to + r, to_row, cols);
  }
  for (; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) to[c * to_row + r] = from[r * from_row + c];
  }
}

// Gathers groups of `Squares` squares from sample i on, and returns the first that is left.
template <std::size_t Squares, typename Scalar>
std::size_t gather_strips(const Scalar* from, std::size_t from_step, const std::size_t* samples, std::size_t i,
                          std::size_t count, std::size_t features, Scalar* to, std::size_t to_row) {
  constexpr std::size_t width = Squares * side<Scalar>;
  for (; i + width <= count; i += width) {
    const Scalar* strip[width];
    for (std::size_t k = 0; k < width; ++k) strip[k] = from + samples[i + k] * from_step;
    transpose_strip<Squares>(strip, to + i, to_row, features);
  }
  return i;
}

// Strips as wide as a line of the cache, which is then written once.
template <typename Scalar>
void gather(const Scalar* from, std::size_t from_step, const std::size_t* samples, std::size_t count,
            std::size_t features, Scalar* to, std::size_t to_row) {
  std::size_t i = gather_strips<4>(from, from_step, samples, 0, count, features, to, to_row);
  i = gather_strips<1>(from, from_step, samples, i, count, features, to, to_row);
  for (; i < count; ++i) {
    const Scalar* sample = from + samples[i] * from_step;
    for (std::size_t f = 0; f < features; ++f) to[f * to_row + i] = sample[f];
  }
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
