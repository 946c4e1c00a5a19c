// The transposition in memory, in squares of 16 by 16 bytes. Squares below each other share the registers that are wider.
#pragma once

#include <cstddef>

#include <hinge/core/kernels/simd.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

template <typename Scalar>
constexpr std::size_t side = 16 / sizeof(Scalar);

// One row of each of so many squares, from column c on. `low` has the first halves of a's rows and b's, number by number, or
// pair by pair, `high` the second halves.
template <typename Scalar, std::size_t Squares>
struct Row;

template <>
struct Row<double, 1> {
  using Vector [[gnu::vector_size(16)]] = double;
  HINGE_SIMD Vector low(Vector a, Vector b) { return __builtin_shufflevector(a, b, 0, 2); }
  HINGE_SIMD Vector high(Vector a, Vector b) { return __builtin_shufflevector(a, b, 1, 3); }
  HINGE_SIMD Vector load(const double* const* rows, std::size_t c) {
    Vector v;
    __builtin_memcpy(&v, rows[0] + c, sizeof(v));
    return v;
  }
};

template <>
struct Row<float, 1> {
  using Vector [[gnu::vector_size(16)]] = float;
  HINGE_SIMD Vector low(Vector a, Vector b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
  HINGE_SIMD Vector high(Vector a, Vector b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
  HINGE_SIMD Vector low_pairs(Vector a, Vector b) { return __builtin_shufflevector(a, b, 0, 1, 4, 5); }
  HINGE_SIMD Vector high_pairs(Vector a, Vector b) { return __builtin_shufflevector(a, b, 2, 3, 6, 7); }
  HINGE_SIMD Vector load(const float* const* rows, std::size_t c) {
    Vector v;
    __builtin_memcpy(&v, rows[0] + c, sizeof(v));
    return v;
  }
};

#ifdef __AVX2__
template <>
struct Row<float, 2> {
  using Vector = __m256;
  HINGE_SIMD Vector low(Vector a, Vector b) { return _mm256_unpacklo_ps(a, b); }
  HINGE_SIMD Vector high(Vector a, Vector b) { return _mm256_unpackhi_ps(a, b); }
  HINGE_SIMD Vector low_pairs(Vector a, Vector b) { return _mm256_shuffle_ps(a, b, 0x44); }
  HINGE_SIMD Vector high_pairs(Vector a, Vector b) { return _mm256_shuffle_ps(a, b, 0xEE); }
  HINGE_SIMD Vector load(const float* const* rows, std::size_t c) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(rows[0] + c)), _mm_loadu_ps(rows[4] + c), 1);
  }
};
#endif

// As many as a register of 32 bytes has: with 64 it takes as long.
template <typename Scalar>
constexpr std::size_t squares_at_once = sizeof(Scalar) == 4 && sizeof(typename Simd<Scalar>::Vector) > 16 ? 2 : 1;

// Rows a b c d become columns: pairs of numbers first, then pairs of pairs.
template <std::size_t Squares>
HINGE_SIMD void turn(typename Row<float, Squares>::Vector (&v)[4]) {
  using R = Row<float, Squares>;
  const auto ab_low = R::low(v[0], v[1]);
  const auto ab_high = R::high(v[0], v[1]);
  const auto cd_low = R::low(v[2], v[3]);
  const auto cd_high = R::high(v[2], v[3]);
  v[0] = R::low_pairs(ab_low, cd_low);
  v[1] = R::high_pairs(ab_low, cd_low);
  v[2] = R::low_pairs(ab_high, cd_high);
  v[3] = R::high_pairs(ab_high, cd_high);
}

template <std::size_t>
HINGE_SIMD void turn(typename Row<double, 1>::Vector (&v)[2]) {
  const auto a = v[0];
  v[0] = Row<double, 1>::low(a, v[1]);
  v[1] = Row<double, 1>::high(a, v[1]);
}

template <std::size_t Squares, typename Scalar>
HINGE_SIMD void transpose_squares(const Scalar* const* rows, std::size_t c, Scalar* to, std::size_t to_row) {
  using R = Row<Scalar, Squares>;
  typename R::Vector squares[side<Scalar>];
  HINGE_UNROLL
  for (std::size_t i = 0; i < side<Scalar>; ++i) squares[i] = R::load(rows + i, c);
  turn<Squares>(squares);
  HINGE_UNROLL
  for (std::size_t i = 0; i < side<Scalar>; ++i) __builtin_memcpy(to + (c + i) * to_row, &squares[i], 16 * Squares);
}

// Rows of equal length, as many as so many squares have, become columns.
template <std::size_t Squares, typename Scalar>
HINGE_SIMD void transpose_strip(const Scalar* const (&rows)[Squares * side<Scalar>], Scalar* to, std::size_t to_row,
                                std::size_t length) {
  constexpr std::size_t width = Squares * side<Scalar>;
  constexpr std::size_t at_once = Squares == 1 ? 1 : squares_at_once<Scalar>;
  std::size_t c = 0;
  for (; c + side<Scalar> <= length; c += side<Scalar>) {
    for (std::size_t i = 0; i < width; i += at_once * side<Scalar>) {
      transpose_squares<at_once>(rows + i, c, to + i, to_row);
    }
  }
  for (; c < length; ++c) {
    for (std::size_t i = 0; i < width; ++i) to[c * to_row + i] = rows[i][c];
  }
}

// The rows `row(r)`, `row(r + 1)`, … up to `end` become columns.
template <typename Scalar, typename RowAt>
HINGE_SIMD void transpose_one_by_one(const RowAt& row, std::size_t r, std::size_t end, Scalar* to, std::size_t to_row,
                                     std::size_t length) {
  for (; r < end; ++r) {
    const Scalar* const from = row(r);
    for (std::size_t c = 0; c < length; ++c) to[c * to_row + r] = from[c];
  }
}

// The same in strips of up to so many squares.
template <std::size_t Squares, typename Scalar, typename RowAt>
HINGE_SIMD void transpose_rows(const RowAt& row, std::size_t r, std::size_t end, Scalar* to, std::size_t to_row,
                               std::size_t length) {
  constexpr std::size_t width = Squares * side<Scalar>;
  for (; r + width <= end; r += width) {
    const Scalar* strip[width];
    for (std::size_t i = 0; i < width; ++i) strip[i] = row(r + i);
    transpose_strip<Squares>(strip, to + r, to_row, length);
  }
  if constexpr (Squares > 1) return transpose_rows<Squares / 2>(row, r, end, to, to_row, length);
  transpose_one_by_one(row, r, end, to, to_row, length);
}

template <typename Scalar>
void transpose(const Scalar* from, std::size_t from_row, Scalar* to, std::size_t to_row, std::size_t rows,
               std::size_t cols) {
  if (cols == 0) return;  // then `to` may be null
  const auto row = [=](std::size_t r) { return from + r * from_row; };
  transpose_rows<squares_at_once<Scalar>>(row, 0, rows, to, to_row, cols);
}

// Strips as wide as a line of the cache, which is then written once.
template <typename Scalar>
void gather(const Scalar* from, std::size_t from_step, const std::size_t* samples, std::size_t count,
            std::size_t features, Scalar* to, std::size_t to_row) {
  const auto sample = [=](std::size_t i) { return from + samples[i] * from_step; };
  if (features < side<Scalar>) return transpose_one_by_one(sample, 0, count, to, to_row, features);
  transpose_rows<4>(sample, 0, count, to, to_row, features);
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
