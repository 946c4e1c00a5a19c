// The matrix product. `gemm` cuts a large product into blocks that the caches hold, and each block into strips of rows; a strip
// is a row of tiles; a tile does the arithmetic.
//
// A tile of 6 rows × 2 vectors keeps 12 sums in registers. For each k it loads 2 vectors of B, broadcasts 6 numbers of A
// and makes 12 multiply-adds: 6 cycles of a processor that starts two in each, and enough independent sums to hide the 4
// cycles that one takes. The loads need 4 of the 6 cycles, so arithmetic is the limit, as long as A and B come from the
// first-level cache: that is what blocks and packing are for.
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

using hinge::kernels::Gemm;
using hinge::kernels::Gemv;

// `Vectors` vectors that lie side by side in memory. Of the last one only `last` lanes exist, unless all are `Whole`.
template <typename Scalar, int Vectors, bool Whole>
struct Lane {
  using S = Simd<Scalar>;
  using Vector = typename S::Vector;

  HINGE_SIMD void load(const Scalar* from, std::size_t last, Vector (&vectors)[Vectors]) {
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v, from += S::lanes) {
      vectors[v] = Whole || v + 1 < Vectors ? S::load(from) : S::load_some(from, last);
    }
  }
  HINGE_SIMD void store(const Vector (&vectors)[Vectors], std::size_t last, Scalar* to) {
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v, to += S::lanes) {
      if (Whole || v + 1 < Vectors) {
        S::store(to, vectors[v]);
      } else {
        S::store_some(to, vectors[v], last);
      }
    }
  }
  HINGE_SIMD void add(const Scalar* from, std::size_t last, Vector (&sums)[Vectors]) {
    Vector vectors[Vectors];
    load(from, last, vectors);
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) sums[v] = sums[v] + vectors[v];
  }
  HINGE_SIMD void add(Vector number, Vector (&sums)[Vectors]) {
    HINGE_UNROLL
    for (int v = 0; v < Vectors; ++v) sums[v] = sums[v] + number;
  }
};

// `Rows` rows of C from row i on, and `Vectors` vectors of each from column j on: the sums stay in registers for all k.
template <typename Scalar, int Rows, int Vectors, bool Whole>
HINGE_SIMD void run_tile(const Gemm<Scalar>& p, std::size_t i, std::size_t j, std::size_t last) {
  using S = Simd<Scalar>;
  using L = Lane<Scalar, Vectors, Whole>;
  typename S::Vector sums[Rows][Vectors] = {};
  const std::size_t c_row = p.c_row;  // read once: for all the compiler knows, a store to C might change p
  Scalar* const c = p.c + i * c_row + j;
  if (p.accumulate) {
    HINGE_UNROLL
    for (std::size_t r = 0; r < Rows; ++r) L::load(c + r * c_row, last, sums[r]);
  }
  const Scalar* a = p.a + i * p.a_row;
  const Scalar* b = p.b + j;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a_step, b += p.b_row) {
    typename S::Vector row_of_b[Vectors];
    L::load(b, last, row_of_b);
    HINGE_UNROLL
    for (std::size_t r = 0; r < Rows; ++r) {
      const typename S::Vector factor = S::broadcast(a[r * p.a_row]);
      HINGE_UNROLL
      for (int v = 0; v < Vectors; ++v) sums[r][v] = S::fma(factor, row_of_b[v], sums[r][v]);
    }
  }
  if (p.row_bias != nullptr) {
    HINGE_UNROLL
    for (std::size_t r = 0; r < Rows; ++r) L::add(S::broadcast(p.row_bias[i + r]), sums[r]);
  }
  if (Rows == 1 && p.col_bias != nullptr) L::add(p.col_bias + j, last, sums[0]);
  HINGE_UNROLL
  for (std::size_t r = 0; r < Rows; ++r) L::store(sums[r], last, c + r * c_row);
}

// `Rows` rows of C from row i on, and all columns from j on. The last tile is narrower, and of its last vector a part.
template <typename Scalar, int Rows, int Vectors>
HINGE_SIMD void run_strip(const Gemm<Scalar>& p, std::size_t i, std::size_t j) {
  constexpr std::size_t lanes = Simd<Scalar>::lanes;
  constexpr std::size_t width = Vectors * lanes;
  const std::size_t cols = p.cols;
  for (; j + width <= cols; j += width) run_tile<Scalar, Rows, Vectors, true>(p, i, j, 0);
  if (j == cols) return;
  if constexpr (Vectors > 1) {
    if (cols - j <= width - lanes) return run_strip<Scalar, Rows, Vectors - 1>(p, i, j);
  }
  run_tile<Scalar, Rows, Vectors, false>(p, i, j, cols - j - (width - lanes));
}

constexpr std::size_t tile_rows = 6;
template <typename Scalar>
constexpr int tile_vectors = Simd<Scalar>::registers == 32 ? 4 : 2;
template <typename Scalar>
constexpr std::size_t tile_cols = tile_vectors<Scalar>* Simd<Scalar>::lanes;

// The strip of so many rows. Where few rows share each vector of B, tiles are as wide as the registers allow.
template <typename Scalar, int V = tile_vectors<Scalar>>
constexpr void (*strip_of_rows[])(const Gemm<Scalar>&, std::size_t i, std::size_t j) = {
    nullptr,
    run_strip<Scalar, 1, 8>,
    run_strip<Scalar, 2, 2 * V>,
    run_strip<Scalar, 3, 2 * V>,
    run_strip<Scalar, 4, V>,
    run_strip<Scalar, 5, V>,
    run_strip<Scalar, 6, V>,
    nullptr,
    run_strip<Scalar, 8, V / 2>,
    nullptr,
    nullptr,
    nullptr,
    run_strip<Scalar, 12, V / 2>,
};

constexpr std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }

// The rows of the next strip, of so many that are left. Narrow tiles may have more rows. The last strip never has one row or
// two where it can share them with the one before.
template <typename Scalar>
HINGE_SIMD std::size_t strip_rows(std::size_t left, std::size_t cols) {
  if (cols <= tile_cols<Scalar> / 2) {
    if (left >= 2 * tile_rows) return 2 * tile_rows;
    if (left == 8) return 8;
  }
  if (left >= 2 * tile_rows || left <= tile_rows) return smaller(left, tile_rows);
  return (left + 1) / 2;
}

template <typename Scalar>
void gemm(const Gemm<Scalar>& p);

// A block of B has 1 KiB of each row and at most 256 KiB: half of a usual second-level cache.
template <typename Scalar>
constexpr std::size_t block = 1024 / sizeof(Scalar);

// All blocks of B. Once also without any k, for the biases and the zeros.
template <typename Scalar>
[[gnu::noinline]] void run_blocks(const Gemm<Scalar>& p) {
  constexpr std::size_t size = block<Scalar>;
  for (std::size_t j = 0; j < p.cols; j += size) {
    for (std::size_t k = 0; k == 0 || k < p.depth; k += size) {
      Gemm<Scalar> part = p;
      part.a += k * p.a_step;
      part.b += k * p.b_row + j;
      part.c += j;
      part.cols = smaller(p.cols - j, size);
      part.depth = smaller(p.depth - k, size);
      part.accumulate = p.accumulate || k > 0;
      if (k + part.depth < p.depth) part.row_bias = nullptr;
      gemm(part);
    }
  }
}

// Columns of A that are contiguous but far apart: a tile would read a few numbers of each. Those of `packed_rows` rows are laid
// side by side first, in 48 KiB.
constexpr std::size_t packed_rows = 8 * tile_rows;

template <typename Scalar>
HINGE_SIMD bool needs_packed_a(const Gemm<Scalar>& p) {
  constexpr std::size_t first_level_cache = 32768;
  return p.a_row == 1 && p.a_step > packed_rows && p.rows >= packed_rows && p.cols > tile_cols<Scalar> &&
         p.depth * p.a_step * sizeof(Scalar) > first_level_cache;
}

template <typename Scalar>
[[gnu::noinline]] void run_packed_a(const Gemm<Scalar>& p) {
  alignas(64) Scalar packed[packed_rows * block<Scalar>];
  for (std::size_t i = 0; i < p.rows; i += packed_rows) {
    Gemm<Scalar> part = p;
    part.a += i;
    part.c += i * p.c_row;
    if (p.row_bias != nullptr) part.row_bias += i;
    part.rows = smaller(p.rows - i, packed_rows);
    if (part.rows == packed_rows) {
      for (std::size_t k = 0; k < p.depth; ++k) {
        for (std::size_t r = 0; r < packed_rows; ++r) packed[k * packed_rows + r] = part.a[k * p.a_step + r];
      }
      part.a = packed;
      part.a_step = packed_rows;
    }
    gemm(part);
  }
}

// Rows of B that are far apart, each on another page of memory and perhaps all on the same lines of the cache. As many columns as
// a tile has are laid side by side first. Worth it when many rows of A share them.
template <typename Scalar>
HINGE_SIMD bool needs_packed_b(const Gemm<Scalar>& p) {
  constexpr std::size_t block_row = 1024;
  constexpr std::size_t many_rows = 24;
  return p.b_row * sizeof(Scalar) > block_row && p.rows >= many_rows;
}

template <typename Scalar>
[[gnu::noinline]] void run_packed_b(const Gemm<Scalar>& p) {
  constexpr std::size_t width = tile_cols<Scalar>;
  alignas(64) Scalar packed[width * block<Scalar>];
  for (std::size_t j = 0; j < p.cols; j += width) {
    Gemm<Scalar> part = p;
    part.c += j;
    part.cols = smaller(p.cols - j, width);
    for (std::size_t k = 0; k < p.depth; ++k) {
      for (std::size_t c = 0; c < part.cols; ++c) packed[k * width + c] = p.b[k * p.b_row + j + c];
    }
    part.b = packed;
    part.b_row = width;
    gemm(part);
  }
}

// A block of a product is a product, and so is a product whose numbers were packed: each comes back here.
template <typename Scalar>
void gemm(const Gemm<Scalar>& p) {
  if (p.cols > block<Scalar> || p.depth > block<Scalar>) return run_blocks(p);
  if (needs_packed_a(p)) return run_packed_a(p);
  if (needs_packed_b(p)) return run_packed_b(p);
  for (std::size_t i = 0; i < p.rows;) {
    const std::size_t rows = strip_rows<Scalar>(p.rows - i, p.cols);
    strip_of_rows<Scalar>[rows](p, i, 0);
    i += rows;
  }
}

// yᵀ = xᵀ·Wᵀ + bᵀ: one strip of one row, with vectors along the units, as there is no other sample to share a vector with.
template <typename Scalar>
void gemv(const Gemv<Scalar>& p) {
  const Gemm<Scalar> row{.a = p.x,
                         .a_row = 0,
                         .a_step = p.x_step,
                         .b = p.w,
                         .b_row = p.w_step,
                         .c = p.y,
                         .c_row = 0,
                         .rows = 1,
                         .cols = p.units,
                         .depth = p.inputs,
                         .col_bias = p.bias};
  run_strip<Scalar, 1, 8>(row, 0, 0);
}

// `Vectors` vectors of the sums from column j on.
template <typename Scalar, int Vectors, bool Whole>
HINGE_SIMD void add_tile(const Scalar* b, std::size_t b_row, std::size_t rows, Scalar* sums, std::size_t last,
                         bool accumulate) {
  using L = Lane<Scalar, Vectors, Whole>;
  typename Simd<Scalar>::Vector all[Vectors] = {};
  if (accumulate) L::load(sums, last, all);
  for (std::size_t k = 0; k < rows; ++k, b += b_row) L::add(b, last, all);
  L::store(all, last, sums);
}

// A product with ones, but an addition takes less time than a multiply-add, and here each waits for the one before.
template <typename Scalar>
void add_rows(const Scalar* b, std::size_t b_row, std::size_t rows, std::size_t cols, Scalar* sums, bool accumulate) {
  constexpr std::size_t lanes = Simd<Scalar>::lanes;
  std::size_t j = 0;
  for (; j + 4 * lanes <= cols; j += 4 * lanes) add_tile<Scalar, 4, true>(b + j, b_row, rows, sums + j, 0, accumulate);
  for (; j + lanes <= cols; j += lanes) add_tile<Scalar, 1, true>(b + j, b_row, rows, sums + j, 0, accumulate);
  if (j < cols) add_tile<Scalar, 1, false>(b + j, b_row, rows, sums + j, cols - j, accumulate);
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
