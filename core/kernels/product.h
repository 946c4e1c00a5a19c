// The matrix product: one register tile, moved over C; and the forms of it that a single sample and a bias gradient need.
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

using hinge::kernels::AffineOfOne;
using hinge::kernels::Product;

// Where the tiles of a strip read and write: the same rows of A and C, and columns from the first on.
template <typename Scalar>
struct Strip {
  const Scalar* a;
  std::size_t a_row;  // from row to row of a tile
  const Scalar* b;
  std::size_t b_row;
  Scalar* c;
  std::size_t c_row;
  std::size_t a_step;  // not beside a_row as in a Product: both would be copied by one load, which waits for two stores
  std::size_t depth;
  bool continues;          // from what C holds, rather than from 0
  const Scalar* row_bias;  // null: none
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

// `Rows` rows × `Vectors` vectors of C, from column j on; of the last vector `last` lanes, where it is not whole.
template <typename Scalar, int Rows, int Vectors, bool Whole>
HINGE_SIMD void run_tile(const Strip<Scalar>& strip, std::size_t j, std::size_t last) {
  using S = Simd<Scalar>;
  using P = Part<Scalar, Vectors, Whole>;
  typename S::Vector sums[Rows][Vectors] = {};
  Scalar* const c = strip.c + j;
  const std::size_t c_row = strip.c_row;  // read once: for all the compiler knows, what is stored might be the strip
  if (strip.continues) {
    const Scalar* row = c;
    HINGE_UNROLL
    for (int r = 0; r < Rows; ++r, row += c_row) {
      HINGE_UNROLL
      for (int v = 0; v < Vectors; ++v) sums[r][v] = P::load(row, v, last);
    }
  }
  const Scalar* a = strip.a;
  const Scalar* b = strip.b + j;
  for (std::size_t k = 0; k < strip.depth; ++k, a += strip.a_step, b += strip.b_row) {
    typename S::Vector row_of_b[Vectors];
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) row_of_b[v] = P::load(b, v, last);
    HINGE_UNROLL
    for (int r = 0; r < Rows; ++r) {
      const typename S::Vector factor = S::broadcast(a[static_cast<std::size_t>(r) * strip.a_row]);
      HINGE_UNROLL
      for (int v = 0; v < Vectors; ++v) sums[r][v] = S::fma(factor, row_of_b[v], sums[r][v]);
    }
  }
  if (strip.row_bias != nullptr) {
    HINGE_UNROLL
    for (int r = 0; r < Rows; ++r) {
      const typename S::Vector bias = S::broadcast(strip.row_bias[r]);
      HINGE_UNROLL
      for (int v = 0; v < Vectors; ++v) sums[r][v] = sums[r][v] + bias;
    }
  }
  Scalar* row = c;
  HINGE_UNROLL
  for (int r = 0; r < Rows; ++r, row += c_row) {
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) P::store(row, v, sums[r][v], last);
  }
}

// The same of a single sample, whose row of C lies along the units: it has no other sample to share a vector with.
template <typename Scalar, int Rows, int Vectors, bool Whole>
HINGE_SIMD void run_tile(const AffineOfOne<Scalar>& one, std::size_t u, std::size_t last) {
  static_assert(Rows == 1);
  using S = Simd<Scalar>;
  using P = Part<Scalar, Vectors, Whole>;
  typename S::Vector sums[Vectors] = {};
  const Scalar* w = one.w + u;
  const Scalar* x = one.x;
  for (std::size_t k = 0; k < one.inputs; ++k, w += one.w_step, x += one.x_step) {
    const typename S::Vector factor = S::broadcast(*x);
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) sums[v] = S::fma(factor, P::load(w, v, last), sums[v]);
  }
  HINGE_UNROLL
  for (int v = 0; v < Vectors; ++v) {
    if (one.bias != nullptr) sums[v] = sums[v] + P::load(one.bias + u, v, last);
    P::store(one.y + u, v, sums[v], last);
  }
}

// `Rows` rows of C and its columns from j on, up to `Vectors` vectors at a time; of a Strip or an AffineOfOne.
template <typename Scalar, int Rows, int Vectors, typename Work>
HINGE_SIMD void run_strip(const Work& work, std::size_t j, std::size_t cols) {
  constexpr std::size_t lanes = Simd<Scalar>::lanes;
  constexpr std::size_t width = Vectors * lanes;
  for (; j + width <= cols; j += width) run_tile<Scalar, Rows, Vectors, true>(work, j, 0);
  if (j == cols) return;
  if constexpr (Vectors > 1) {
    if (cols - j <= width - lanes) return run_strip<Scalar, Rows, Vectors - 1>(work, j, cols);
  }
  run_tile<Scalar, Rows, Vectors, false>(work, j, cols - j - (width - lanes));
}

constexpr std::size_t tile_rows = 6;
template <typename Scalar>
constexpr int tile_vectors = Simd<Scalar>::registers == 32 ? 4 : 2;

// As many vectors as there are registers for, where few rows share each vector of B; and more rows, where a row of B has few.
template <typename Scalar>
void run_rows(const Strip<Scalar>& strip, std::size_t rows, std::size_t cols) {
  constexpr int vectors = tile_vectors<Scalar>;
  switch (rows) {
    case 1:
      return run_strip<Scalar, 1, 8>(strip, 0, cols);
    case 2:
      return run_strip<Scalar, 2, 2 * vectors>(strip, 0, cols);
    case 3:
      return run_strip<Scalar, 3, 2 * vectors>(strip, 0, cols);
    case 4:
      return run_strip<Scalar, 4, vectors>(strip, 0, cols);
    case 5:
      return run_strip<Scalar, 5, vectors>(strip, 0, cols);
    case 6:
      return run_strip<Scalar, 6, vectors>(strip, 0, cols);
    case 8:
      return run_strip<Scalar, 8, vectors / 2>(strip, 0, cols);
    default:
      return run_strip<Scalar, 12, vectors / 2>(strip, 0, cols);
  }
}

constexpr std::size_t packed_tiles = 8;
// Blocks of B of 256 KiB, half of a usual second-level cache; 1 KiB of each row of it.
template <typename Scalar>
constexpr std::size_t block = 1024 / sizeof(Scalar);

constexpr std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

// The rows of the next strip, of so many that are left: not one or two at the end where more can share them.
template <typename Scalar>
std::size_t strip_rows(std::size_t left, std::size_t cols) {
  if (cols <= tile_vectors<Scalar> / 2 * Simd<Scalar>::lanes) {
    if (left >= 2 * tile_rows) return 2 * tile_rows;
    if (left == 8) return 8;
  }
  if (left >= 2 * tile_rows || left <= tile_rows) return smaller(left, tile_rows);
  return (left + 1) / 2;
}

// Lays what the tiles of a group read for each k side by side.
template <typename Scalar>
void pack(const Scalar* a, std::size_t a_step, std::size_t depth, Scalar* packed) {
  constexpr std::size_t group = packed_tiles * tile_rows;
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t r = 0; r < group; ++r) packed[k * group + r] = a[k * a_step + r];
  }
}

template <typename Scalar>
void step_down(Strip<Scalar>& strip, std::size_t rows) {
  strip.a += rows * strip.a_row;
  strip.c += rows * strip.c_row;
  if (strip.row_bias != nullptr) strip.row_bias += rows;
}

// All rows, in strips. Leaves `strip` below them.
template <typename Scalar>
HINGE_SIMD void run_strips(Strip<Scalar>& strip, std::size_t rows, std::size_t cols) {
  while (rows > 0) {
    const std::size_t count = strip_rows<Scalar>(rows, cols);
    run_rows(strip, count, cols);
    step_down(strip, count);
    rows -= count;
  }
}

// Where rows of B are far apart, each on another page of memory and perhaps all on the same lines of the cache, as many
// columns as a tile has are laid side by side first. Worth it when many rows share them.
template <typename Scalar>
HINGE_SIMD bool needs_panels(const Strip<Scalar>& strip, std::size_t rows) {
  constexpr std::size_t block_row = 1024;
  constexpr std::size_t many_rows = 24;
  return strip.b_row * sizeof(Scalar) > block_row && rows >= many_rows;
}

template <typename Scalar>
void run_panels(const Strip<Scalar>& strip, std::size_t rows, std::size_t cols) {
  constexpr std::size_t width = tile_vectors<Scalar> * Simd<Scalar>::lanes;
  alignas(64) Scalar panel[width * block<Scalar>];
  for (std::size_t j = 0; j < cols; j += width) {
    const std::size_t count = smaller(cols - j, width);
    for (std::size_t k = 0; k < strip.depth; ++k) {
      const Scalar* from = strip.b + k * strip.b_row + j;
      for (std::size_t c = 0; c < count; ++c) panel[k * width + c] = from[c];
    }
    Strip<Scalar> from_panel = strip;
    from_panel.b = panel;
    from_panel.b_row = width;
    from_panel.c += j;
    run_strips(from_panel, rows, count);
  }
}

template <typename Scalar>
HINGE_SIMD void run_columns(Strip<Scalar>& strip, std::size_t rows, std::size_t cols) {
  if (needs_panels(strip, rows)) return run_panels(strip, rows, cols);
  run_strips(strip, rows, cols);
}

// Where columns of A are contiguous, the tile's numbers for each k are far apart. Those of a group of rows are brought
// together first: of as many as fill 48 KiB.
template <typename Scalar>
HINGE_SIMD bool needs_packing(const Strip<Scalar>& strip, std::size_t cols) {
  constexpr std::size_t first_level_cache = 32768;
  return strip.a_row == 1 && strip.depth * strip.a_step * sizeof(Scalar) > first_level_cache &&
         cols > tile_vectors<Scalar> * Simd<Scalar>::lanes;
}

template <typename Scalar>
void run_groups(Strip<Scalar> strip, std::size_t rows, std::size_t cols) {
  constexpr std::size_t group = packed_tiles * tile_rows;
  alignas(64) Scalar packed[group * block<Scalar>];
  for (; rows >= group; rows -= group) {
    pack(strip.a, strip.a_step, strip.depth, packed);
    Strip<Scalar> from_packed = strip;
    from_packed.a = packed;
    from_packed.a_step = group;
    run_columns(from_packed, group, cols);
    step_down(strip, group);
  }
  if (rows > 0) run_columns(strip, rows, cols);
}

// The block of columns from j on and of terms from k on.
template <typename Scalar>
HINGE_SIMD void run_block(const Product<Scalar>& p, std::size_t j, std::size_t k) {
  const std::size_t cols = smaller(p.cols - j, block<Scalar>);
  const std::size_t depth = smaller(p.depth - k, block<Scalar>);
  const bool is_last = k + depth == p.depth;
  Strip<Scalar> strip{.a = p.a + k * p.a_step,
                      .a_row = p.a_row,
                      .b = p.b + k * p.b_row + j,
                      .b_row = p.b_row,
                      .c = p.c + j,
                      .c_row = p.c_row,
                      .a_step = p.a_step,
                      .depth = depth,
                      .continues = p.accumulate || k > 0,
                      .row_bias = is_last ? p.row_bias : nullptr};
  if (needs_packing(strip, cols)) {
    run_groups(strip, p.rows, cols);
  } else {
    run_columns(strip, p.rows, cols);
  }
}

template <typename Scalar>
void product(const Product<Scalar>& p) {
  constexpr std::size_t size = block<Scalar>;
  if (p.cols <= size && p.depth <= size) return run_block(p, 0, 0);  // of a small one the loops would be felt
  for (std::size_t j = 0; j < p.cols; j += size) {
    // Once also without any k, for the biases and the zeros.
    for (std::size_t k = 0; k == 0 || k < p.depth; k += size) run_block(p, j, k);
  }
}

template <typename Scalar>
void gemv(const AffineOfOne<Scalar>& one) {
  run_strip<Scalar, 1, 8>(one, 0, one.units);
}

template <typename Scalar, int Vectors, bool Whole>
HINGE_SIMD void add_rows_of_strip(const Scalar* b, std::size_t b_row, std::size_t rows, Scalar* sums, std::size_t last,
                                  bool accumulate) {
  using P = Part<Scalar, Vectors, Whole>;
  typename Simd<Scalar>::Vector all[Vectors] = {};
  HINGE_UNROLL
  for (int v = 0; v < Vectors; ++v) {
    if (accumulate) all[v] = P::load(sums, v, last);
  }
  for (std::size_t k = 0; k < rows; ++k, b += b_row) {
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) all[v] = all[v] + P::load(b, v, last);
  }
  HINGE_UNROLL
  for (int v = 0; v < Vectors; ++v) P::store(sums, v, all[v], last);
}

// A product with ones, but an addition takes less time than a multiply-add, and here each waits for the one before.
template <typename Scalar>
void add_rows(const Scalar* b, std::size_t b_row, std::size_t rows, std::size_t cols, Scalar* sums, bool accumulate) {
  constexpr std::size_t lanes = Simd<Scalar>::lanes;
  std::size_t j = 0;
  for (; j + 4 * lanes <= cols; j += 4 * lanes) {
    add_rows_of_strip<Scalar, 4, true>(b + j, b_row, rows, sums + j, 0, accumulate);
  }
  for (; j + lanes <= cols; j += lanes) {
    add_rows_of_strip<Scalar, 1, true>(b + j, b_row, rows, sums + j, 0, accumulate);
  }
  if (j < cols) add_rows_of_strip<Scalar, 1, false>(b + j, b_row, rows, sums + j, cols - j, accumulate);
}

// As many sums as the largest tile has, and nothing to load.
template <typename Scalar>
std::size_t exercise(std::size_t rounds, Scalar* result) {
  using S = Simd<Scalar>;
  constexpr std::size_t count = tile_rows * tile_vectors<Scalar>;
  typename S::Vector sums[count];
  HINGE_UNROLL
  for (std::size_t i = 0; i < count; ++i) sums[i] = S::broadcast(static_cast<Scalar>(i));
  const typename S::Vector half = S::broadcast(Scalar(0.5));
  for (std::size_t round = 0; round < rounds; ++round) {
    HINGE_UNROLL
    for (std::size_t i = 0; i < count; ++i) sums[i] = S::fma(sums[i], half, half);
  }
  for (std::size_t i = 1; i < count; ++i) sums[0] = sums[0] + sums[i];
  S::store_some(result, sums[0], 1);
  return 2 * rounds * count * S::lanes;
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
