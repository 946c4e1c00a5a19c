// The matrix product: one register tile, moved over C.
//
// A tile of 6 rows × 2 vectors keeps 12 sums in registers. For each k it loads 2 vectors of B, broadcasts 6 numbers of A
// and makes 12 multiply-adds: 6 cycles of a processor that starts two in each, and enough independent sums to hide the 4
// cycles that one takes. The loads need 4 of the 6 cycles, so arithmetic is the limit, as long as A and B come from the
// first-level cache: that is what the blocks in `product` are for.
//
//        k →                cols →
//      ┌──────┐           ┌────┬────┐
//   6  │ a a a│         k │ b  │ b  │  2 vectors of a row of B
//  rows│      │           ├────┴────┤
//      └──────┘           │  tile   │  6 × 2 sums of C
//                         └─────────┘
#pragma once

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/kernels/simd.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

using hinge::kernels::Product;

// Where a tile reads and writes.
template <typename Scalar>
struct Tile {
  const Scalar* a;
  std::size_t a_row;
  std::size_t a_step;
  const Scalar* b;
  std::size_t b_row;
  Scalar* c;
  std::size_t c_row;
  std::size_t depth;
  bool continues;             // from what C holds, rather than from 0
  const Scalar* row_bias;     // null: none
  const Scalar* column_bias;  // null: none
  std::size_t last = 0;       // lanes of the last vector that are in use, where it is not whole
};

// Vector v of `Vectors`, of which the last may be a part.
template <typename Scalar, int Vectors, bool Whole>
struct Part {
  using S = Simd<Scalar>;
  using Vector = typename S::Vector;

  HINGE_SIMD Vector load(const Scalar* from, int v, std::size_t last) {
    const Scalar* place = from + static_cast<std::size_t>(v) * S::lanes;
    return Whole || v + 1 < Vectors ? S::load(place) : S::load_some(place, last);
  }
  HINGE_SIMD void store(Scalar* to, int v, Vector value, std::size_t last) {
    Scalar* place = to + static_cast<std::size_t>(v) * S::lanes;
    if (Whole || v + 1 < Vectors) {
      S::store(place, value);
    } else {
      S::store_some(place, value, last);
    }
  }
};

// `Rows` rows × `Vectors` vectors of C.
template <typename Scalar, int Rows, int Vectors, bool Whole>
void run_tile(const Tile<Scalar>& tile) {
  using S = Simd<Scalar>;
  using P = Part<Scalar, Vectors, Whole>;
  typename S::Vector sums[Rows][Vectors];
  HINGE_UNROLL
  for (int r = 0; r < Rows; ++r) {
    const Scalar* c = tile.c + static_cast<std::size_t>(r) * tile.c_row;
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) sums[r][v] = tile.continues ? P::load(c, v, tile.last) : S::broadcast(0);
  }
  const Scalar* a = tile.a;
  const Scalar* b = tile.b;
  for (std::size_t k = 0; k < tile.depth; ++k, a += tile.a_step, b += tile.b_row) {
    typename S::Vector row_of_b[Vectors];
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) row_of_b[v] = P::load(b, v, tile.last);
    HINGE_UNROLL
    for (int r = 0; r < Rows; ++r) {
      const typename S::Vector factor = S::broadcast(a[static_cast<std::size_t>(r) * tile.a_row]);
      HINGE_UNROLL
      for (int v = 0; v < Vectors; ++v) sums[r][v] = S::fma(factor, row_of_b[v], sums[r][v]);
    }
  }
  HINGE_UNROLL
  for (int r = 0; r < Rows; ++r) {
    Scalar* c = tile.c + static_cast<std::size_t>(r) * tile.c_row;
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) {
      typename S::Vector sum = sums[r][v];
      if (tile.row_bias != nullptr) sum = sum + S::broadcast(tile.row_bias[r]);
      if (tile.column_bias != nullptr) sum = sum + P::load(tile.column_bias, v, tile.last);
      P::store(c, v, sum, tile.last);
    }
  }
}

// A strip of C: `Rows` rows and all columns, up to `Vectors` vectors at a time.
template <typename Scalar, int Rows, int Vectors>
void run_strip(Tile<Scalar> tile, std::size_t cols) {
  constexpr std::size_t lanes = Simd<Scalar>::lanes;
  constexpr std::size_t width = Vectors * lanes;
  for (; cols >= width; cols -= width) {
    run_tile<Scalar, Rows, Vectors, true>(tile);
    tile.b += width;
    tile.c += width;
    if (tile.column_bias != nullptr) tile.column_bias += width;
  }
  if (cols == 0) return;
  if constexpr (Vectors > 1) {
    if (cols <= width - lanes) return run_strip<Scalar, Rows, Vectors - 1>(tile, cols);
  }
  tile.last = cols - (width - lanes);
  run_tile<Scalar, Rows, Vectors, false>(tile);
}

// As many vectors as there are registers for: 12 sums at most, and few rows share each vector of B.
template <typename Scalar>
void run_strip(const Tile<Scalar>& tile, std::size_t rows, std::size_t cols) {
  switch (rows) {
    case 1:
      return run_strip<Scalar, 1, 8>(tile, cols);
    case 2:
      return run_strip<Scalar, 2, 4>(tile, cols);
    case 3:
      return run_strip<Scalar, 3, 4>(tile, cols);
    case 4:
      return run_strip<Scalar, 4, 2>(tile, cols);
    case 5:
      return run_strip<Scalar, 5, 2>(tile, cols);
    case 6:
      return run_strip<Scalar, 6, 2>(tile, cols);
    default:
      return run_strip<Scalar, 12, 1>(tile, cols);
  }
}

constexpr std::size_t tile_rows = 6;
constexpr std::size_t packed_tiles = 8;
// Blocks of B of 256 KiB, half of a usual second-level cache; 1 KiB of each row of it.
template <typename Scalar>
constexpr std::size_t block = 1024 / sizeof(Scalar);

constexpr std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

// The rows of the next strip, of so many that are left: not one or two at the end where more can share them.
template <typename Scalar>
std::size_t strip_rows(std::size_t left, std::size_t cols) {
  if (cols <= Simd<Scalar>::lanes && left >= 2 * tile_rows) return 2 * tile_rows;
  if (left >= 2 * tile_rows || left <= tile_rows) return smaller(left, tile_rows);
  return (left + 1) / 2;
}

// Lays `packed_tiles` tiles' rows of A one behind the other, each as its tile reads it.
template <typename Scalar>
void pack(const Scalar* a, std::size_t a_step, std::size_t depth, Scalar* packed) {
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t t = 0; t < packed_tiles; ++t) {
      Scalar* to = packed + (t * depth + k) * tile_rows;
      for (std::size_t r = 0; r < tile_rows; ++r) to[r] = a[k * a_step + t * tile_rows + r];
    }
  }
}

template <typename Scalar>
void step_down(Tile<Scalar>& tile, std::size_t rows) {
  tile.a += rows * tile.a_row;
  tile.c += rows * tile.c_row;
  if (tile.row_bias != nullptr) tile.row_bias += rows;
}

// All rows of a block.
template <typename Scalar>
void run_block(Tile<Scalar> tile, std::size_t rows, std::size_t cols) {
  constexpr std::size_t packed_rows = packed_tiles * tile_rows;
  constexpr std::size_t first_level_cache = 32768;
  alignas(64) Scalar packed[packed_rows * block<Scalar>];
  // Where a column of A is contiguous, each k is on another page of memory: too many for all but small A.
  const bool packs = tile.a_row == 1 && tile.depth * tile.a_step * sizeof(Scalar) > first_level_cache &&
                     cols > 2 * Simd<Scalar>::lanes;
  for (; packs && rows >= packed_rows; rows -= packed_rows) {
    pack(tile.a, tile.a_step, tile.depth, packed);
    Tile<Scalar> from_packed = tile;
    from_packed.a_step = tile_rows;
    for (std::size_t t = 0; t < packed_tiles; ++t) {
      from_packed.a = packed + t * tile_rows * tile.depth;
      run_strip(from_packed, tile_rows, cols);
      step_down(from_packed, tile_rows);
    }
    step_down(tile, packed_rows);
  }
  while (rows > 0) {
    const std::size_t count = strip_rows<Scalar>(rows, cols);
    run_strip(tile, count, cols);
    step_down(tile, count);
    rows -= count;
  }
}

template <typename Scalar>
void product(const Product<Scalar>& p) {
  constexpr std::size_t block_size = block<Scalar>;
  for (std::size_t j = 0; j < p.cols; j += block_size) {
    // Once also without any k, for the biases and the zeros.
    for (std::size_t k = 0; k == 0 || k < p.depth; k += block_size) {
      const std::size_t depth = smaller(p.depth - k, block_size);
      const bool is_last = k + depth == p.depth;
      const Tile<Scalar> tile{.a = p.a + k * p.a_step,
                              .a_row = p.a_row,
                              .a_step = p.a_step,
                              .b = p.b + k * p.b_row + j,
                              .b_row = p.b_row,
                              .c = p.c + j,
                              .c_row = p.c_row,
                              .depth = depth,
                              .continues = p.accumulate || k > 0,
                              .row_bias = is_last ? p.row_bias : nullptr,
                              .column_bias = is_last && p.column_bias != nullptr ? p.column_bias + j : nullptr};
      run_block(tile, p.rows, smaller(p.cols - j, block_size));
    }
  }
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
