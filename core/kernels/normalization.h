// Normalisation of rows, and of columns: the statistics of each, and what is computed from them. Sums are in double. In a row
// element i goes to sum i % 8, and the 8 sums are added in a fixed tree; a column is added up in its order. Multiply-adds
// only where the product is exact: the bits are those of every set.
#pragma once

#include <hinge/core/kernels/loops.h>
#include <hinge/core/kernels/optimizers.h>
#include <hinge/core/kernels/simd.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

using hinge::kernels::Normalization;
using hinge::kernels::NormalizationGradient;

constexpr std::size_t row_sums = 8;
constexpr std::size_t rows_at_once = 4;

// sum + v, as a multiply-add whose product 1·v is exact: some processors have units for those beside the ones that add.
HINGE_SIMD Simd<double>::Vector plus(Simd<double>::Vector sum, Simd<double>::Vector v) {
#ifdef __FMA__
  return Simd<double>::fma(v, Simd<double>::broadcast(1), sum);
#else
  return sum + v;
#endif
}

// sum + a·b. The product of two single numbers is exact in double, so a multiply-add rounds as both operations do.
template <typename Scalar>
HINGE_SIMD Simd<double>::Vector plus_product(Simd<double>::Vector sum, Simd<double>::Vector a, Simd<double>::Vector b) {
  if constexpr (sizeof(Scalar) == sizeof(float)) return Simd<double>::fma(a, b, sum);
  return sum + a * b;
}

// s₀ + s₄, s₁ + s₅, s₂ + s₆ and s₃ + s₇ of a row.
using HalfSums = double[4];

HINGE_SIMD void add_halves(const Simd<double>::Vector* sums, HalfSums& halves) {
  using S = Simd<double>;
  if constexpr (S::lanes == row_sums) {
    using Half [[gnu::vector_size(32)]] = double;
    Half half[2];
    __builtin_memcpy(half, sums, sizeof(half));
    half[0] += half[1];
    __builtin_memcpy(halves, half, sizeof(halves));
  } else {
    constexpr std::size_t vectors = row_sums / S::lanes / 2;
    HINGE_UNROLL
    for (std::size_t k = 0; k < vectors; ++k) S::store(halves + k * S::lanes, sums[k] + sums[k + vectors]);
  }
}

// Of four rows ((s₀ + s₄) + (s₂ + s₆)) + ((s₁ + s₅) + (s₃ + s₇)); writes the first `count`. Together, because the sum of a
// single vector takes as long as that of some thirty numbers of a row.
HINGE_SIMD void store_totals(const HalfSums* halves, double* totals, std::size_t count) {
#ifdef __AVX__
  __m256d rows[rows_at_once];
  __builtin_memcpy(rows, halves, sizeof(rows));
  const __m256d even =
      __builtin_shufflevector(rows[0], rows[2], 0, 1, 4, 5) + __builtin_shufflevector(rows[0], rows[2], 2, 3, 6, 7);
  const __m256d odd =
      __builtin_shufflevector(rows[1], rows[3], 0, 1, 4, 5) + __builtin_shufflevector(rows[1], rows[3], 2, 3, 6, 7);
  const __m256d all = __builtin_shufflevector(even, odd, 0, 4, 2, 6) + __builtin_shufflevector(even, odd, 1, 5, 3, 7);
  if (count >= rows_at_once) {
    __builtin_memcpy(totals, &all, sizeof(all));
  } else {
    for (std::size_t k = 0; k < count; ++k) totals[k] = all[k];
  }
#else
  for (std::size_t k = 0; k < rows_at_once && k < count; ++k) {
    totals[k] = (halves[k][0] + halves[k][2]) + (halves[k][1] + halves[k][3]);
  }
#endif
}

// The sums of both terms(pᵢ, qᵢ) of a row, which takes vectors of doubles and adds to two of them. They are 0 where p and q
// are `rest`, which fills the last vectors.
template <typename Scalar, typename Terms>
HINGE_SIMD void sum_row(const Scalar* p, const Scalar* q, std::size_t count, double rest, HalfSums& first,
                        HalfSums& second, const Terms& terms) {
  using S = Simd<double>;
  constexpr std::size_t vectors = row_sums / S::lanes;
  typename S::Vector firsts[vectors] = {};
  typename S::Vector seconds[vectors] = {};
  std::size_t i = 0;
  for (; i + row_sums <= count; i += row_sums) {
    HINGE_UNROLL
    for (std::size_t k = 0; k < vectors; ++k) {
      const std::size_t at = i + k * S::lanes;
      terms(load_as_double(p + at), load_as_double(q + at), firsts[k], seconds[k]);
    }
  }
  HINGE_UNROLL
  for (std::size_t k = 0; k < vectors; ++k) {
    if (i + k * S::lanes >= count) continue;
    const std::size_t at = i + k * S::lanes;
    const std::size_t left = count - at < S::lanes ? count - at : S::lanes;
    const auto fill = S::broadcast(rest);
    terms(S::first_of(load_some_as_double(p + at, left), left, fill),
          S::first_of(load_some_as_double(q + at, left), left, fill), firsts[k], seconds[k]);
  }
  add_halves(firsts, first);
  add_halves(seconds, second);
}

// Both sums of each row in [begin, end): sum(r, first, second) computes those of row r.
template <typename Sum>
HINGE_SIMD void sum_rows(std::size_t begin, std::size_t end, double* firsts, double* seconds, const Sum& sum) {
  for (std::size_t r = begin; r < end; r += rows_at_once) {
    HalfSums first[rows_at_once];
    HalfSums second[rows_at_once];
    for (std::size_t k = 0; k < rows_at_once; ++k) sum(r + k < end ? r + k : r, first[k], second[k]);
    store_totals(first, firsts + r, end - r);
    store_totals(second, seconds + r, end - r);
  }
}

// From Σd in `offset` and Σd² in `variance`, with differences d from the first of n = count numbers: m = first + Σd/n and
// v = Σd²/n − (Σd/n)². The first is one of the numbers, so (Σd/n)² ≤ (n − 1)·v, and the subtraction loses at most log₂ n
// bits, wherever they lie.
template <typename Scalar>
HINGE_SIMD void finish_statistics(const Normalization<Scalar>& n, std::size_t count, std::size_t begin,
                                  std::size_t end) {
  const double share = 1 / static_cast<double>(count);
  HINGE_INDEPENDENT
  for (std::size_t k = begin; k < end; ++k) {
    const double offset = n.offset[k] * share;
    const double variance = n.variance[k] * share - offset * offset;
    n.offset[k] = offset;
    n.variance[k] = variance < 0 ? 0 : variance;
    n.inverse[k] = static_cast<Scalar>(1 / root(n.variance[k] + n.epsilon));
  }
}

template <typename Scalar>
void row_statistics(const Normalization<Scalar>& n, std::size_t begin, std::size_t end) {
  sum_rows(begin, end, n.offset, n.variance, [&n](std::size_t r, HalfSums& sum, HalfSums& squares) {
    const Scalar* x = n.x + r * n.x_row;
    const double start = static_cast<double>(x[0]);
    n.first[r] = x[0];
    sum_row(x, x, n.cols, start, sum, squares, [start](auto value, auto, auto& first, auto& second) {
      const auto d = value - start;
      first = plus(first, d);
      second += d * d;
    });
  });
  finish_statistics(n, n.cols, begin, end);
}

// Columns whose sums are in registers at the same time: two vectors.
constexpr std::size_t columns_at_once = 2 * Simd<double>::lanes;

struct ColumnSums {
  Simd<double>::Vector first[2] = {};
  Simd<double>::Vector second[2] = {};
};

// Two vectors of columns, the first `count` of them.
template <typename Scalar>
HINGE_SIMD void load_columns(const Scalar* from, std::size_t count, Simd<double>::Vector* to) {
  constexpr std::size_t lanes = Simd<double>::lanes;
  if (count >= columns_at_once) {
    to[0] = load_as_double(from);
    to[1] = load_as_double(from + lanes);
  } else if (count > lanes) {
    to[0] = load_as_double(from);
    to[1] = load_some_as_double(from + lanes, count - lanes);
  } else {
    to[0] = load_some_as_double(from, count);
    to[1] = Simd<double>::Vector{};
  }
}

// Both sums of each column in [begin, end): sum(i, count, sums) computes those of columns i … i + count − 1, where only the
// first `columns_at_once` count.
template <typename Sum>
HINGE_SIMD void sum_columns(std::size_t begin, std::size_t end, double* firsts, double* seconds, const Sum& sum) {
  using S = Simd<double>;
  for (std::size_t i = begin; i < end; i += columns_at_once) {
    ColumnSums sums;
    sum(i, end - i, sums);
    for (std::size_t k = 0; k < 2 && i + k * S::lanes < end; ++k) {
      const std::size_t at = i + k * S::lanes;
      const std::size_t lanes = end - at < S::lanes ? end - at : S::lanes;
      S::store_some(firsts + at, sums.first[k], lanes);
      S::store_some(seconds + at, sums.second[k], lanes);
    }
  }
}

template <typename Scalar>
void column_statistics(const Normalization<Scalar>& n, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) n.first[i] = n.x[i];
  sum_columns(begin, end, n.offset, n.variance, [&n](std::size_t i, std::size_t count, ColumnSums& sums) {
    Simd<double>::Vector start[2];
    load_columns(n.x + i, count, start);
    for (std::size_t r = 1; r < n.rows; ++r) {
      Simd<double>::Vector x[2];
      load_columns(n.x + r * n.x_row + i, count, x);
      HINGE_UNROLL
      for (std::size_t k = 0; k < 2; ++k) {
        const auto d = x[k] - start[k];
        sums.first[k] = plus(sums.first[k], d);
        sums.second[k] += d * d;
      }
    }
  });
  finish_statistics(n, n.rows, begin, end);
}

// How a vector is read and written: whole, or its first lanes at the end of a row.
template <typename Scalar>
struct WholeVector {
  HINGE_SIMD typename Simd<Scalar>::Vector load(const Scalar* from, std::size_t) { return Simd<Scalar>::load(from); }
  HINGE_SIMD void store(Scalar* to, typename Simd<Scalar>::Vector v, std::size_t) { Simd<Scalar>::store(to, v); }
};

template <typename Scalar>
struct PartVector {
  HINGE_SIMD typename Simd<Scalar>::Vector load(const Scalar* from, std::size_t lanes) {
    return Simd<Scalar>::load_some(from, lanes);
  }
  HINGE_SIMD void store(Scalar* to, typename Simd<Scalar>::Vector v, std::size_t lanes) {
    Simd<Scalar>::store_some(to, v, lanes);
  }
};

// Calls step(i, access, lanes) for each vector of `count` numbers. Rows are short: the loops of compilers have longer ends.
// From the last one to the first: buffers of the same size often lie behind each other, a few lines more than whole pages
// apart, and a processor takes a load for one of what was just stored at the same place of another page.
template <typename Scalar, typename Step>
HINGE_SIMD void each_vector(std::size_t count, const Step& step) {
  using S = Simd<Scalar>;
  std::size_t i = count - count % S::lanes;
  if (i < count) step(i, PartVector<Scalar>{}, count - i);
  while (i > 0) {
    i -= S::lanes;
    step(i, WholeVector<Scalar>{}, S::lanes);
  }
}

template <typename Scalar>
void normalize_rows(const Normalization<Scalar>& n, std::size_t begin, std::size_t end) {
  using S = Simd<Scalar>;
  for (std::size_t r = end; r-- > begin;) {
    const Scalar* x = n.x + r * n.x_row;
    Scalar* y = n.y + r * n.y_row;
    Scalar* normalized = n.normalized == nullptr ? y : n.normalized + r * n.normalized_row;  // then y overwrites it
    const auto centre = S::broadcast(n.first[r]);
    const auto offset = S::broadcast(n.offset == nullptr ? Scalar(0) : static_cast<Scalar>(n.offset[r]));
    const auto inverse = S::broadcast(n.inverse[r]);
    const auto gamma = S::broadcast(n.gamma[r]);
    const auto beta = S::broadcast(n.beta[r]);
    each_vector<Scalar>(n.cols, [&](std::size_t i, auto access, std::size_t lanes) {
      const auto value = ((access.load(x + i, lanes) - centre) - offset) * inverse;
      access.store(normalized + i, value, lanes);
      access.store(y + i, gamma * value + beta, lanes);
    });
  }
}

// Columns whose factors, rounded to the type of the numbers, are on the stack.
constexpr std::size_t columns_in_block = 64;

// Calls block(first, count) for blocks of the columns in [begin, end).
template <typename Block>
HINGE_SIMD void each_block(std::size_t begin, std::size_t end, const Block& block) {
  for (std::size_t first = begin; first < end; first += columns_in_block) {
    block(first, end - first < columns_in_block ? end - first : columns_in_block);
  }
}

template <typename Scalar>
void normalize_columns(const Normalization<Scalar>& n, std::size_t begin, std::size_t end) {
  using S = Simd<Scalar>;
  each_block(begin, end, [&n](std::size_t first, std::size_t count) {
    Scalar offset[columns_in_block];
    for (std::size_t i = 0; i < count; ++i) offset[i] = static_cast<Scalar>(n.offset[first + i]);
    const Scalar* centre = n.first + first;
    const Scalar* inverse = n.inverse + first;
    for (std::size_t r = n.rows; r-- > 0;) {
      const Scalar* x = n.x + r * n.x_row + first;
      Scalar* y = n.y + r * n.y_row + first;
      Scalar* normalized = n.normalized == nullptr ? y : n.normalized + r * n.normalized_row + first;
      const auto gamma = S::broadcast(n.gamma[r]);
      const auto beta = S::broadcast(n.beta[r]);
      each_vector<Scalar>(count, [&](std::size_t i, auto access, std::size_t lanes) {
        const auto from_mean =
            (access.load(x + i, lanes) - access.load(centre + i, lanes)) - access.load(offset + i, lanes);
        const auto value = from_mean * access.load(inverse + i, lanes);
        access.store(normalized + i, value, lanes);
        access.store(y + i, gamma * value + beta, lanes);
      });
    }
  });
}

template <typename Scalar>
void sum_row_gradients(const NormalizationGradient<Scalar>& g, std::size_t begin, std::size_t end) {
  sum_rows(begin, end, g.sum, g.sum_with_normalized, [&g](std::size_t r, HalfSums& sum, HalfSums& with_normalized) {
    sum_row(g.dy + r * g.dy_row, g.normalized + r * g.normalized_row, g.cols, 0, sum, with_normalized,
            [](auto dy, auto normalized, auto& first, auto& second) {
              first = plus(first, dy);
              second = plus_product<Scalar>(second, dy, normalized);
            });
  });
}

template <typename Scalar>
void sum_column_gradients(const NormalizationGradient<Scalar>& g, std::size_t begin, std::size_t end) {
  sum_columns(begin, end, g.sum, g.sum_with_normalized, [&g](std::size_t i, std::size_t count, ColumnSums& sums) {
    for (std::size_t r = 0; r < g.rows; ++r) {
      Simd<double>::Vector dy[2];
      Simd<double>::Vector normalized[2];
      load_columns(g.dy + r * g.dy_row + i, count, dy);
      load_columns(g.normalized + r * g.normalized_row + i, count, normalized);
      const auto gamma = Simd<double>::broadcast(static_cast<double>(g.gamma[r]));
      HINGE_UNROLL
      for (std::size_t k = 0; k < 2; ++k) {
        const auto scaled = gamma * dy[k];
        sums.first[k] += scaled;
        sums.second[k] += scaled * normalized[k];
      }
    }
  });
}

template <typename Scalar>
void normalize_rows_backward(const NormalizationGradient<Scalar>& g, std::size_t begin, std::size_t end) {
  using S = Simd<Scalar>;
  for (std::size_t r = end; r-- > begin;) {
    const Scalar* dy = g.dy + r * g.dy_row;
    const Scalar* normalized = g.normalized + r * g.normalized_row;
    const auto mean = S::broadcast(static_cast<Scalar>(g.sum[r] * g.share));
    const auto slope = S::broadcast(static_cast<Scalar>(g.sum_with_normalized[r] * g.share));
    const auto factor = S::broadcast(g.scale[r]);
    Scalar* out = g.dx + r * g.dx_row;
    each_vector<Scalar>(g.cols, [&](std::size_t i, auto access, std::size_t lanes) {
      const auto rest = (access.load(dy + i, lanes) - mean) - access.load(normalized + i, lanes) * slope;
      access.store(out + i, factor * rest, lanes);
    });
  }
}

template <typename Scalar>
void normalize_columns_backward(const NormalizationGradient<Scalar>& g, std::size_t begin, std::size_t end) {
  using S = Simd<Scalar>;
  each_block(begin, end, [&](std::size_t first, std::size_t count) {
    Scalar mean[columns_in_block];
    Scalar slope[columns_in_block];
    for (std::size_t i = 0; i < count; ++i) {
      mean[i] = static_cast<Scalar>(g.sum[first + i] * g.share);
      slope[i] = static_cast<Scalar>(g.sum_with_normalized[first + i] * g.share);
    }
    for (std::size_t r = g.rows; r-- > 0;) {
      const Scalar* dy = g.dy + r * g.dy_row + first;
      const Scalar* normalized = g.normalized + r * g.normalized_row + first;
      Scalar* out = g.dx + r * g.dx_row + first;
      const auto gamma = S::broadcast(g.gamma[r]);
      each_vector<Scalar>(count, [&](std::size_t i, auto access, std::size_t lanes) {
        const auto rest = (gamma * access.load(dy + i, lanes) - access.load(mean + i, lanes)) -
                          access.load(normalized + i, lanes) * access.load(slope + i, lanes);
        access.store(out + i, access.load(g.scale + first + i, lanes) * rest, lanes);
      });
    }
  });
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
